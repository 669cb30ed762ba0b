"""Runs as directories of event files: what stands there after one ingest, and after the next."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import read_back
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from tbconvert import ingest
from tbconvert.report import RunReport
from tbconvert.write.directory import event_file_name

FIRST = "time,step,loss\n1700000000.25,0,1.0\n1700000060,1,0.5\n"
LATER = "time,step,loss\n1700000060,1,0.5\n1700000120,2,0.25\n"
EVENT_FILE = "events.out.tfevents.1700000000.tbconvert"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder with one log, whose first point is from 1700000000; leave nothing hidden."""
    monkeypatch.chdir(tmp_path)
    write("a.csv", FIRST)
    yield tmp_path
    assert not list(tmp_path.glob("runs/**/.tbconvert-*")), "a hidden file was left"


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def convert(name: str = "a.csv", logdir: str = "runs", **options: Any) -> RunReport:
    (run,) = ingest(name, logdir=logdir, **options).runs
    return run


def event_files(folder: str = "runs/a") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir() if "tfevents" in path.name)


def contents(folder: str = "runs") -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def foreign_event_file(folder: str) -> Path:
    """Let TensorBoard's own writer put an event file into a folder."""
    writer = EventFileWriter(folder)
    event = Event(wall_time=1.6e9, step=7)
    event.summary.value.add(tag="theirs", simple_value=3.0)
    writer.add_event(event)
    writer.close()
    (path,) = (Path(folder) / name for name in event_files(folder))
    return path


def losses(run: str = "a", logdir: str = "runs") -> dict[int, float]:
    series = read_back(logdir)[run]["loss"]
    return dict(zip(series.steps.tolist(), series.values.tolist(), strict=True))


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


# -------------------------------------------------------------------- what somebody else made


def test_a_run_of_another_source_is_not_replaced() -> None:
    convert()
    write("other/a.csv", LATER)
    before = contents()

    report = convert("other/a.csv")

    assert report.status == "failed"
    (problem,) = report.problems
    assert problem.uri == "runs/a"
    assert re.fullmatch(r"was made from /.*/a\.csv, not from this source", problem.problem)
    assert "--if-exists replace" in problem.hint
    assert contents() == before


def test_if_exists_skip_leaves_the_other_run() -> None:
    convert()
    write("other/a.csv", LATER)
    before = contents()

    report = convert("other/a.csv", if_exists="skip")

    assert report.status == "unchanged"
    assert report.problems[0].problem == "the run exists, and was left as it is"
    assert contents() == before


def test_if_exists_replace_takes_its_place() -> None:
    convert()
    write("other/a.csv", LATER)

    report = convert("other/a.csv", if_exists="replace")

    assert report.status == "written"
    assert event_files() == ["events.out.tfevents.1700000060.tbconvert"]
    assert losses() == {1: 0.5, 2: 0.25}


def test_if_exists_add_writes_beside_it() -> None:
    convert()
    before = contents()
    write("other/a.csv", FIRST.replace("step,loss\n", "step,acc\n"))

    report = convert("other/a.csv", if_exists="add")

    assert report.status == "written"
    assert event_files() == [EVENT_FILE, EVENT_FILE + ".1"]
    assert Path(f"runs/a/{EVENT_FILE}").read_bytes() == before[Path(f"runs/a/{EVENT_FILE}")]
    assert read_back("runs")["a"].keys() == {"loss", "acc"}


def test_each_of_two_added_sources_replaces_its_own() -> None:
    convert(if_exists="add")
    write("other/a.csv", "time,step,acc\n1700000000,0,0.1\n")
    convert("other/a.csv", if_exists="add")
    write("a.csv", "time,step,loss\n1700000000,0,9.0\n")
    write("other/a.csv", "time,step,acc\n1700000001,0,0.9\n")

    first = convert(if_exists="add")
    second = convert("other/a.csv", if_exists="add")

    assert (first.status, second.status) == ("written", "written")
    assert event_files() == [EVENT_FILE, "events.out.tfevents.1700000001.tbconvert"]
    served = read_back("runs")["a"]
    assert served["loss"].values.tolist() == [9.0]
    assert served["acc"].values.tolist() == [np.float32(0.9)]
    assert convert(if_exists="add").status == "unchanged"
    assert convert("other/a.csv", if_exists="add").status == "unchanged"


