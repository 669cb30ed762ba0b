"""The buckets of a histogram: not many, with edges where they make a difference.

What TensorBoard draws, in both of its dashboards, comes of straight lines from edge to edge
of the cumulative counts. So the edges are corners of the curve that the data itself has.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tbconvert.summaries.bins import EqualBins

MOST = 100
"""Edges of a histogram, and so its entries: the first of these is empty."""

BARS = 60
"""A histogram has the edges of so many equal bars, and with them those of TensorBoard's 30."""

# The curves of TensorBoard's Distributions (tensorboard/plugins/distribution/compressor.py).
_PERCENTILES = np.array([6.68, 15.87, 30.85, 50.0, 69.15, 84.13, 93.32])

# By so much of all numbers a line may miss the curve. A bell takes hardly more edges to draw.
_TOLERANCE = 1e-3

Buckets = tuple[NDArray[np.float64], NDArray[np.intp]]
"""Edges (k,), rising, from the least number to the largest, and the counts between (k - 1,).

These are exact: of what is not less than the one edge and less than the next, or equals it
if it is the last.
"""


def buckets_of_few(numbers: NDArray[Any], unit: float) -> Buckets:
    """Return the buckets of numbers (n,) that are not all the same, by sorting them.

    ``unit`` is a factor that makes their differences ordinary floats.
    """
    numbers = np.sort(numbers.astype(np.float64))
    distinct = numbers[np.concatenate(([True], numbers[1:] > numbers[:-1]))]
    start, end = distinct[0] * unit, distinct[-1] * unit
    bars = (start + (end - start) * np.arange(1, BARS) / BARS) / unit
    # what is there many times can have a bucket to itself, up to the next float
    edges = np.unique(np.concatenate((distinct, np.nextafter(distinct[:-1], np.inf), bars)))
    below = np.searchsorted(numbers, edges)
    below[-1] = len(numbers)  # the last bucket is closed
    corners = _corners(edges * unit, below, np.searchsorted(edges, bars))
    return edges[corners], np.diff(below[corners])


def buckets_of_bins(
    whole: EqualBins, core: EqualBins | None, count: int, dtype: type[np.floating[Any]]
) -> Buckets:
    """Return the buckets of ``count`` floats of a type that have been counted in equal bins.

    ``whole`` has bins for all of them, ``core`` finer ones for a part of these.
    """
    place = np.arange(whole.size + 1)
    at, below = whole.positions(place), whole.below()
    below[-1] = count  # the last bucket is closed
    bars = np.rint(np.arange(1, BARS) * (whole.size / BARS)).astype(np.intp)
    is_core = np.zeros(len(place), bool)
    if core is not None:
        # not from 0 on: what lies below the core was not counted by itself
        finer = np.arange(1, core.size + 1)
        finer_at = core.positions(finer)
        is_kept = (at < finer_at[0]) | (finer_at[-1] < at)
        is_kept[bars] = True
        bars_at = at[bars]
        at = np.concatenate((at[is_kept], finer_at))
        order = np.argsort(at, kind="stable")
        at = at[order]
        below = np.concatenate((below[is_kept], core.below()[1:]))[order]
        place = np.concatenate((place[is_kept], finer))[order]
        is_core = order >= np.count_nonzero(is_kept)
        bars = np.searchsorted(at, bars_at)

    corners = _corners(at, below, bars)
    place, below, is_core = place[corners], below[corners], is_core[corners]
    edges = np.empty(len(corners))
    edges[~is_core] = whole.edges(place[~is_core], dtype)
    if core is not None:
        edges[is_core] = core.edges(place[is_core], dtype)
    edges[0], edges[-1] = whole.low, whole.high
    # to the last bit, an edge of the core may stand on the other side of one of the whole
    order = np.argsort(edges, kind="stable")
    return edges[order], np.diff(below[order])


def _corners(
    at: NDArray[np.float64], below: NDArray[np.intp], bars: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return which of the places of a curve become edges, at most ``MOST``, and both its ends.

    ``below`` (n,) are the numbers that lie before each place, ``at`` (n,) where it is; both
    rise. First come the edges of ``bars`` and the bins with the percentiles. Then lines
    from edge to edge are broken where they miss the curve most, the worst of them first.
    """
    after = np.searchsorted(below, _PERCENTILES / 100 * below[-1], side="right")
    corners = np.unique(np.concatenate(([0, len(at) - 1], bars, after - 1, after)))
    tried = np.zeros(len(at), bool)  # a corner between empty buckets goes, and must not come back
    while True:
        tried[corners] = True
        corners = _without_flats(corners, below)
        misses = np.abs(below - np.interp(at, at[corners], below[corners]))
        misses[tried] = 0  # also where several places are at one and the same number
        worst = np.maximum.reduceat(misses, corners[:-1])
        bent = np.flatnonzero(worst > _TOLERANCE * below[-1])
        bent = bent[np.argsort(-worst[bent], kind="stable")][: MOST - len(corners)]
        if not len(bent):
            break
        lines = zip(corners[bent], corners[bent + 1], strict=True)
        more = [start + int(misses[start:end].argmax()) for start, end in lines]
        corners = np.union1d(corners, more)
    return corners


def _without_flats(corners: NDArray[np.intp], below: NDArray[np.intp]) -> NDArray[np.intp]:
    """Leave out those that only cut empty buckets."""
    rises = below[corners[1:]] > below[corners[:-1]]
    return corners[np.concatenate(([True], rises[1:] | rises[:-1], [True]))]
