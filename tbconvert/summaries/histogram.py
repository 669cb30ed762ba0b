"""Numbers → their distribution, in buckets whose edges follow the data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tbconvert.model import HistogramPoint, Tag

_BARS = 60
_PERCENTILES = (0.0, 6.68, 15.87, 30.85, 50.0, 69.15, 84.13, 93.32, 100.0)
"""The curves of TensorBoard's Distributions: an edge at each makes it right there."""


def histogram_point(tag: Tag, step: int, wall_time: float, values: ArrayLike) -> HistogramPoint:
    """Return the distribution of the finite ones of some numbers.

    The buckets run from the smallest value to the largest: 60 of equal width, cut again at
    nine percentiles. Fixed edges, as TensorFlow's, misdraw what lies close together.
    """
    data = np.asarray(values, np.float64).ravel()
    data = data[np.isfinite(data)]
    if not len(data):
        nothing = np.zeros(1)
        return HistogramPoint(tag, step, wall_time, 0.0, 0.0, 0.0, 0.0, nothing, nothing)
    low, high = float(data.min()), float(data.max())
    limits, counts = _buckets(data, low, high)
    return HistogramPoint(
        tag,
        step,
        wall_time,
        minimum=low,
        maximum=high,
        total=float(data.sum()),
        sum_squares=float(np.square(data).sum()),
        # the first bucket is empty and ends at the smallest value: readers take its limit
        # as the left edge of the second
        limits=np.concatenate(([low], limits)),
        counts=np.concatenate(([0.0], counts)),
    )


def _buckets(data: NDArray[Any], low: float, high: float) -> tuple[NDArray[Any], NDArray[Any]]:
    if low == high:
        return np.array([high]), np.array([float(len(data))])
    even = np.linspace(low, high, _BARS + 1)
    edges = np.unique(np.concatenate((even, np.percentile(data, _PERCENTILES))))
    edges = edges[(edges >= low) & (edges <= high)]
    counts, _ = np.histogram(data, edges)
    return edges[1:], counts.astype(np.float64)
