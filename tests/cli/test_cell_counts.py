"""Every cell counts: as a point, or as missing, rejected or superseded."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import read_back

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr)
CELLS = st.one_of(
    FINITE,
    st.sampled_from(["nan", "inf", "-Infinity", "1e400", "True", "12345678901"]),
    st.sampled_from(["", "NA", "null", "None"]),
    st.sampled_from(["oops", "0.5.1", "1,5"]),
)
STEPS = st.one_of(st.integers(0, 9), st.sampled_from([2**62, "", "none", "x"]))


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Make rows of a step and some cells, of which every column is rather numbers than text."""
    metrics = draw(st.integers(1, 4))
    row = st.tuples(STEPS, *[CELLS] * metrics)
    odd = draw(st.lists(row, max_size=8))
    good = draw(st.permutations(range(len(odd) + 2)))
    rows = [(step, *["0.5"] * metrics) for step in good] + odd
    return [[str(cell) for cell in row] for row in rows]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tables(),
    st.sampled_from(["last", "first", "mean"]),
    st.sampled_from(["restart", "sort"]),
)
@pytest.mark.usefixtures("folder")
def test_every_cell_is_accounted_for(
    tbconvert: Callable[..., Any], rows: list[list[str]], duplicate: str, backward: str
) -> None:
    metrics = len(rows[0]) - 1
    with Path("table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["step", *(f"m{n}" for n in range(metrics))], *rows])

    done = tbconvert(
        *("ingest", "table.csv", "--logdir", "runs", "--json", "--if-exists", "replace"),
        *("--on-duplicate", duplicate, "--on-backward", backward),
    )

    (run,) = done.answer["runs"]
    counted = {
        name: sum(run[kind]["points"] for kind in ("scalars", "histograms", "images", "texts"))
        if name == "points"
        else run[name]
        for name in ("points", "missing", "rejected", "superseded")
    }
    assert sum(counted.values()) == len(rows) * metrics, str(run)


@pytest.mark.usefixtures("folder")
def test_what_is_counted_is_what_is_shown(tbconvert: Callable[..., Any]) -> None:
    Path("log.csv").write_text("step,a,b\n0,1,nan\n1,2,\n1,3,inf\n2,x,4\n")

    done = tbconvert("ingest", "log.csv", "--run", "r", "--logdir", "runs", "--json")

    (run,) = done.answer["runs"]
    served = read_back("runs")["r"]
    assert (
        run["scalars"]
        == {"tags": 2, "points": 5}
        == {
            "tags": len(served),
            "points": sum(map(len, served.values())),
        }
    )
    assert (run["missing"], run["rejected"], run["superseded"], run["non_finite"]) == (1, 1, 1, 2)
