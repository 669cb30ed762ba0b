"""Histograms of W&B in a table: many rows at once, each by itself."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from tbconvert.dialects.wandb_histograms import histograms
from tbconvert.model import Origin, RawTable

NAN, INF = float("nan"), float("inf")


def read(**columns: pa.Array) -> tuple[list[Any], int]:
    batch = pa.RecordBatch.from_pydict(
        {name.replace("__", "/"): of for name, of in columns.items()}
    )
    column, lost = histograms(RawTable(Origin(""), batch, range(batch.num_rows)), "w")
    return column.to_pylist(), lost


def kinds(*there: int) -> pa.Array:
    return pa.array(["histogram" if one else None for one in there], pa.string())


def lists(*cells: list[float] | None) -> pa.Array:
    return pa.array(cells, pa.list_(pa.float64()))


def test_a_row_without_one_is_none_and_is_not_lost() -> None:
    found = read(
        w___type=kinds(1, 0, 1),
        w__values=lists([1, 2], [9, 9], [3]),
        w__bins=lists([0, 1, 2], [0, 1, 2], [0.5, 0.75]),
    )

    first = {"edges": [0, 1, 2], "counts": [1, 2]}
    assert found == ([first, None, {"edges": [0.5, 0.75], "counts": [3]}], 0)


@pytest.mark.parametrize(
    ("counts", "edges"),
    [
        ([1, 2], [0, 1]),
        ([], [0]),
        (None, [0, 1]),
        ([1, 2], None),
        ([1, NAN], [0, 1, 2]),
        ([1, INF], [0, 1, 2]),
        ([1, 2], [0, 2, 1]),
        ([1, 2], [0, NAN, 1]),
        ([1, 2], [0, 1, INF]),
        ([1, 2], [-INF, 1, 2]),
    ],
)
def test_one_that_is_none_costs_only_itself(
    counts: list[float] | None, edges: list[float] | None
) -> None:
    # a neighbour that ends above where this one begins is nothing that falls
    good = {"edges": [5, 6, 7], "counts": [1, 1]}

    cells, lost = read(
        w___type=kinds(1, 1, 1),
        w__values=lists([1, 1], counts, [1, 1]),
        w__bins=lists([5, 6, 7], edges, [5, 6, 7]),
    )

    assert (cells, lost) == ([good, None, good], 1)


def test_edges_are_there_or_told_by_their_distance() -> None:
    cells, lost = read(
        w___type=kinds(1, 1, 1, 1),
        w__values=lists([1, 2], [3, 4], [5], [6, 7]),
        w__bins=lists(None, [7, 8, 9], None, None),
        w__packedBins__min=pa.array([0.5, None, 1.0, 0.0]),
        w__packedBins__size=pa.array([0.25, None, -1.0, 1.0]),
        w__packedBins__count=pa.array([2, None, 1, 3]),
    )

    assert cells == [
        {"edges": [0.5, 0.75, 1.0], "counts": [1, 2]},
        {"edges": [7, 8, 9], "counts": [3, 4]},
        None,  # its edges fall
        None,  # three buckets, two counts
    ]
    assert lost == 2


def test_short_arrays_are_a_column_for_each_place() -> None:
    cells, lost = read(
        w___type=kinds(1, 1),
        w__values__0=pa.array([1, 3]),
        w__values__1=pa.array([2, None]),
        w__bins__0=pa.array([0.0, 0.0]),
        w__bins__1=pa.array([1.0, 4.0]),
        w__bins__2=pa.array([2.0, None]),
    )

    assert cells == [{"edges": [0, 1, 2], "counts": [1, 2]}, {"edges": [0, 4], "counts": [3]}]
    assert lost == 0


def test_texts_that_are_no_object_are_lost() -> None:
    cells, lost = read(w=pa.array(["[1]", "7", "{'values': 'x', 'bins': [0, 1]}", None]))

    assert (cells, lost) == ([None] * 4, 3)


def test_of_no_rows_there_are_none() -> None:
    assert read(w___type=kinds(), w__values=lists(), w__bins=lists()) == ([], 0)
