"""What TensorBoard draws of histograms, and how far that is from the numbers themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboard.plugins.distribution.compressor import NORMAL_HISTOGRAM_BPS, compress_histogram

Rows = NDArray[np.float64]
"""A histogram as TensorBoard serves it: left, right, count of each bucket, (k, 3)."""

Make = Callable[[np.random.Generator, int, int], NDArray[Any]]
"""Makes numbers of some kind: how many, and at which of 20 steps, over which they drift."""

KINDS: dict[str, Make] = {
    "normal": lambda random, n, step: random.normal(0.1 * step, 1 + 0.02 * step, n),
    "1 ± 0.001": lambda random, n, step: 1 + 0.001 * random.normal(0.1 * step, 1, n),
    "heavy tails (t, 1.5 degrees)": lambda random, n, step: random.standard_t(1.5, n) + 0.1 * step,
    "rare outliers (100 ×)": lambda random, n, step: (
        random.normal(0.1 * step, 1, n) * np.where(random.random(n) < 1e-3, 100, 1)
    ),
    "small integers": lambda random, n, step: random.poisson(3 + 0.2 * step, n).astype(float),
    "ReLU-like": lambda random, n, step: np.maximum(random.normal(0.02 * step, 1, n), 0),
    "two clusters": lambda random, n, step: random.normal(
        np.where(random.random(n) < 0.3, 0, 10 + 0.1 * step), 0.05
    ),
    "10⁴ ± 1": lambda random, n, step: random.normal(1e4 + 0.1 * step, 1, n),
    "constant": lambda random, n, step: np.full(n, 0.3),
    "one number": lambda random, n, step: np.array([0.3 + 0.01 * step]),
}
"""What weights, activations and gradients are like."""

STEPS = 20
BARS = 30


def kind(name: str, count: int = 100_000, steps: int = 1) -> list[NDArray[np.float32]]:
    """Make float32 numbers of a kind, for some steps; the same each time."""
    random = np.random.default_rng(7)
    return [KINDS[name](random, count, step).astype(np.float32) for step in range(steps)]


def wrong_mass(steps: Sequence[NDArray[Any]], served: Sequence[Rows]) -> list[float]:
    """Return what share of the numbers of each step is drawn in a wrong bar.

    The steps are drawn together, as the Time Series dashboard does: 30 bars over what all
    of them range over, counts spread over what a bucket overlaps, and those of a bucket
    without width in one bar (``webapp/widgets/histogram/histogram_util.ts``).
    """
    left = min(rows[0, 0] for rows in served)
    right = max(rows[-1, 1] for rows in served)
    if left == right:
        left, right = left / 1.1 - 1, right * 1.1 + 1
    return [
        float(
            np.abs(_drawn(rows, left, right) - _true(values, left, right)).sum() / 2 / values.size
        )
        for values, rows in zip(steps, served, strict=True)
    ]


def _drawn(rows: Rows, left: float, right: float) -> Rows:
    width = (right - left) / BARS
    lefts = left + np.arange(BARS) * width
    rights = lefts + width
    bars = np.zeros(BARS)
    for start, end, count in rows:
        if start == end:
            bars[np.searchsorted(rights[:-1], start, side="right")] += count
        else:
            overlap = np.minimum(end, rights) - np.maximum(start, lefts)
            bars += count * (np.maximum(overlap, 0) / (end - start))  # a share, however narrow
    return bars


def _true(values: NDArray[Any], left: float, right: float) -> Rows:
    # in this order the edges are whole numbers where they should be
    edges = left + (right - left) * np.arange(1, BARS) / BARS
    places = np.searchsorted(edges, values.astype(np.float64), side="right")
    return np.bincount(places, minlength=BARS).astype(np.float64)


def percentiles(rows: Rows) -> Rows:
    """Return the nine curves of the Distributions dashboard, by its own code."""
    return np.array([value for _, value in compress_histogram(rows.tolist())])


def true_percentiles(values: NDArray[Any]) -> Rows:
    """Return the same of the numbers themselves, by numpy."""
    found = np.percentile(values.astype(np.float64), np.array(NORMAL_HISTOGRAM_BPS) / 100)
    return np.asarray(found, np.float64)


def percentile_error(values: NDArray[Any], rows: Rows) -> float:
    """Return how far the worst of the seven inner curves is off, in standard deviations.

    That is half of what lies between the 16th and the 84th percentile: outliers do not
    stretch it.
    """
    true = true_percentiles(values)
    deviation = (true[6] - true[2]) / 2
    off = np.abs(percentiles(rows) - true)[1:-1].max()
    return float(off / deviation if deviation else off)
