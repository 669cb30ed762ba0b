"""``formats``: all that can be read, and who added it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tbconvert.dialects import DIALECTS
from tbconvert.extensions import extensions
from tbconvert.read import FORMATS

Command = Callable[..., Any]

PACKAGE = """
from tbconvert.dialects import Dialect, Mark
from tbconvert.read import Format

ROBOT = Dialect("robot", "logs of a robot", (Mark(files=("robot.csv",)),))
TICKS = Format("ticks", "ticks of a clock", lambda sample, options: None, lambda source, s: [])
"""

POINTS = """
[tbconvert.dialects]
robot = robotlogs:ROBOT
[tbconvert.readers]
ticks = robotlogs:TICKS
"""


def test_formats_are_all_listed(tbconvert: Command) -> None:
    lines = tbconvert("formats").out.splitlines()

    listed = dict(line.split(None, 1) for line in lines if line[:2] == "  " and line[2] != " ")
    assert listed == {row.name: row.about for row in (*FORMATS, *DIALECTS)}


def test_their_files_are_said_where_they_are_asked_for(tbconvert: Command) -> None:
    brief, verbose = tbconvert("formats").out, tbconvert("formats", "-v").out

    lines = verbose.splitlines()
    timm = next(place for place, line in enumerate(lines) if line.startswith("  timm "))
    assert lines[timm + 1].split() == ["summary.csv"]
    assert {line for line in lines if line[:3] != "   "} == {*brief.splitlines()}


def test_formats_as_json(tbconvert: Command) -> None:
    answer = tbconvert("formats", "--json").answer

    assert answer["formats"] == [
        {"name": row.name, "about": row.about, "holds": row.holds, "of": "tbconvert"}
        for row in FORMATS
    ]
    dialects = answer["dialects"]
    keys = ["name", "about", "of", "files", "known_by", "sample"]
    assert all(list(row) == keys for row in dialects)
    assert [(row["name"], row["about"]) for row in dialects] == [
        (row.name, row.about) for row in DIALECTS
    ]
    for row, dialect in zip(dialects, DIALECTS, strict=True):
        assert bool(row["known_by"]) == bool(dialect.marks or dialect.marker)
        assert bool(row["files"]) == bool(row["known_by"])


def test_ray_is_known_by_its_files(tbconvert: Command) -> None:
    (row,) = (r for r in tbconvert("formats", "--json").answer["dialects"] if r["name"] == "ray")

    assert "result.json" in row["files"]
    assert any("'training_iteration'" in line for line in row["known_by"])


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have a package installed that adds a dialect and a format."""
    (tmp_path / "robotlogs.py").write_text(PACKAGE)
    (tmp_path / "robotlogs-1.dist-info").mkdir()
    (tmp_path / "robotlogs-1.dist-info" / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    extensions.cache_clear()
    yield
    extensions.cache_clear()
    sys.modules.pop("robotlogs", None)


@pytest.mark.usefixtures("folder", "package")
def test_those_of_others_are_marked(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text('[dialect.mylab]\nfiles = "lab.csv"\nabout = "our lab"\n')

    plain = tbconvert("formats").out
    answer = tbconvert("formats", "--json").answer

    assert "our lab (of your configuration)\n" in plain
    assert "logs of a robot (of an installed package)\n" in plain
    assert "ticks of a clock (of an installed package)\n" in plain
    assert [row["of"] for row in answer["dialects"]][:3] == [
        "configuration",
        "package",
        "tbconvert",
    ]
    assert [row["of"] for row in answer["formats"]][:2] == ["package", "tbconvert"]


@pytest.mark.usefixtures("folder")
def test_a_configuration_that_is_wrong_is_wrong_usage(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text('[dialect.mylab]\nfile = "lab.csv"\n')

    done = tbconvert("formats", "--json")

    assert done.status == 2
    assert "no key 'file'; did you mean 'files'?" in done.answer["error"]
