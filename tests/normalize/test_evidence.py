"""What all rows say of a column: the same wherever the blocks are cut, as counting by hand says."""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tbconvert.normalize.evidence import Evidence

Row = tuple[int | None, int | None]


def evidence(rows: list[Row], size: int) -> Evidence:
    """Add rows of ``epoch`` and ``batch``, so many at a time; both are also taken for runs."""
    found = Evidence(["epoch", "batch"], [], [])
    for at in range(0, len(rows), size):
        block = rows[at : at + size]
        columns = {name: [row[place] for row in block] for place, name in enumerate(NAMES)}
        found.add(
            pa.RecordBatch.from_pydict({n: pa.array(c, pa.int64()) for n, c in columns.items()})
        )
    return found


NAMES = ("epoch", "batch")
cells = st.one_of(st.none(), st.integers(-2, 3))


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=30), st.integers(1, 30))
def test_what_the_rows_say_does_not_depend_on_the_blocks(rows: list[Row], size: int) -> None:
    found = evidence(rows, size)

    for place, name in enumerate(NAMES):
        column = [row[place] for row in rows]
        there = [cell for cell in column if cell is not None]
        assert found.varies(name) == (len(set(there)) > 1)
        assert found.is_constant(name) == (len(there) > 1 and len(set(there)) == 1)
        full = len(there) == len(column)
        assert found.is_rising(name) == (full and all(a < b for a, b in pairwise(there)))
    both = [(e, b) for e, b in rows if e is not None and b is not None]
    rises = [after[0] > before[0] for before, after in pairwise(both)]
    backs = [after[1] < before[1] for before, after in pairwise(both)]
    at_once = sum(map(int.__and__, rises, backs))
    epochs = [epoch for epoch, _ in rows if epoch is not None]
    ups = sum(one < other for one, other in pairwise(epochs))
    counts = len(rows) == len(epochs) > 1 and ups >= 0.9 * (len(rows) - 1)
    assert found.counts("epoch") == counts
    downs = sum(one > other for one, other in pairwise(epochs))
    assert found.wanders("epoch") == (downs > 0.1 * len(epochs))
    is_inner = at_once * 2 > max(sum(rises), sum(backs)) and not counts
    assert found.always("batch", "epoch") == (sum(rises) == sum(backs) == at_once)
    assert found.outer("batch") == ("epoch" if is_inner else None)


def test_a_restart_is_no_counter_within_another() -> None:
    steps = [*range(100), *range(60, 160)]

    assert evidence([(step // 20, step) for step in steps], 7).outer("batch") is None
    assert evidence([(step // 20, step % 20) for step in steps], 7).outer("batch") == "epoch"


def test_labels_are_told_apart_by_what_they_are_called() -> None:
    found = Evidence([], [], ["seed"])

    for block in ([0, None], ["0"], [None]):
        found.add(pa.RecordBatch.from_pydict({"seed": block}))
        assert not found.varies("seed")
    found.add(pa.RecordBatch.from_pydict({"other": [1]}))
    found.add(pa.RecordBatch.from_pydict({"seed": [1]}))
    assert found.varies("seed")


@pytest.mark.parametrize(
    ("steps", "weak", "runs", "cells", "settled"),
    [
        (["step"], [], [], [1, 2], True),
        (["step"], [], [], [0, 0], False),
        ([], ["n"], [], [1, 2], False),
        (["step"], [], ["seed"], [1, 2], False),
        (["step", "epoch"], [], [], [1, 2], False),
    ],
)
def test_a_single_step_that_changes_is_settled(
    steps: list[str], weak: list[str], runs: list[str], cells: list[int], settled: bool
) -> None:
    found = Evidence(steps, weak, runs)
    found.add(pa.RecordBatch.from_pydict(dict.fromkeys([*steps, *weak, *runs], cells)))

    assert found.is_settled == settled
