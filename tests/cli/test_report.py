"""What the command reports as JSON, to programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mixed_logs import write_inputs
from report_keys import REPORT, check


@pytest.mark.usefixtures("folder")
def test_json_has_the_keys_that_are_promised(tbconvert: Callable[..., Any]) -> None:
    write_inputs()

    done = tbconvert("ingest", "logs", "--logdir", "runs", "--json")

    check(done.answer, REPORT)
    assert done.answer["exit_status"] == done.status == 1
    assert {run["run"]: run["status"] for run in done.answer["runs"]} == {
        "bad": "written",
        "broken": "failed",
        "good": "written",
    }
    assert done.answer["totals"] | {"seconds": 0} == {
        "runs": 3,
        "written": 2,
        "unchanged": 0,
        "empty": 0,
        "failed": 1,
        "points": 4,
        "rejected": 1,
        "seconds": 0,
    }
    assert [skipped["uri"] for skipped in done.answer["skipped"]] == ["logs/notes.txt"]


@pytest.mark.usefixtures("folder")
def test_json_tells_where_the_bytes_are(tbconvert: Callable[..., Any]) -> None:
    done = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json")

    (run,) = done.answer["runs"]
    assert Path(run["event_file"]).parent == Path("runs/a")
    assert Path(run["event_file"]).stat().st_size == run["bytes"]


@pytest.mark.usefixtures("folder")
def test_json_names_every_bad_cell(tbconvert: Callable[..., Any]) -> None:
    done = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json")

    (problem,) = done.answer["runs"][0]["problems"]
    assert problem == {
        "uri": "a.csv",
        "row": 3,
        "column": "loss",
        "problem": "got 'oops', wanted a number; the cell was left out",
        "hint": "",
    }


@pytest.mark.usefixtures("folder")
def test_json_of_a_source_that_is_not_there(tbconvert: Callable[..., Any]) -> None:
    done = tbconvert("ingest", "a.csv", "b.csv", "--logdir", "runs", "--json")

    check(done.answer, REPORT)
    assert done.answer["exit_status"] == done.status == 1
    good, failed = done.answer["runs"]
    assert (good["run"], good["status"]) == ("a", "written")
    assert (failed["run"], failed["status"]) == ("b.csv", "failed")
    assert failed["problems"][0]["problem"] == "no such file or directory"


@pytest.mark.usefixtures("folder")
def test_an_unchanged_run_is_reported_as_it_was(tbconvert: Callable[..., Any]) -> None:
    (written,) = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json").answer["runs"]

    again = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json")

    check(again.answer, REPORT)
    assert again.answer["runs"] == [written | {"status": "unchanged"}]


@pytest.mark.usefixtures("folder")
def test_an_unchanged_run_is_named_as_seen_from_here(
    tbconvert: Callable[..., Any], tmp_path: Path
) -> None:
    tbconvert("ingest", "a.csv", "--logdir", "runs")

    again = tbconvert("ingest", tmp_path / "a.csv", "--logdir", tmp_path / "runs", "--json")

    (run,) = again.answer["runs"]
    assert run["status"] == "unchanged"
    assert Path(run["event_file"]).parent == tmp_path / "runs" / "a"


@pytest.mark.usefixtures("folder")
def test_strict_fails_where_a_cell_was_left_out(tbconvert: Callable[..., Any]) -> None:
    Path("whole.csv").write_text("step,loss\n0,1.0\n1,\n")

    damaged = tbconvert("ingest", "a.csv", "--logdir", "runs", "--strict", "--json")
    whole = tbconvert("ingest", "whole.csv", "--logdir", "runs", "--strict", "--json")
    again = tbconvert("ingest", "a.csv", "--logdir", "runs", "--strict", "--json")

    assert damaged.answer["exit_status"] == damaged.status == 1
    assert damaged.answer["runs"][0]["status"] == "written"
    assert whole.answer["exit_status"] == whole.status == 0
    assert again.answer["exit_status"] == again.status == 1
    assert damaged.err == again.err == "--strict: 1 cell was rejected\n"
    assert whole.err == ""
