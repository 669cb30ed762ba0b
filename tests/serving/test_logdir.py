"""What names and numbers of event files do to the readers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from oracle import python_loader
from oracle.readers import by_data_server
from serving.generator import PLUGINS, frame, scalar, version, write

from tbconvert.serving import logdir_findings
from tbconvert.serving.names import is_misplaced

FILE = "events.out.tfevents.1000000000.host"
DATA = b"".join(map(frame, (version(), scalar(1), scalar(2))))

CASES: dict[str, tuple[list[str], list[tuple[str, str]]]] = {
    "as it should be": ([f"a/{FILE}", FILE, f"a/b/{FILE}"], []),
    "a run with tfevents in its name": (
        [f"my_tfevents/{FILE}", f"b/{FILE}"],
        [("tfevents-folder", "my_tfevents")],
    ),
    "a folder above runs": ([f"my_tfevents/a/{FILE}", f"b/{FILE}"], []),
    "a folder in a run": (
        [f"a/a.tfevents/b/{FILE}", f"a/{FILE}"],
        [("tfevents-folder", "a/a.tfevents")],
    ),
    "a folder that is no UTF-8": ([f"a\udcff/{FILE}"], [("name-encoding", "a\\xff")]),
    "a file that is no UTF-8": ([f"a/{FILE}\udcff"], [("name-encoding", f"a/{FILE}\\xff")]),
    "a hidden copy": ([f"a/{FILE}", f"a/.{FILE}.Xy12"], [("hidden-copy", f"a/.{FILE}.Xy12")]),
    "a hidden file": ([f"a/.{FILE}"], [("hidden", f"a/.{FILE}")]),
    "a hidden folder": ([f".trash/a/{FILE}"], [("hidden", ".trash/a")]),
}


@pytest.mark.parametrize("name", CASES)
def test_names(name: str, tmp_path: Path) -> None:
    files, wanted = CASES[name]

    found = list(logdir_findings(files))

    assert [(each.code, each.run_file) for each in found] == wanted
    assert all(str(each).encode() for each in found)
    for file in files:
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + os.fsencode(file)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(DATA)
    assert agree(tmp_path) == all(each.severity == "hint" for each in found)


def agree(logdir: Path) -> bool:
    """Tell whether both readers show the same."""
    shown = {
        run: {tag: steps for tag, (_, _, steps) in tags.items()}
        for run, tags in by_data_server(logdir, *PLUGINS).items()
    }
    try:
        other = python_loader.read(logdir)
    except (IsADirectoryError, UnicodeEncodeError):
        return False
    return shown == {
        run: {tag: series.steps.tolist() for tag, series in tags.items()}
        for run, tags in other.items()
    }


def test_more_files_than_may_be_open(tmp_path: Path) -> None:
    limit, count = 64, 80
    for run in range(count):
        write(tmp_path / str(run), DATA)
    files = [f"{run}/{FILE}" for run in range(count)]

    (found,) = logdir_findings(files, limit)

    assert (found.code, found.severity) == ("many-files", "loss")
    assert f"reads {limit - 7} of them at most" in found.said
    assert 0 < len(by_data_server(tmp_path, *PLUGINS, descriptors=limit)) <= limit - 7
    assert list(logdir_findings(files[: limit - 7], limit)) == []
    assert list(logdir_findings(files, None)) == []


@pytest.mark.parametrize(
    ("before", "after", "is_wrong"),
    [
        ("events.out.tfevents.10", "events.out.tfevents.9", True),
        ("events.out.tfevents.09", "events.out.tfevents.10", False),
        ("events.out.tfevents.10.a.1", "events.out.tfevents.10.a.2", False),
        ("events.out.tfevents.10.a.10", "events.out.tfevents.10.a.2", True),
        ("events.out.tfevents.10.a", "events.out.tfevents.10.b", False),
        ("a.tfevents", "b.tfevents.3", False),
    ],
)
def test_the_order_of_names(before: str, after: str, is_wrong: bool) -> None:
    assert before < after
    assert is_misplaced(before, after) == is_wrong
