"""Many short lists of numbers → their histograms, all at once, as ``histogram`` makes each.

A call of numpy costs as much as a short list has to be counted. So what is done to a list is
done to whole columns of them: those of one length are the rows of a matrix, and the curves of
all stand one behind the other. What that does not suit is made one by one: long lists,
outlandish numbers, ranges next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tbconvert.model import HistogramPoint, Tag
from tbconvert.summaries.buckets import BARS, HAIR, MOST, PERCENTILES, TOLERANCE
from tbconvert.summaries.histogram import BULK, FEW, NEAR, OUTLANDISH, histogram_point

# So many numbers and lists are looked at together: what is made of them stays in near caches.
_NUMBERS, _LISTS = 1 << 15, 1 << 12

# Below this part of the numbers themselves, a range has no room for bars that differ for sure.
_THIN = 2.0**-30


def histogram_points(
    tag: Tag,
    steps: NDArray[np.int64],
    wall_times: NDArray[np.float64],
    lists: Sequence[Sequence[float | None] | NDArray[Any]],
) -> Iterator[HistogramPoint]:
    """Yield the distribution of the numbers of each list, at its step and time, in their order.

    ``steps`` and ``wall_times`` are (n,), as many as lists. What is missing in one is left out.
    """
    start = 0
    for end in _ends([len(one) for one in lists]):
        values = [np.asarray(one, np.float64) for one in lists[start:end]]
        rows = zip(steps[start:end].tolist(), wall_times[start:end].tolist(), strict=True)
        with np.errstate(all="ignore"):
            made = _histograms(values)
        for (step, time), one, figures in zip(rows, values, made, strict=True):
            if figures is None:
                yield histogram_point(tag, step, time, one)
            else:
                yield HistogramPoint(tag, step, time, *figures)
        start = end


def _ends(lengths: Sequence[int]) -> Iterator[int]:
    """Yield where portions of the lists end."""
    start = numbers = 0
    for place, length in enumerate(lengths):
        if place > start and (numbers + length > _NUMBERS or place - start == _LISTS):
            yield place
            start, numbers = place, 0
        numbers += length
    if lengths:
        yield len(lengths)


_Figures = tuple[float, float, float, float, NDArray[np.float64], NDArray[np.float64]]
"""Minimum, maximum, total, sum of squares, limits, counts."""


def _histograms(lists: Sequence[NDArray[np.float64]]) -> list[_Figures | None]:
    """Return what the histogram of each list is, None where it is to be made by itself."""
    made: list[_Figures | None] = [None] * len(lists)
    lengths = np.fromiter(map(len, lists), np.intp, len(lists))
    values = np.concatenate(lists)
    is_finite = np.isfinite(values)
    if is_finite.all():
        sizes = lengths
    else:
        of_list = np.repeat(np.arange(len(lists)), lengths)
        sizes = np.bincount(of_list[is_finite], minlength=len(lists))
        values = values[is_finite]
    rows = np.argsort(sizes, kind="stable")
    rows = rows[(sizes[rows] > 0) & (lengths[rows] <= FEW)]
    if not len(rows):
        return made
    starts = (np.cumsum(sizes) - sizes)[rows]
    found = _measure(values[_ranges(starts, sizes[rows])], sizes[rows])
    suits = found.suits()
    rows, found = rows[suits], found.only(suits)
    if not len(rows):
        return made
    limits, below, sizes = _buckets(found)
    ends = np.cumsum(sizes)
    counts = np.diff(below, prepend=0).astype(np.float64)
    counts[ends - sizes] = 0
    all_figures = (found.low, found.high, *found.sums())
    figures = zip(*(np.nan_to_num(of_all).tolist() for of_all in all_figures), strict=True)
    cuts = zip((ends - sizes).tolist(), ends.tolist(), strict=True)
    for row, (start, end), four in zip(rows.tolist(), cuts, figures, strict=True):
        made[row] = (*four, limits[start:end], counts[start:end])
    return made


def _ranges(starts: NDArray[np.intp], sizes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the places from each start on, as many as its size says, one range after the other."""
    before = np.cumsum(sizes) - sizes
    return np.repeat(starts - before, sizes) + np.arange(sizes.sum())