@pytest.mark.parametrize("if_exists", ["error", "skip", "replace", "add"])
def test_event_files_of_others_are_never_touched(if_exists: str) -> None:
    theirs = foreign_event_file("runs/a")
    before = theirs.read_bytes()

    report = convert(if_exists=if_exists)

    assert theirs.read_bytes() == before
    wanted = {"error": "failed", "skip": "unchanged", "replace": "failed", "add": "written"}
    assert report.status == wanted[if_exists]
    if report.status == "failed":
        said = f"holds {theirs.name}, which tbconvert did not write"
        assert report.problems[0].problem == said
        assert "--if-exists add" in report.problems[0].hint
    if report.status == "written":
        assert read_back("runs")["a"].keys() == {"loss", "theirs"}
        assert convert(if_exists="add").status == "unchanged"
    else:
        assert event_files() == [theirs.name]


def test_an_event_file_that_came_later_is_not_touched_either() -> None:
    convert()
    theirs = foreign_event_file("aside")
    theirs.rename(f"runs/a/{theirs.name}")
    before = contents()
    write("a.csv", LATER)

    assert convert().status == "failed"
    assert contents() == before
    assert convert(if_exists="add").status == "written"
    assert len(event_files()) == 2


def test_a_file_named_like_ours_that_the_ledger_does_not_know_is_not_ours() -> None:
    convert()
    stranger = Path("runs/a/events.out.tfevents.1234567890.tbconvert")
    stranger.write_bytes(b"")

    write("a.csv", LATER)

    assert convert().status == "failed"
    assert stranger.exists()


# --------------------------------------------------------------------- one source, several runs


SWEEP = "step,model,loss\n0,big,1\n0,small,2\n1,big,3\n1,small,4\n"


def test_runs_of_one_source_are_unchanged_together() -> None:
    write("sweep.csv", SWEEP)
    first = ingest("sweep.csv", logdir="runs", run_column="model")

    again = ingest("sweep.csv", logdir="runs", run_column="model")

    assert [run.run for run in again.runs] == ["sweep/big", "sweep/small"]
    assert {run.status for run in again.runs} == {"unchanged"}
    assert [run.event_file for run in again.runs] == [run.event_file for run in first.runs]


def test_a_run_that_its_source_no_longer_makes_is_removed() -> None:
    write("sweep.csv", SWEEP)
    ingest("sweep.csv", logdir="runs", run_column="model")
    write("sweep.csv", SWEEP.replace("small", "tiny"))

    ingest("sweep.csv", logdir="runs", run_column="model")

    assert read_back("runs").keys() == {"sweep/big", "sweep/tiny"}
    assert not Path("runs/sweep/small").exists()


def test_a_run_that_becomes_several_is_removed() -> None:
    write("sweep.csv", SWEEP)
    ingest("sweep.csv", logdir="runs", run_column="none")
    ingest("sweep.csv", logdir="runs", run_column="model")

    again = ingest("sweep.csv", logdir="runs", run_column="model")

    assert read_back("runs").keys() == {"sweep/big", "sweep/small"}
    assert {run.status for run in again.runs} == {"unchanged"}


def test_several_runs_that_become_one_are_removed() -> None:
    write("sweep.csv", SWEEP)
    ingest("sweep.csv", logdir="runs", run_column="model")

    ingest("sweep.csv", logdir="runs", run_column="none")

    assert read_back("runs").keys() == {"sweep"}


