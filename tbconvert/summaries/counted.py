"""Histograms that were counted before → blocks of many.

A logger may have one in every row, of a few buckets. A call of numpy costs as much as a
hundred of those, so all of them stand one behind the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tbconvert.model import HistogramBlock, Tag

Counted = tuple[NDArray[np.float64], NDArray[np.float64]]
"""The edges (k + 1,) of buckets, ascending, and the counts (k,) of what each holds; k > 0."""

# So many numbers are looked at together: what is made of them does not grow with the log.
_TOGETHER = 1 << 15


def counted_blocks(
    tag: Tag,
    steps: NDArray[np.int64],
    wall_times: NDArray[np.float64],
    histograms: Sequence[Counted],
) -> Iterator[HistogramBlock]:
    """Yield all histograms in their order, each at its step and time.

    ``steps`` and ``wall_times`` are (n,), as many as histograms. Sums are as if all numbers
    were in the middle of their buckets.
    """
    start = numbers = 0
    for end, (edges, _) in enumerate(histograms, 1):
        numbers += len(edges)
        if numbers >= _TOGETHER or end == len(histograms):
            here = slice(start, end)
            yield _block(tag, steps[here], wall_times[here], histograms[here])
            start, numbers = end, 0


def _block(
    tag: Tag,
    steps: NDArray[np.int64],
    wall_times: NDArray[np.float64],
    histograms: Sequence[Counted],
) -> HistogramBlock:
    limits = np.concatenate([edges for edges, _ in histograms])
    sizes = np.array([len(edges) for edges, _ in histograms])
    ends = np.cumsum(sizes)
    starts = ends - sizes
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
    return HistogramBlock(tag, steps, wall_times, *figures, sizes, limits, counts)
