"""Rows of tags: what is written of them."""

from __future__ import annotations

import numpy as np

from tbconvert.model import HistogramBlock, Tag
from tbconvert.normalize.rows import Rows
from tbconvert.summaries.histogram import histogram_point


def test_rows_of_one_tag_may_be_of_several_kinds() -> None:
    counted = (np.array([0.0, 1.0, 3.0]), np.array([2.0, 5.0]))
    lists = [np.array(numbers) for numbers in ([1.0, 2.0], [5.0], [np.nan, 3.0])]
    cells = np.empty((5, 1), object)
    for place, cell in enumerate([lists[0], counted, counted, *lists[1:]]):
        cells[place, 0] = cell
    steps, times = np.arange(5) * 10, np.arange(0.5, 5)

    points = [*Rows((Tag("x"),), steps, times, steps, cells).summaries()]

    wanted = [
        histogram_point(Tag("x"), 0, 0.5, [1.0, 2.0]),
        of_counts([10, 20], [1.5, 2.5]),
        histogram_point(Tag("x"), 30, 3.5, [5.0]),
        histogram_point(Tag("x"), 40, 4.5, [3.0]),
    ]
    assert list(map(repr, points)) == list(map(repr, wanted))


def of_counts(steps: list[int], times: list[float]) -> HistogramBlock:
    """Return 2 numbers between 0 and 1, and 5 between 1 and 3: at 0.5, and at 2."""
    figures = (np.full(len(steps), figure) for figure in (0.0, 3.0, 11.0, 20.5))
    limits, counts = np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 5.0])
    rows = np.array(steps), np.array(times), *figures, np.full(len(steps), 3)
    return HistogramBlock(Tag("x"), *rows, np.tile(limits, len(steps)), np.tile(counts, len(steps)))
