"""Rows of tags: what is written of them."""

from __future__ import annotations

import numpy as np

from tbconvert.model import Tag
from tbconvert.normalize.rows import Rows
from tbconvert.summaries.histogram import counted_point, histogram_point


def test_rows_of_one_tag_may_be_of_several_kinds() -> None:
    counted = {"edges": [0.0, 1.0, 3.0], "counts": [2.0, 5.0]}
    cells = np.empty((5, 1), object)
    cells[:, 0] = [[1.0, 2.0], counted, counted, [5.0], [np.nan, 3.0]]
    steps, times = np.arange(5) * 10, np.arange(0.5, 5)

    points = [*Rows((Tag("x"),), steps, times, steps, cells).summaries()]

    wanted = [
        histogram_point(Tag("x"), 0, 0.5, [1.0, 2.0]),
        counted_point(Tag("x"), 10, 1.5, **counted),
        counted_point(Tag("x"), 20, 2.5, **counted),
        histogram_point(Tag("x"), 30, 3.5, [5.0]),
        histogram_point(Tag("x"), 40, 4.5, [3.0]),
    ]
    assert list(map(repr, points)) == list(map(repr, wanted))
