"""Files that nobody sees yet, and what a kill leaves of them."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest
from places import EVENT_FILE, LATER, contents, convert, event_files, losses, write


def test_what_a_kill_left_is_cleared_by_the_next_ingest() -> None:
    write("runs/a/.tbconvert-0123456789abcdef.partial", "half")

    convert()

    assert sorted(path.name for path in Path("runs/a").iterdir()) == [
        EVENT_FILE,
        "tbconvert.json",
    ]


def test_what_another_ingest_is_writing_is_left() -> None:
    write("runs/a/.tbconvert-0123456789abcdef.partial", "growing")
    growing = Path("runs/a/.tbconvert-0123456789abcdef.partial")
    with growing.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)

        convert()

        assert growing.exists()
    growing.unlink()


def test_hidden_names_are_never_taken_for_event_files(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()
    replace = os.replace

    def watch(old: Any, new: Any) -> None:
        seen.add(Path(old).name)
        replace(old, new)

    monkeypatch.setattr(os, "replace", watch)

    convert()

    assert len(seen) == 2
    for name in seen:
        assert name.startswith(".")
        assert "tfevents" not in name


def test_file_systems_without_locks_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: Any) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", no_locks)

    assert convert().status == "written"
    assert losses() == {0: 1.0, 1: 0.5}


# ------------------------------------------------------------------ what a kill leaves behind


@pytest.mark.parametrize("identifier", ["tbconvert", "mine"])
def test_a_kill_between_event_file_and_ledger_is_mended(identifier: str) -> None:
    convert(identifier=identifier)
    ledger = Path("runs/a/tbconvert.json")
    old = ledger.read_text()
    write("a.csv", LATER)
    convert(identifier=identifier)
    ledger.write_text(old)

    report = convert(identifier=identifier)

    assert report.status == "written"
    assert event_files() == [f"events.out.tfevents.1700000060.{identifier}"]
    assert losses() == {1: 0.5, 2: 0.25}


def test_a_kill_between_two_renames_is_mended() -> None:
    convert()
    Path(f"runs/a/{EVENT_FILE}").rename("runs/a/events.out.tfevents.1700000060.tbconvert")
    write("a.csv", LATER)

    report = convert()

    assert report.status == "written"
    assert event_files() == ["events.out.tfevents.1700000060.tbconvert"]
    assert losses() == {1: 0.5, 2: 0.25}


def test_nothing_but_the_run_is_touched() -> None:
    before = contents(".")

    convert(run="deep/er")

    assert contents(".").keys() - before.keys() == {
        Path(f"runs/deep/er/{EVENT_FILE}"),
        Path("runs/deep/er/tbconvert.json"),
    }
    assert {path: contents(".")[path] for path in before} == before