def test_what_others_made_of_a_removed_run_stays() -> None:
    write("sweep.csv", SWEEP)
    ingest("sweep.csv", logdir="runs", run_column="model")
    write("more.csv", "time,step,acc\n1700000000,0,0.5\n")
    ingest("more.csv", logdir="runs", run="sweep/small", if_exists="add")
    write("sweep.csv", SWEEP.replace("small", "tiny"))

    ingest("sweep.csv", logdir="runs", run_column="model")

    served = read_back("runs")
    assert served["sweep/small"].keys() == {"acc"}
    again = ingest("more.csv", logdir="runs", run="sweep/small", if_exists="add")
    assert again.runs[0].status == "unchanged"


def test_skip_passes_over_one_of_several_runs() -> None:
    theirs = foreign_event_file("runs/sweep/big")
    write("sweep.csv", SWEEP)

    report = ingest("sweep.csv", logdir="runs", run_column="model", if_exists="skip")

    assert {run.run: run.status for run in report.runs} == {
        "sweep/big": "unchanged",
        "sweep/small": "written",
    }
    assert event_files("runs/sweep/big") == [theirs.name]
    assert read_back("runs")["sweep/small"]["loss"].values.tolist() == [2.0, 4.0]


def test_one_run_that_is_occupied_leaves_all_as_they_were() -> None:
    foreign_event_file("runs/sweep/small")
    before = contents()
    write("sweep.csv", SWEEP)

    report = ingest("sweep.csv", logdir="runs", run_column="model")

    assert [run.status for run in report.runs] == ["failed"]
    assert contents() == before
    assert not Path("runs/sweep/big").exists()


def test_ledgers_of_many_runs_stay_small() -> None:
    rows = "".join(f"{step},r{run},1\n" for step in range(2) for run in range(300))
    write("sweep.csv", "step,name,loss\n" + rows)

    ingest("sweep.csv", logdir="runs", run_column="name")

    sizes = [path.stat().st_size for path in Path("runs").rglob("tbconvert.json")]
    assert len(sizes) == 301
    assert sorted(sizes)[-2] < 5_000


# ---------------------------------------------------------------------------- damaged ledgers


@pytest.mark.parametrize(
    "damage", [None, b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"ingests": 3}']
)
def test_without_a_ledger_a_run_is_made_again(damage: bytes | None) -> None:
    convert()
    wanted = contents()
    ledger = Path("runs/a/tbconvert.json")
    if damage is None:
        ledger.unlink()
    else:
        ledger.write_bytes(damage)

    assert convert().status == "written"
    assert contents() == wanted
    assert convert().status == "unchanged"


def paths_into(data: Any, *above: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the path to everything inside of some JSON."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from paths_into(value, *above, key)


@pytest.mark.parametrize("harm", [None, "x", -1, [], {}], ids=repr)
def test_a_ledger_may_be_damaged_anywhere(harm: Any) -> None:
    convert()
    ledger = Path("runs/a/tbconvert.json")
    sound = json.loads(ledger.read_text())

    for path in list(paths_into(sound)):
        harmed = json.loads(json.dumps(sound))
        inner = harmed
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = harm
        ledger.write_text(json.dumps(harmed))

        report = ingest("a.csv", logdir="runs", if_exists="replace")

        assert [run.status for run in report.runs] in (["written"], ["unchanged"]), path
        assert event_files() == [EVENT_FILE], path
    assert losses() == {0: 1.0, 1: 0.5}


@pytest.mark.parametrize(
    "victim", [("..", "keep.tfevents"), ("a", "../keep.tfevents"), ("a", "keep.txt")]
)
def test_a_ledger_cannot_have_other_files_removed(victim: tuple[str, str], tmp_path: Path) -> None:
    convert()
    run, name = victim
    kept = Path("runs", run, name)
    kept.write_text("keep")
    ledger = Path("runs/a/tbconvert.json")
    data = json.loads(ledger.read_text())
    data["ingests"][0]["event_files"] |= {run: [name, 4], str(tmp_path): ["a.csv", 4]}
    ledger.write_text(json.dumps(data))
    write("a.csv", LATER)

    convert(if_exists="replace")

    assert kept.exists()
    assert Path("a.csv").exists()


# ------------------------------------------------------------------------------ hidden files


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
