"""What GitHub is told: workflow commands, as its runner reads them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tbconvert.cli.github import annotated
from tbconvert.cli.ingest_outcome import outcome_of
from tbconvert.cli.outcome import Outcome
from tbconvert.report import ProblemReport, Report, RunReport

Command = Callable[..., Any]
SCALE = "--step-scale 1000 counts in thousandths, --step none numbers the rows"
Annotation = dict[str, str]

# what the runner puts back (github.com/actions/runner, ActionCommand), in its order
DATA = {"%0D": "\r", "%0A": "\n", "%25": "%"}
PROPERTY = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


def unescaped(text: str, signs: dict[str, str]) -> str:
    for code, sign in signs.items():
        text = text.replace(code, sign)
    return text


def read(line: str) -> Annotation:
    """Read a command as the runner does: between the first two "::", at commas, at "="."""
    assert line.startswith("::")
    command, _, said = line[2:].partition("::")
    level, _, properties = command.partition(" ")
    found = dict(one.split("=", 1) for one in properties.split(","))
    named = {name: unescaped(value, PROPERTY) for name, value in found.items()}
    return {"level": level, "said": unescaped(said, DATA), **named}


def read_all(text: str) -> list[Annotation]:
    return [read(line) for line in text.splitlines() if line.startswith("::")]


def outcome_with(*problems: ProblemReport, status: Any = "written", run: str = "r") -> Outcome:
    return outcome_of(Report("runs", (RunReport(run, status, problems=problems),)))


def problem(uri: str = "a.csv", row: int | None = 3, said: str = "got 'x'") -> ProblemReport:
    return ProblemReport(uri, row, "loss", said, "do that")


@pytest.mark.usefixtures("folder")
def test_problems_stand_at_their_lines(tbconvert: Command) -> None:
    done = tbconvert(
        *("ingest", "good.csv", "bad.csv", "broken.csv", "--logdir", "runs", "--github"),
        *("--fail-on", "nan", "--require", "val/acc last > 0.95", "--require", "f1 last > 0"),
    )

    assert done.status == 1
    assert read_all(done.out) == []
    assert read_all(done.err) == [
        {
            "level": "error",
            "file": "good.csv",
            "title": "tbconvert: --require 'val/acc last > 0.95'",
            "said": "last of 'val/acc' in run 'good' is 0.9, at step 10",
        },
        {
            "level": "error",
            "title": "tbconvert: --require 'f1 last > 0'",
            "said": "no scalar of 2 runs is called 'f1'; there is 'loss', 'val/acc'",
        },
        {
            "level": "error",
            "file": "bad.csv",
            "title": "tbconvert: --fail-on nan",
            "said": "1 point of run 'bad' is nan or infinite",
        },
        {
            "level": "error",
            "file": "broken.csv",
            "line": "2",
            "title": "tbconvert: failed",
            "said": "column 'step': got 0.5, wanted a whole number as step; " + SCALE,
        },
        {
            "level": "warning",
            "file": "bad.csv",
            "line": "3",
            "title": "tbconvert: run bad",
            "said": "column 'loss': got 'oops', wanted a number; the cell was left out",
        },
    ]


@pytest.mark.parametrize("odd", ["50%", "a\nb", "a\r\nb", "a::b", "a,b=c:d", "%0A%25", "ä → ∞"])
def test_signs_that_mean_something_are_escaped(
    odd: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    (line,) = annotated(outcome_with(ProblemReport(odd, 1, odd, odd, odd), run=odd))

    assert "\n" not in line
    assert "\r" not in line
    assert read(line) == {
        "level": "warning",
        "file": odd,
        "line": "1",
        "title": f"tbconvert: run {odd}",
        "said": f"column {odd!r}: {odd}; {odd}",
    }


@pytest.mark.parametrize(("status", "level"), [("written", "warning"), ("failed", "error")])
@pytest.mark.parametrize(
    ("count", "shown", "more"), [(10, 10, ""), (11, 9, "2"), (1500, 9, "1,491")]
)
def test_no_more_are_told_than_are_shown(
    count: int, shown: int, more: str, status: str, level: str
) -> None:
    found = [
        read(line) for line in annotated(outcome_with(*map(problem, ["a"] * count), status=status))
    ]

    assert len(found) == 10
    assert {one["level"] for one in found} == {level}
    assert sum("line" in one for one in found) == shown
    if more:
        assert found[-1]["said"] == f"and {more} more, which --json and --verbose have"


def test_files_are_named_from_the_root_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "repo/logs").mkdir(parents=True)
    (tmp_path / "repo/logs/a#1.npz").touch()
    (tmp_path / "repo/logs/a.npz").touch()
    monkeypatch.chdir(tmp_path / "repo/logs")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "repo"))
    uris = {
        "a.csv": "logs/a.csv",
        "../b.csv": "b.csv",
        str(tmp_path / "repo/c/d.csv"): "c/d.csv",
        "a.npz#layer/kernel": "logs/a.npz",
        "a#1.npz": "logs/a#1.npz",
        "../../outside.csv": None,
        "-": None,
        "s3://bucket/a.csv": None,
    }

    found = [read(line) for line in annotated(outcome_with(*map(problem, uris)))]

    assert [one.get("file") for one in found] == list(uris.values())
    assert [one.get("line") for one in found] == [file and "3" for file in uris.values()]
    for uri, one in zip(uris, found, strict=True):
        place = "" if one.get("file") else f"{uri}:3: "
        assert one["said"] == f"{place}column 'loss': got 'x'; do that"


@pytest.mark.usefixtures("folder")
def test_nothing_to_convert_is_an_error(tbconvert: Command) -> None:
    os.mkdir("void")  # noqa: PTH102

    done = tbconvert("ingest", "void", "--logdir", "runs", "--github", "--json")

    assert done.status == done.answer["exit_status"] == 1
    assert read_all(done.err) == [
        {
            "level": "error",
            "title": "tbconvert: nothing to convert",
            "said": "no training log was found",
        }
    ]


@pytest.mark.usefixtures("folder")
def test_nothing_is_said_unless_it_is_asked_for(tbconvert: Command) -> None:
    said = tbconvert("ingest", "bad.csv", "--logdir", "runs")
    good = tbconvert("ingest", "good.csv", "--logdir", "runs", "--github")

    assert "::" not in said.err
    assert good.err == ""
