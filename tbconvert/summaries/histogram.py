"""Numbers → their distribution: figures, and buckets whose edges follow the data.

Two passes over the numbers: one tells what they range over, the other adds and counts. Threads
take parts of them, piece by piece. Nothing but a sample is sorted, and nothing but pieces copied.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tbconvert.model import HistogramPoint, Tag
from tbconvert.summaries.bins import EqualBins, FewBins, View
from tbconvert.summaries.buckets import BARS, buckets_of_bins, buckets_of_few, is_straight
from tbconvert.summaries.floats import PIECE, pieces
from tbconvert.summaries.threads import in_threads

# Fine enough to choose edges among theirs, and few enough for a near cache.
_BINS = BARS * 128

# These few are counted in a third of the time, if a curve has no corners between their edges.
_FEW_BINS = BARS * 4

FEW = 4096
"""So many numbers are sorted. Of more, a sample of no more tells where the bulk of them lies."""

BULK = (5, 95)
"""The percentiles between which that is."""

# To see whether it has, a sample needs so many. To take them pays for so large an array.
_MANY, _LARGE = 1 << 15, 1 << 20

NEAR = 4
"""Numbers that are no further from 0, in widths of the bulk, are added as they are."""

# Where the bulk is narrower than one of the 30 bars that TensorBoard draws, it has bins of its
# own, with a margin to both sides; where it is one number, only some hair about that.
_NARROW, _MARGIN, _POINT = 1 / 30, 1 / 16, 2.0**-30

# Below, the width of bins may not be an ordinary float.
_NARROWEST = 2.0**-900

OUTLANDISH = 400
"""From this power of two on squares may not be ordinary floats."""

# Longer vectors BLAS hands to its threads, and so to the cache of another core.
_BLAS_ALONE = 8192
_ONES = np.ones((16, _BLAS_ALONE // 16))

Sums = tuple[float, float]
"""Of numbers in view, and of their squares."""

# Numbers that a thread takes at a time: of one size, so that sums do not depend on cores.
_PART = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """How the numbers of an array are distributed.

    Of ``size`` elements ``nans`` and ``infinities`` (of both signs) are left out of all
    else; ``finite`` ones remain, of which ``zeros`` are 0. All figures are float64; ``std``
    is that of a population, ``norm`` the Euclidean one. Where there are no numbers, they
    are NaN.

    ``limits`` float64 (k,), k ≤ 100, are the right edges of buckets, rising; ``counts``
    float64 (k,) is what lies in each: exactly what is less than its limit, but not less
    than the one before; in the last also what equals its limit, the maximum. The first
    bucket is empty and ends at the minimum.
    """

    size: int
    finite: int
    nans: int
    infinities: int
    zeros: int
    minimum: float
    maximum: float
    total: float
    sum_squares: float
    mean: float
    std: float
    norm: float
    limits: NDArray[np.float64]
    counts: NDArray[np.float64]

    def point(self, tag: Tag, step: int, wall_time: float) -> HistogramPoint:
        """Return it as a histogram at one step; without numbers, an empty one at 0."""
        return HistogramPoint(
            tag,
            step,
            wall_time,
            minimum=_shown(self.minimum),
            maximum=_shown(self.maximum),
            total=_shown(self.total),
            sum_squares=_shown(self.sum_squares),
            limits=self.limits,
            counts=self.counts,
        )


def distribution(values: NDArray[Any]) -> Distribution:
    """Return how the numbers of an array of any shape, layout and dtype are distributed.

    Two bytes without a meaning ("V2") are bfloat16; of complex numbers the magnitudes count.

    Raises
    ------
    TypeError
        The array is not of numbers.
    """
    with np.errstate(all="ignore"):  # a sum that overflows is infinite
        found = _survey(values)
        if not found.finite:
            return _put_together(found, View(math.nan), (0.0, 0.0), np.zeros(1), np.empty(0, int))
        some = found.sample[:: math.ceil(len(found.sample) / FEW)]
        ranks = [percent * len(some) // 100 for percent in (*BULK, 50)]
        left, right, middle = np.partition(some, ranks)[ranks].tolist()
        unit = _unit(found.low, found.high)
        is_near = abs(middle * unit) <= NEAR * (right * unit - left * unit)
        view = View(0.0 if is_near else middle * unit, unit)
        if found.low == found.high:
            edges, counts = np.array([found.low, found.high]), np.array([found.finite])
            return _put_together(found, view, (0.0, 0.0), edges, counts)
        if len(found.sample) == found.finite:
            sums = _measure(values, found, view, ())
            return _put_together(found, view, sums, *buckets_of_few(found.sample, unit))
        whole = EqualBins(found.low, found.high, _size(found, found.low, found.high), view)
        core = _core(found, whole, view, left, right)
        if core is None and found.size >= _LARGE and FewBins.can_have(found.low, found.high):
            few = FewBins(found.low, found.high, _FEW_BINS, view)
            whole = few if is_straight(found.sample, few) else whole
        sums = _measure(values, found, view, [core, whole] if core else [whole])
        dtype = found.sample.dtype.type
        buckets = buckets_of_bins(whole, core, found.finite, dtype)
        return _put_together(found, view, sums, *buckets)


def histogram_point(tag: Tag, step: int, wall_time: float, values: ArrayLike) -> HistogramPoint:
    """Return the distribution of numbers at one step; those that are missing are left out."""
    return distribution(np.asarray(values, np.float64)).point(tag, step, wall_time)


@dataclass(frozen=True)
class _Survey:
    """What the first pass finds; ``low``, ``high`` and ``sample`` are of the finite numbers."""

    size: int
    finite: int
    nans: int
    zeros: int
    low: float
    high: float
    sample: NDArray[Any]

    @cached_property
    def is_whole(self) -> bool:
        """Whether all the numbers are whole, as far as is known."""
        is_between = self.low.is_integer() and self.high.is_integer()
        return is_between and bool((np.rint(self.sample) == self.sample).all())


def _survey(values: NDArray[Any]) -> _Survey:
    # odd: many sides of arrays are powers of two, and a sample is not to be of one column
    every = math.ceil(values.size / (FEW if values.size < _LARGE else _MANY)) | 1

    def survey(part: int) -> _Survey:
        with np.errstate(all="ignore"):  # each thread has its own
            return _survey_part(pieces(values, part * _PART, (part + 1) * _PART), every)

    found = in_threads(survey, math.ceil(values.size / _PART) or 1)
    return _Survey(
        size=values.size,
        finite=sum(part.finite for part in found),
        nans=sum(part.nans for part in found),
        zeros=sum(part.zeros for part in found),
        low=min(part.low for part in found),
        high=max(part.high for part in found),
        sample=np.concatenate([part.sample for part in found]),
    )


def _survey_part(parts: Iterable[NDArray[Any]], every: int) -> _Survey:
    size = finite = nans = zeros = 0
    low, high = math.inf, -math.inf
    sample = [np.empty(0, np.float32)]
    for piece in parts:
        size += len(piece)
        # the methods of arrays take as long again to be called, and hold the other threads up
        least, most = float(np.minimum.reduce(piece)), float(np.maximum.reduce(piece))
        if not (math.isfinite(least) and math.isfinite(most)):
            nans += int(np.count_nonzero(np.isnan(piece)))
            piece = piece[np.isfinite(piece)]
            if not len(piece):
                continue
            least, most = float(piece.min()), float(piece.max())
        low, high = min(low, least), max(high, most)
        if least <= 0 <= most:
            zeros += int(np.count_nonzero(piece == 0))
        sample.append(piece[-finite % every :: every].copy())
        finite += len(piece)
    return _Survey(size, finite, nans, zeros, low, high, np.concatenate(sample))


def _measure(
    values: NDArray[Any], found: _Survey, view: View, all_bins: Sequence[EqualBins]
) -> Sums:
    """Count the finite numbers in bins, and return their sums."""

    def measure(part: int) -> Sums:
        tallies = [bins.empty() for bins in all_bins]
        with np.errstate(all="ignore"):
            sums = _measure_part(
                pieces(values, part * _PART, (part + 1) * _PART), found, view, tallies
            )
        for bins, tally in zip(all_bins, tallies, strict=True):
            bins.merge(tally)
        return sums

    sums = in_threads(measure, math.ceil(values.size / _PART))
    total, squares = np.sum(sums, axis=0).tolist()
    return total, squares


def _measure_part(
    parts: Iterable[NDArray[Any]], found: _Survey, view: View, all_bins: Sequence[EqualBins]
) -> Sums:
    total = squares = 0.0
    seen, room = np.empty((2, min(PIECE, found.size)))  # the second only for finer bins
    for piece in parts:
        numbers = piece if found.finite == found.size else piece[np.isfinite(piece)]
        here = view(numbers, seen[: len(numbers)])
        more = _sums(here)
        total, squares = total + more[0], squares + more[1]
        for bins in all_bins:
            bins.add(numbers, here, out=here if bins is all_bins[-1] else room[: len(here)])
    return total, squares


def _sums(numbers: NDArray[np.float64]) -> Sums:
    """Return the sums of numbers (n,), by BLAS: of so many at a time that it makes no threads."""
    end = len(numbers) - len(numbers) % _BLAS_ALONE
    rest, blocks = numbers[end:], numbers[:end].reshape(-1, 1, _BLAS_ALONE)
    total = np.add.reduce(np.matmul(blocks.reshape(-1, *_ONES.shape), _ONES[0]), axis=None)
    squares = np.add.reduce(np.matmul(blocks, blocks.swapaxes(1, 2)), axis=None)
    return float(total + np.add.reduce(rest)), float(squares + np.dot(rest, rest))


def _put_together(
    found: _Survey,
    view: View,
    sums: Sums,
    edges: NDArray[np.float64],
    counts: NDArray[np.intp],
) -> Distribution:
    """Return the distribution of what was found, from the sums of what the view shows."""
    count, unit = found.finite or math.nan, view.unit
    total, squares = sums
    mean = view.origin + total / count
    # the origin is in the midst of the numbers: next to nothing cancels out
    deviations = max(squares - total * total / count, 0.0)
    sum_squares = deviations + count * mean * mean
    return Distribution(
        size=found.size,
        finite=found.finite,
        nans=found.nans,
        infinities=found.size - found.finite - found.nans,
        zeros=found.zeros,
        minimum=found.low + 0.0 if found.finite else math.nan,  # there is one zero only
        maximum=found.high + 0.0 if found.finite else math.nan,
        total=(count * view.origin + total) / unit,
        sum_squares=sum_squares / unit / unit,
        mean=mean / unit,
        std=math.sqrt(deviations / count) / unit,
        norm=math.sqrt(sum_squares) / unit,
        limits=edges + 0.0,
        counts=np.concatenate(([0.0], counts)),
    )


def _shown(figure: float) -> float:
    # sums can overflow, and readers are to meet nothing but numbers
    return float(np.nan_to_num(figure))


def _unit(low: float, high: float) -> float:
    _, exponent = math.frexp(max(-low, high))
    return 1.0 if abs(exponent) < OUTLANDISH else math.ldexp(1.0, -max(exponent, -1000))


def _core(
    found: _Survey, whole: EqualBins, view: View, left: float, right: float
) -> EqualBins | None:
    """Return finer bins for where the bulk of the numbers is, if it needs them."""
    if whole.share(left, right) > _NARROW:
        return None
    # so that there are edges on both sides also of what most are equal to
    margin = (right - left) * _MARGIN or found.high * _POINT - found.low * _POINT
    if found.is_whole:
        margin = math.ceil(margin)
    low, high = max(left - margin, found.low), min(right + margin, found.high)
    if whole.share(low, high) < _NARROWEST:
        return None
    return EqualBins(low, high, _size(found, low, high), view, is_part=True)


def _size(found: _Survey, low: float, high: float) -> int:
    """Return how many bins there are to be: of whole numbers, each has as many to itself."""
    if found.is_whole and high - low <= _BINS:
        return _BINS // int(high - low) * int(high - low)
    return _BINS
