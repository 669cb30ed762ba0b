"""Tables of Optuna's trials with what they reported, beyond the golden case: odd cells."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from oracle import ingest, read_back

HEADER = "number,value,{},datetime_start,datetime_complete,params_lr,state\n"
# 2026-01-02 03:04:05 UTC
START, START_AT = "2026-01-02 03:04:05.500000", 1767323045.5
END, END_AT = "2026-01-02 03:05:05.500000", 1767323105.5


def convert(place: Path, reported: str, *rows: str) -> tuple[dict[str, Any], dict[str, Any]]:
    log = place / "trials.csv"
    log.write_text(HEADER.format(reported) + "".join(f"{row}\n" for row in rows))
    os.utime(log, (1_700_000_000, 1_700_000_000))
    return ingest(log, logdir=place / "runs"), read_back(place / "runs")


def test_what_a_trial_reported_stands_at_its_steps_and_begins_with_it(tmp_path: Path) -> None:
    # pandas writes the columns in the order in which the steps came up
    columns = "intermediate_values_10,intermediate_values_-1,intermediate_values_2"
    report, served = convert(
        tmp_path,
        columns,
        f"0,0.5,1.0,2.0,3.0,{START},{END},0.25,COMPLETE",
        f"1,,,inf,,{START},,0.125,RUNNING",
        "2,,,,,,,,WAITING",
    )

    first, second = served["trial-0"], served["trial-1"]
    found = first["intermediate_value"]
    assert found.steps.tolist() == [-1, 2, 10]
    assert found.values.tolist() == [2.0, 3.0, 1.0]
    assert found.wall_times.tolist() == [START_AT] * 3
    assert (first["value"].steps.tolist(), first["value"].wall_times.tolist()) == ([0], [END_AT])
    assert second["intermediate_value"].values.tolist() == [float("inf")]
    assert second["intermediate_value"].wall_times.tolist() == [START_AT]
    assert "trial-2" not in served or "intermediate_value" not in served["trial-2"]
    assert sum(run["scalars"]["points"] for run in report["runs"]) == 5
    assert "left out" not in str(report)


def test_an_odd_cell_among_what_was_reported_is_told(tmp_path: Path) -> None:
    report, served = convert(
        tmp_path,
        "intermediate_values_0,intermediate_values_1",
        f"0,0.5,1.0,diverged,{START},{END},0.25,COMPLETE",
        f"1,0.5,3.0,4.0,{START},{END},0.25,COMPLETE",
    )

    assert served["trial-0"]["intermediate_value"].values.tolist() == [1.0]
    assert served["trial-1"]["intermediate_value"].values.tolist() == [3.0, 4.0]
    told = [problem for run in report["runs"] for problem in run["problems"] if problem["row"]]
    assert [(one["row"], one["column"]) for one in told] == [(2, "intermediate_value")]
    assert "'diverged'" in told[0]["problem"]
    assert sum(run["rejected"] for run in report["runs"]) == 1


@pytest.mark.parametrize("name", ["intermediate_values_best", "intermediate_values"])
def test_a_column_that_tells_no_step_is_left_out_and_counted(name: str, tmp_path: Path) -> None:
    report, served = convert(tmp_path, name, f"0,0.5,7.0,{START},{END},0.25,COMPLETE")

    assert "intermediate_value" not in served["trial-0"]
    assert f"'{name}' (1 cell)" in str(report)
