"""Which columns tell runs apart: as a look at each of their combinations says."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tbconvert.normalize.stacks import Stack, combined
from tbconvert.normalize.steps import read_steps

Row = tuple[str | None, int, int]
rows_of_two = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 1), st.integers(0, 9)),
    min_size=1,
    max_size=16,
)


def stack(rows: list[Row], size: int) -> Stack:
    found = Stack(["model", "seed"], ["step"])
    for at in range(0, len(rows), size):
        models, seeds, steps = zip(*rows[at : at + size], strict=True)
        cells = {"model": pa.array(models, pa.string()), "seed": pa.array(seeds)}
        found.add(cells, {"step": read_steps(pa.array(steps))})
    return found


@given(rows_of_two, st.integers(1, 16))
def test_the_fewest_columns_in_which_steps_rise(rows: list[Row], size: int) -> None:
    expected: tuple[str, ...] = ()
    for way, places in ((("model", "seed"), [0, 1]), (("seed",), [1]), (("model",), [0])):
        parts = defaultdict(list)
        for row in rows:
            parts[tuple(row[place] for place in places)].append(row[2])
        rise = all(one < other for steps in parts.values() for one, other in pairwise(steps))
        if rise and 2 * len(parts) <= len(rows):
            expected = way

    assert stack(rows, size).parted(["model", "seed"], "step") == expected


def test_columns_of_one_value_tell_nothing() -> None:
    rows: list[Row] = [("a", seed, step) for seed in (0, 1) for step in (0, 1)]

    assert stack(rows, 4).parted(["seed"], "step") == ("seed",)
    assert stack(rows, 4).parted([], "step") == ()


@pytest.mark.parametrize("seeds", [pa.array([[1], [2]]), pa.array([0.5, 1.5])])
def test_lists_and_fractions_tell_no_runs_apart(seeds: pa.Array) -> None:
    found = Stack(["seed", "model"], ["step"])
    steps = {"step": read_steps(pa.array([0, 1]))}
    found.add({"seed": seeds, "model": pa.array(["a", "a"])}, steps)

    assert found.parted(["seed"], "step") == ()
    assert found.parted(["model"], "step") == ("model",)


def test_rows_are_told_by_all_their_cells() -> None:
    codes, labels = combined([pa.array(["a", None, "a", "b"]), pa.array([1, 1, 1, None])])

    assert [labels[code] for code in codes] == [("a", 1), (None, 1), ("a", 1), ("b", None)]
