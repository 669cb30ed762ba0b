"""Runs as directories of event files: what stands there after one ingest, and after the next."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from places import EVENT_FILE, FIRST, LATER, contents, convert, event_files, losses, write
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event

from tbconvert.write.event_files import event_file_name

# ------------------------------------------------------------------------------ the event file


def test_the_event_file_is_named_after_its_first_point() -> None:
    report = convert()

    assert event_files() == [EVENT_FILE]
    assert report.event_file == f"runs/a/{EVENT_FILE}"


def test_the_version_record_has_the_time_of_the_first_point() -> None:
    convert()

    first = next(iter(RawEventFileLoader(f"runs/a/{EVENT_FILE}").Load()))
    event = Event.FromString(first)

    assert (event.file_version, event.wall_time) == ("brain.Event:2", 1700000000.25)


@pytest.mark.parametrize(
    ("time", "taken", "name"),
    [
        (1700000000.9, (), "events.out.tfevents.1700000000.me"),
        (5.0, (), "events.out.tfevents.0000000005.me"),
        (0.0, (), "events.out.tfevents.0000000000.me"),
        (-1e300, (), "events.out.tfevents.0000000000.me"),
        (1e300, (), "events.out.tfevents.9999999999.me"),
        (5.0, ("events.out.tfevents.0000000005.me",), "events.out.tfevents.0000000005.me.1"),
    ],
)
def test_names_of_event_files_sort_by_time(time: float, taken: tuple[str, ...], name: str) -> None:
    assert event_file_name(time, "me", taken) == name


def test_files_can_be_read_by_whom_the_mask_allows() -> None:
    mask = os.umask(0o027)
    try:
        convert()
    finally:
        os.umask(mask)

    modes = {path.name: path.stat().st_mode & 0o777 for path in Path("runs/a").iterdir()}
    assert modes == {EVENT_FILE: 0o640, "tbconvert.json": 0o640}


# --------------------------------------------------------------------------------- the ledger


def test_the_ledger_says_what_a_run_was_made_from(tmp_path: Path) -> None:
    os.utime("a.csv", (1_600_000_000, 1_600_000_000))

    report = convert(tag_prefix="x/")

    ledger = json.loads(Path("runs/a/tbconvert.json").read_text())

    (entry,) = ledger["ingests"]
    (source,) = entry["sources"]
    assert source["uri"] == str(tmp_path / "a.csv")
    assert (source["size"], source["mtime"]) == (len(FIRST), 1_600_000_000)
    assert re.fullmatch("[0-9a-f]{64}", source["sha256"])
    assert entry["options"] == {"tag_prefix": "x/"}
    assert entry["event_files"] == {"a": [EVENT_FILE, report.bytes]}
    assert entry["report"]["a"]["scalars"] == {"tags": 1, "points": 2}
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", entry["tbconvert"])


# ------------------------------------------------------------------------------ the same bytes


def test_the_same_log_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    convert(logdir="runs")
    convert(logdir="again")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    convert("../a.csv", logdir="../from_elsewhere")
    monkeypatch.chdir(tmp_path)

    wanted = Path(f"runs/a/{EVENT_FILE}").read_bytes()
    assert Path(f"again/a/{EVENT_FILE}").read_bytes() == wanted
    assert Path(f"from_elsewhere/a/{EVENT_FILE}").read_bytes() == wanted


# ------------------------------------------------------------------------------ the next ingest


def test_an_unchanged_source_is_left_as_it_is() -> None:
    first = convert()
    before = {path: path.stat().st_mtime_ns for path in Path("runs/a").iterdir()}

    again = convert()

    assert (first.status, again.status) == ("written", "unchanged")
    assert (again.points, again.bytes, again.event_file) == (2, first.bytes, first.event_file)
    assert {path: path.stat().st_mtime_ns for path in Path("runs/a").iterdir()} == before


def test_a_source_that_is_only_newer_is_unchanged() -> None:
    convert()
    os.utime("a.csv", (1, 1))

    assert convert().status == "unchanged"


def test_a_source_of_the_same_size_and_time_is_unchanged() -> None:
    os.utime("a.csv", (1, 1))
    convert()
    write("a.csv", FIRST.replace("0.5", "0.7"))
    os.utime("a.csv", (1, 1))

    assert convert().status == "unchanged"


@pytest.mark.parametrize(
    ("text", "event_file", "loss"),
    [
        (FIRST.replace("0.5", "0.75"), EVENT_FILE, {0: 1.0, 1: 0.75}),
        (FIRST + LATER.splitlines()[-1], EVENT_FILE, {0: 1.0, 1: 0.5, 2: 0.25}),
        (LATER, "events.out.tfevents.1700000060.tbconvert", {1: 0.5, 2: 0.25}),
    ],
    ids=["another value", "another row", "another first time"],
)
def test_a_changed_source_replaces_its_event_file(
    text: str, event_file: str, loss: dict[int, float]
) -> None:
    convert()
    write("a.csv", text)

    report = convert()

    assert report.status == "written"
    assert event_files() == [event_file]
    assert losses() == loss
    assert convert().status == "unchanged"


def test_a_source_without_times_may_change_over_and_over() -> None:
    for number in range(4):
        write("a.csv", f"step,loss\n0,1\n1,{number}\n")
        os.utime("a.csv", (1_600_000_000 + number, 1_600_000_000 + number))

        assert convert().status == "written"

        assert event_files() == [f"events.out.tfevents.{1_600_000_000 + number}.tbconvert"]
        assert losses() == {0: 1.0, 1: number}


@pytest.mark.parametrize(
    "options",
    [{"tag_prefix": "x/"}, {"on_duplicate": "first"}, {"identifier": "me"}, {"file_time": 5.0}],
    ids=str,
)
def test_changed_options_convert_again(options: dict[str, Any]) -> None:
    convert()

    changed = convert(**options)
    again = convert(**options)

    assert (changed.status, again.status) == ("written", "unchanged")
    assert len(event_files()) == 1


def test_an_event_file_that_is_gone_or_cut_is_written_again() -> None:
    convert()
    whole = Path(f"runs/a/{EVENT_FILE}").read_bytes()

    Path(f"runs/a/{EVENT_FILE}").unlink()
    assert convert().status == "written"
    Path(f"runs/a/{EVENT_FILE}").write_bytes(whole[:-1])
    assert convert().status == "written"

    assert Path(f"runs/a/{EVENT_FILE}").read_bytes() == whole


def test_a_source_that_broke_leaves_its_run_as_it_was() -> None:
    convert()
    before = contents()
    write("a.csv", "step,loss\n0,1.0\n0.5,2.0\n")

    assert convert().status == "failed"
    assert contents() == before
