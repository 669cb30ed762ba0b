"""Histograms that were counted before → points, many at once.

A logger may have one in every row, of a few buckets. A call of numpy costs as much as a
hundred of those, so all of them stand one behind the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tbconvert.model import HistogramPoint, Tag

Counted = tuple[NDArray[np.float64], NDArray[np.float64]]
"""The edges (k + 1,) of buckets, ascending, and the counts (k,) of what each holds; k > 0."""

# So many are looked at together: what is made of them does not grow with the log.
_TOGETHER = 1 << 12


def counted_points(
    tag: Tag,
    steps: NDArray[np.int64],
    wall_times: NDArray[np.float64],
    histograms: Sequence[Counted],
) -> Iterator[HistogramPoint]:
    """Yield each histogram as one point, at its step and time.

    ``steps`` and ``wall_times`` are (n,), as many as histograms. Sums are as if all numbers
    were in the middle of their buckets.
    """
    for start in range(0, len(histograms), _TOGETHER):
        here = slice(start, start + _TOGETHER)
        yield from _points(tag, steps[here], wall_times[here], histograms[here])


def _points(
    tag: Tag,
    steps: NDArray[np.int64],
    wall_times: NDArray[np.float64],
    histograms: Sequence[Counted],
) -> Iterator[HistogramPoint]:
    limits = np.concatenate([edges for edges, _ in histograms])
    ends = np.cumsum([len(edges) for edges, _ in histograms])
    starts = np.append(0, ends[:-1])
    is_bucket = np.ones(len(limits), np.bool_)
    is_bucket[starts] = False
    counts = np.zeros(len(limits))
    counts[is_bucket] = np.concatenate([filled for _, filled in histograms])
    middles = limits / 2  # halves first: the sum of two edges may be none
    middles[1:] += limits[:-1] / 2
    middles[starts] = 0
    with np.errstate(over="ignore"):
        totals = np.add.reduceat(counts * middles, starts)
        squares = np.add.reduceat(counts * middles * middles, starts)
    figures = (limits[starts], limits[ends - 1], np.nan_to_num(totals), np.nan_to_num(squares))
    rows = zip(
        *(column.tolist() for column in (steps, wall_times, *figures, starts, ends)), strict=True
    )
    for step, time, low, high, total, of_squares, first, last in rows:
        yield HistogramPoint(
            tag, step, time, low, high, total, of_squares, limits[first:last], counts[first:last]
        )
