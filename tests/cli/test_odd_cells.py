"""One odd cell costs itself: wherever it stands, and however long the log is."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SHORT, LONG = 10, 300_000
"""Rows: a part of a block, and several blocks."""

WRITTEN: dict[str, tuple[Callable[[int], str], str]] = {
    "numbers": (lambda step: f"{step / 7}", "oops"),
    "truths": (lambda step: str(step % 2 == 0), "oops"),
    "truths, and a number with decimals": (lambda step: str(step % 2 == 0), "0.5x"),
    "percent": (lambda step: f"{step % 100}%", "0.5"),
    "tensors": (lambda step: f"tensor({step / 7})", "tensor(?)"),
    "thousands": (lambda step: f"{step + 1000:,}".join('""'), "1,2,3".join('""')),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("rows", [SHORT, LONG])
@pytest.mark.parametrize("place", ["first", "last"])
@pytest.mark.parametrize(("good", "odd"), WRITTEN.values(), ids=WRITTEN)
def test_one_odd_cell_is_rejected_and_all_others_are_points(
    tbconvert: Callable[..., Any], good: Callable[[int], str], odd: str, place: str, rows: int
) -> None:
    at = 0 if place == "first" else rows - 1
    cells = [odd if step == at else good(step) for step in range(rows)]
    text = "".join(f"{step},{cell},0.5\n" for step, cell in enumerate(cells))
    Path("a.csv").write_text("step,odd,loss\n" + text)

    (run,) = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json").answer["runs"]

    assert (run["rejected"], run["missing"]) == (1, 0)
    assert run["scalars"] == {"tags": 2, "points": 2 * rows - 1}
    rejected = [problem for problem in run["problems"] if "was left out" in problem["problem"]]
    assert [(p["row"], p["column"]) for p in rejected] == [(at + 2, "odd")]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("rows", [SHORT, LONG])
def test_a_long_table_with_an_odd_value_is_one(tbconvert: Callable[..., Any], rows: int) -> None:
    text = "".join(f"loss,0.5,{step}\nacc,0.25,{step}\n" for step in range(rows))
    Path("a.csv").write_text(f"tag,value,step\n{text}loss,oops,{rows}\n")

    (run,) = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json").answer["runs"]

    assert run["scalars"] == {"tags": 2, "points": 2 * rows}
    assert (run["rejected"], run["superseded"]) == (1, 0)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("blank", [1, LONG])
def test_a_text_that_comes_late_has_its_own_tag(tbconvert: Callable[..., Any], blank: int) -> None:
    text = "".join(f"{step},,0.5\n" for step in range(blank))
    Path("a.csv").write_text(f"step,note,loss\n{text}{blank},hello,0.5\n")

    (run,) = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json").answer["runs"]

    assert run["texts"] == {"tags": 1, "points": 1}
    assert (run["missing"], run["scalars"]["points"]) == (blank, blank + 1)
    assert not run["problems"]


@pytest.mark.usefixtures("folder")
def test_times_that_are_hardly_those_of_a_training_are_told(tbconvert: Callable[..., Any]) -> None:
    Path("a.csv").write_text(
        "step,timestamp,loss\n0,1700000000,1\n1,1700000000000,1\n2,0,1\n3,1700000003,1\n"
    )

    (run,) = tbconvert("ingest", "a.csv", "--logdir", "runs", "--json").answer["runs"]

    (problem,) = run["problems"]
    assert (problem["row"], problem["column"]) == (3, "timestamp")
    assert "got 1700000000000, hardly the time of a training" in problem["problem"]


@pytest.mark.usefixtures("folder")
def test_strict_does_not_pass_a_file_that_was_cut_off(tbconvert: Callable[..., Any]) -> None:
    whole = gzip.compress(b"step,loss\n0,1\n1,2\n")
    Path("whole.csv.gz").write_bytes(whole)
    Path("cut.csv.gz").write_bytes(whole[:-4])

    assert tbconvert("ingest", "whole.csv.gz", "--logdir", "runs", "--strict").status == 0
    assert tbconvert("ingest", "cut.csv.gz", "--logdir", "runs", "--strict").status == 1
    assert tbconvert("ingest", "cut.csv.gz", "--logdir", "runs").status == 0
