"""The buckets of a histogram: not many, with edges where they make a difference.

What TensorBoard draws, in both of its dashboards, comes of straight lines from edge to edge
of the cumulative counts. So the edges are corners of the curve that the data itself has.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tbconvert.summaries.bins import EqualBins

MOST = 100
"""Edges of a histogram, and so its entries: the first of these is empty."""

BARS = 60
"""A histogram has the edges of so many equal bars, and with them those of TensorBoard's 30."""

PERCENTILES = np.array([6.68, 15.87, 30.85, 50.0, 69.15, 84.13, 93.32])
"""The curves of TensorBoard's Distributions (tensorboard/plugins/distribution/compressor.py)."""

TOLERANCE = 1e-3
"""By so much of all numbers a line may miss the curve. A bell takes hardly more edges to draw."""

HAIR = 2.0**-20
"""How wide a bucket is that holds but one number many times, as a part of the gap behind it."""

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
    # what is there many times can have a bucket to itself
    gaps = distinct[1:] * HAIR - distinct[:-1] * HAIR  # in whole, one may be out of reach
    hair = np.maximum(distinct[:-1] + gaps, np.nextafter(distinct[:-1], np.inf))
    edges = np.unique(np.concatenate((distinct, hair, bars)))
    below = np.searchsorted(numbers, edges)
    below[-1] = len(numbers)  # the last bucket is closed
    corners = _corners(edges * unit, below, np.searchsorted(edges, bars))
    return edges[corners], np.diff(below[corners])


def is_straight(sample: NDArray[Any], bins: EqualBins) -> bool:
    """Tell whether the curve of numbers goes straight through every bin.

    ``sample`` (n,) are some of them. A line may miss these by twice as much as it may miss all:
    so much is chance.
    """
    at = (np.sort(sample).astype(np.float64) - bins.low) * (bins.size / (bins.high - bins.low))
    below = np.searchsorted(at, np.arange(bins.size + 2.0))
    place = at.astype(np.int32)
    line = below[place] + (at - place) * np.diff(below)[place]
    misses = np.abs(line - np.arange(len(at)))
    return bool(misses.max() <= 2 * TOLERANCE * len(at))


def buckets_of_bins(
    whole: EqualBins, core: EqualBins | None, count: int, dtype: type[np.floating[Any]]
) -> Buckets:
    """Return the buckets of ``count`` floats of a type that have been counted in equal bins.

    ``whole`` has bins for all of them, ``core`` finer ones for a part of these.
    """
    curve = _curve(whole, count) if core is None else _finer_curve(_curve(whole, count), core)
    corners = curve.take(_corners(curve.at, curve.below, np.flatnonzero(curve.is_bar)))
    edges = np.empty(len(corners.at))
    edges[~corners.is_core] = whole.edges(corners.place[~corners.is_core], dtype)
    if core is not None:
        edges[corners.is_core] = core.edges(corners.place[corners.is_core], dtype)
    edges[0], edges[-1] = whole.low, whole.high
    # in a vast range, positions are too coarse to tell an edge of a bar from those of the core
    order = np.argsort(edges, kind="stable")
    return edges[order], np.diff(corners.below[order])


@dataclass(frozen=True, slots=True)
class _Curve:
    """Cumulative counts: ``below`` of the numbers come before what is ``at`` some places.

    All (n,), rising. Each is a ``place`` of the core, or of the whole; of those, some are
    the edge of a bar.
    """

    at: NDArray[np.float64]
    below: NDArray[np.int64]
    place: NDArray[np.intp]
    is_core: NDArray[np.bool_]
    is_bar: NDArray[np.bool_]

    def take(self, which: NDArray[Any]) -> _Curve:
        return _Curve(*(getattr(self, each.name)[which] for each in fields(self)))


def _curve(whole: EqualBins, count: int) -> _Curve:
    place = np.arange(whole.size + 1)
    below = whole.below()
    below[-1] = count  # the last bucket is closed
    is_bar = np.zeros(len(place), bool)
    is_bar[np.rint(np.arange(BARS + 1) * (whole.size / BARS)).astype(np.intp)] = True
    return _Curve(whole.positions(place), below, place, np.zeros(len(place), bool), is_bar)


def _finer_curve(curve: _Curve, core: EqualBins) -> _Curve:
    """Return a curve that has the places of the core where that is, beside edges of bars."""
    # not the ends: how many lie below the core was not counted, and it may end with the whole
    place = np.arange(1, core.size)
    at, below = core.positions(place), core.below()[1:-1]
    after = np.searchsorted(at, curve.at)
    is_outside = (after == 0) | (after == len(at))
    rest = curve.take(is_outside | curve.is_bar)
    joined = _Curve(
        np.concatenate((rest.at, at)),
        np.concatenate((rest.below, below)),
        np.concatenate((rest.place, place)),
        np.concatenate((rest.is_core, np.ones(len(at), bool))),
        np.concatenate((rest.is_bar, np.zeros(len(at), bool))),
    )
    return joined.take(np.argsort(joined.at, kind="stable"))


def _corners(
    at: NDArray[np.float64], below: NDArray[np.intp], bars: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return which of the places of a curve become edges, at most ``MOST``, and both its ends.

    ``below`` (n,) are the numbers that lie before each place, ``at`` (n,) where it is; both
    rise. First come the edges of ``bars`` and the bins with the percentiles. Then lines
    from edge to edge are broken where they miss the curve most, the worst of them first.
    """
    after = np.searchsorted(below, PERCENTILES / 100 * below[-1], side="right")
    corners = np.unique(np.concatenate(([0, len(at) - 1], bars, after - 1, after)))
    tried = np.zeros(len(at), bool)  # a corner between empty buckets goes, and must not come back
    for _ in range(MOST):
        tried[corners] = True
        corners = _without_flats(corners, below)
        misses = np.abs(below - np.interp(at, at[corners], below[corners]))
        misses[tried] = 0
        worst = np.maximum.reduceat(misses, corners[:-1])
        bent = np.flatnonzero(worst > TOLERANCE * below[-1])
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
