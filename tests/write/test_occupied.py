"""Runs that somebody else made, and sources that make several runs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from oracle import read_back
from places import (
    EVENT_FILE,
    FIRST,
    LATER,
    contents,
    convert,
    event_files,
    foreign_event_file,
    losses,
    write,
)

from tbconvert import ingest


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


@pytest.mark.parametrize("if_exists", ["error", "replace", "skip", "add"])
def test_a_run_is_mended_although_a_stranger_lies_beside_another_of_its_source(
    if_exists: str,
) -> None:
    write("sweep.csv", SWEEP)
    ingest("sweep.csv", logdir="runs", run_column="model")
    before = contents()
    stranger = Path("runs/sweep/big/events.out.tfevents.123.other")
    stranger.write_bytes(b"")
    (lost,) = Path("runs/sweep/small").glob("events*")
    lost.unlink()

    report = ingest("sweep.csv", logdir="runs", run_column="model", if_exists=if_exists)

    assert [run.status for run in report.runs] == ["written", "written"]
    assert contents() == before | {stranger: b""}


def test_a_run_that_its_source_no_longer_makes_is_removed() -> None:
    write("sweep.csv", SWEEP)
    ingest("sweep.csv", logdir="runs", run_column="model")
    write("sweep.csv", SWEEP.replace("small", "tiny"))

    ingest("sweep.csv", logdir="runs", run_column="model")

    assert read_back("runs").keys() == {"sweep/big", "sweep/tiny"}
    assert not Path("runs/sweep/small").exists()


@pytest.mark.parametrize("text", ["step,model,loss\n", "step,model,loss\n0,big,\n1,small,\n"])
def test_runs_of_a_source_that_has_no_points_any_more_stay(text: str) -> None:
    write("sweep.csv", SWEEP)
    ingest("sweep.csv", logdir="runs", run_column="model")
    before = contents()
    write("sweep.csv", text)

    report = ingest("sweep.csv", logdir="runs", run_column="model")

    assert {run.status for run in report.runs} == {"failed"}
    assert report.exit_status() == 1
    assert contents() == before


def test_one_of_several_runs_that_has_no_points_any_more_is_removed() -> None:
    write("sweep.csv", SWEEP)
    ingest("sweep.csv", logdir="runs", run_column="model")
    write("sweep.csv", "step,model,loss\n0,big,1\n0,small,\n")

    report = ingest("sweep.csv", logdir="runs", run_column="model")

    assert {run.run: run.status for run in report.runs} == {
        "sweep/big": "written",
        "sweep/small": "empty",
    }
    assert report.exit_status() == 0
    assert read_back("runs").keys() == {"sweep/big"}


@pytest.mark.parametrize("if_exists", ["replace", "add"])
def test_a_source_without_points_takes_nobodys_place(if_exists: str) -> None:
    convert()
    before = contents()
    write("other/a.csv", "step,loss\n")

    report = convert("other/a.csv", if_exists=if_exists)

    assert report.status == {"replace": "failed", "add": "empty"}[if_exists]
    assert contents() == before


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