@dataclass(frozen=True, slots=True)
class _Measured:
    """Lists of finite numbers, none of them empty.

    ``numbers`` (n,) are those of one list after the other, each in order; all else is (m,):
    ``sizes``, and the ``total`` and ``squares`` of what is seen from ``origin``.
    """

    numbers: NDArray[np.float64]
    sizes: NDArray[np.intp]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    origin: NDArray[np.float64]
    total: NDArray[np.float64]
    squares: NDArray[np.float64]

    def suits(self) -> NDArray[np.bool_]:
        """Tell in which lists all that is computed are ordinary floats, and bars differ."""
        largest = np.maximum(-self.low, self.high)
        _, exponent = np.frexp(largest)
        span = self.high - self.low
        is_thin = (span < _THIN * np.maximum(np.abs(self.low), np.abs(self.high))) & (span > 0)
        plain: NDArray[np.bool_] = (np.abs(exponent) < OUTLANDISH) & ~is_thin
        return plain

    def only(self, which: NDArray[np.bool_]) -> _Measured:
        """Return some of the lists."""
        if which.all():
            return self
        return _Measured(
            self.numbers[np.repeat(which, self.sizes)],
            self.sizes[which],
            self.low[which],
            self.high[which],
            self.origin[which],
            self.total[which],
            self.squares[which],
        )

    def sums(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the sum of each list, and that of its squares."""
        mean = self.origin + self.total / self.sizes
        deviations = np.maximum(self.squares - self.total * self.total / self.sizes, 0.0)
        return (
            self.sizes * self.origin + self.total,
            deviations + self.sizes * mean * mean,
        )


def _measure(values: NDArray[np.float64], sizes: NDArray[np.intp]) -> _Measured:
    """Measure lists that stand one behind the other, the shortest first: a length at a time."""
    values = values + 0.0  # there is one zero only
    numbers, ends = np.empty_like(values), np.cumsum(sizes)
    low, high, origin, total, squares = np.empty((5, len(sizes)))
    first = 0
    for last in (*(np.flatnonzero(np.diff(sizes)) + 1).tolist(), len(sizes)):
        size, here = int(sizes[first]), slice(first, last)
        place = slice(int(ends[first]) - size, int(ends[last - 1]))
        block = values[place].reshape(-1, size)
        in_order = numbers[place].reshape(-1, size)
        in_order[:] = np.sort(block, axis=1)
        low[here], high[here] = in_order[:, 0], in_order[:, -1]
        left, right, middle = (in_order[:, percent * size // 100] for percent in (*BULK, 50))
        origin[here] = np.where(np.abs(middle) <= NEAR * (right - left), 0.0, middle)
        seen = block - origin[here, None]
        total[here] = seen.sum(axis=1)
        # of one row by one column BLAS makes the product that np.dot makes of two vectors
        squares[here] = np.matmul(seen[:, None, :], seen[:, :, None])[:, 0, 0]
        first = last
    is_same = low == high
    total[is_same] = squares[is_same] = 0
    return _Measured(numbers, sizes, low, high, origin, total, squares)


def _buckets(
    lists: _Measured,
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Return the edges of the buckets of all lists, what lies below them, how many each list has.

    The first two are (k,) in whole. What is all the same in a list is two edges.
    """
    curves = _curves(lists)
    chosen = _corners(curves, lists.sizes)
    at, below, of_list = curves.at[chosen], curves.below[chosen], curves.of_list[chosen]
    once = np.flatnonzero((lists.low == lists.high)[of_list])
    at, below = np.insert(at, once, at[once]), np.insert(below, once, 0)
    sizes = np.bincount(of_list, minlength=len(lists.sizes))
    return at, below, sizes + (lists.low == lists.high)


@dataclass(frozen=True, slots=True)
class _Curves:
    """The cumulative counts of all lists: ``below`` numbers of a list come before what is ``at``.

    All (n,), rising within each list. ``is_corner`` where an edge is for sure to begin with.
    """

    at: NDArray[np.float64]
    below: NDArray[np.intp]
    of_list: NDArray[np.intp]
    is_corner: NDArray[np.bool_]


def _curves(lists: _Measured) -> _Curves:
    """Return the places that may become edges: numbers, hairs, and those bars that may count.

    A bar that has only empty buckets on both sides is no edge. So between two neighbours
    only the first and the last one may be.
    """
    starts = np.cumsum(lists.sizes) - lists.sizes
    is_new = np.concatenate(([True], lists.numbers[1:] > lists.numbers[:-1]))
    is_new[starts] = True
    places = np.flatnonzero(is_new)
    of_list = np.repeat(np.arange(len(starts)), lists.sizes)[places]
    number, before = lists.numbers[places], places - starts[of_list]
    ends = np.append(np.flatnonzero(np.diff(of_list)), len(places) - 1)
    low, span = lists.low[of_list], (lists.high - lists.low)[of_list]

    bars = _bars_up_to(number, low, span)
    is_bar = (bars > 0) & (_bar(bars, low, span) == number)
    after, more = np.append(number[1:], 0), np.append(before[1:], 0)
    hair = np.maximum(number + (after * HAIR - number * HAIR), np.nextafter(number, np.inf))
    first, last = bars + 1, np.append((bars - is_bar)[1:], 0)
    between = [
        np.where(hair < after, hair, np.inf),
        np.where(first <= last, _bar(first, low, span), np.inf),
        np.where(first < last, _bar(last, low, span), np.inf),
    ]
    for each in between:
        each[ends] = np.inf
    hair, least, most = between
    four = np.column_stack(
        (number, np.minimum(hair, least), np.maximum(least, np.minimum(hair, most)),
         np.maximum(hair, most))
    )  # fmt: skip
    bar_of_four = (four == least[:, None]) | (four == most[:, None])
    bar_of_four[:, 0] = is_bar
    bar_of_four[ends, 0] = bar_of_four[np.append(0, ends[:-1] + 1), 0] = True  # both ends
    below = np.repeat(more, 4).reshape(-1, 4)
    below[:, 0] = before
    below[ends, 0] = lists.sizes  # the last bucket is closed
    is_there = np.isfinite(four)
    is_there[:, 1:] &= four[:, 1:] > four[:, :-1]

    curves = _Curves(
        four[is_there],
        below[is_there],
        np.repeat(of_list, is_there.sum(axis=1)),
        bar_of_four[is_there],
    )
    wanted = np.floor(PERCENTILES / 100 * lists.sizes[:, None]).astype(np.intp)
    apart = np.arange(len(starts))[:, None] * (FEW + 1)
    keys = curves.below + curves.of_list * (FEW + 1)
    reached = np.searchsorted(keys, (apart + wanted).ravel(), side="right")
    is_long = np.repeat(lists.low < lists.high, len(PERCENTILES))
    curves.is_corner[reached[is_long]] = curves.is_corner[reached[is_long] - 1] = True
    return curves


def _bar(
    which: NDArray[np.intp], low: NDArray[np.float64], span: NDArray[np.float64]
) -> NDArray[np.float64]:
    return low + span * which / BARS


def _bars_up_to(
    number: NDArray[np.float64], low: NDArray[np.float64], span: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Return how many of the bars, from 1 to 59, are no larger than a number: to the last bit."""
    share = np.nan_to_num((number - low) / span * BARS)
    bars = np.clip(share.astype(np.intp), 0, BARS - 1)
    bars += (bars < BARS - 1) & (_bar(bars + 1, low, span) <= number)
    bars -= (bars > 0) & (_bar(bars, low, span) > number)
    return bars


def _corners(curves: _Curves, sizes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return which of the places of all curves become edges, as ``buckets`` does for one.

    The lists that are done leave, and with them corners that only cut empty buckets.
    """
    at, of_list, is_corner = curves.at, curves.of_list, curves.is_corner
    below = curves.below.astype(np.float64)
    place, is_tried = np.arange(len(at)), np.zeros(len(at), np.bool_)
    chosen = np.zeros(len(at), np.bool_)
    for _ in range(MOST):
        is_tried |= is_corner
        corners = _without_flats(np.flatnonzero(is_corner), below, of_list)
        line = np.repeat(np.arange(len(corners)), np.diff(corners, append=len(at)))
        misses = _misses(at, below, corners, line)
        misses[is_tried] = 0
        worst = np.maximum.reduceat(misses, corners)
        list_of = of_list[corners]
        is_bent = worst > TOLERANCE * sizes[list_of]
        room = MOST - np.bincount(list_of, minlength=len(sizes))
        is_bent &= _are_worst(np.where(is_bent, worst, 0), list_of, room)
        worst[~is_bent] = np.nan
        reached = np.flatnonzero(misses == worst.take(line))
        more = reached[np.diff(line[reached], prepend=-1) > 0]
        goes_on = np.zeros(len(sizes), np.bool_)
        goes_on[list_of[is_bent]] = True
        chosen[place[corners[~goes_on[list_of]]]] = True
        if not len(more):
            return np.flatnonzero(chosen)
        is_corner = np.zeros(len(at), np.bool_)
        is_corner[corners] = is_corner[more] = True
        stays = np.flatnonzero(goes_on[of_list] & (is_corner | ~is_tried))
        at, below, of_list, is_corner = at[stays], below[stays], of_list[stays], is_corner[stays]
        place, is_tried = place[stays], is_tried[stays]
    chosen[place[is_corner]] = True
    return np.flatnonzero(chosen)


def _misses(
    at: NDArray[np.float64],
    below: NDArray[np.float64],
    corners: NDArray[np.intp],
    line: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Return by how much the lines from corner to corner miss, step by step as np.interp."""
    starts, counts = at[corners], below[corners]
    slope = np.diff(counts, append=0) / np.diff(starts, append=0)
    misses = at - starts.take(line)
    misses *= slope.take(line)
    misses += counts.take(line)
    np.subtract(below, misses, out=misses)
    return np.abs(misses, out=misses)


def _without_flats(
    corners: NDArray[np.intp], below: NDArray[np.float64], of_list: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Leave out those that only cut empty buckets; the ends of each list stay."""
    counts, lists = below[corners], of_list[corners]
    matters = (counts[1:] > counts[:-1]) | (lists[1:] > lists[:-1])
    kept: NDArray[np.intp] = corners[np.append(True, matters) | np.append(matters, True)]
    return kept


def _are_worst(
    worst: NDArray[np.float64], list_of: NDArray[np.intp], room: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Tell which lines of each list are the worst, as many as it has room for; of equals the first.

    All (n,), line by line, 0 where a line does not count; but ``room`` is (m,) for the lists.
    """
    wanted = np.bincount(list_of, worst > 0, len(room))
    tight = np.flatnonzero(wanted > room)
    are_worst = np.ones(len(worst), np.bool_)
    if not len(tight):
        return are_worst
    sizes = np.bincount(list_of, minlength=len(room))
    places = _ranges((np.cumsum(sizes) - sizes)[tight], sizes[tight])
    row = np.repeat(np.arange(len(tight)), sizes[tight])
    column = _ranges(np.zeros(len(tight), np.intp), sizes[tight])
    table = np.zeros((len(tight), sizes[tight].max()))
    table[row, column] = -worst[places]
    in_order = np.sort(table, axis=1)
    rows = np.arange(len(tight))
    limit = np.where(room[tight] > 0, in_order[rows, room[tight] - 1], -np.inf)
    is_more, is_level = table < limit[:, None], table == limit[:, None]
    left = room[tight] - is_more.sum(axis=1)
    is_level &= np.cumsum(is_level, axis=1) <= left[:, None]
    are_worst[places] = (is_more | is_level)[row, column]
    return are_worst
