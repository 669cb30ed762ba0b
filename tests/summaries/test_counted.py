"""Histograms that were counted before: the sums of Python's fractions, one at a time."""

from __future__ import annotations

import sys
import tracemalloc
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tbconvert.model import Tag
from tbconvert.summaries.counted import counted_points

TAG = Tag("hist")
LARGEST = sys.float_info.max

edges = st.floats(-1e6, 1e6)
counts = st.integers(0, 2**40).map(float) | st.floats(0, 1)
histograms = st.lists(counts, min_size=1, max_size=30).flatmap(
    lambda filled: st.tuples(
        st.lists(edges, min_size=len(filled) + 1, max_size=len(filled) + 1).map(sorted),
        st.just(filled),
    )
)


@given(st.lists(histograms, max_size=10))
@example([([-6.0, -2.0, 2.0, 7.0], [6.0, 0.0, 3.0]), ([1.5, 1.5], [4.0])])
def test_every_histogram_has_its_figures(
    given_ones: list[tuple[list[float], list[float]]],
) -> None:
    steps = np.arange(len(given_ones)) * 3
    times = np.asarray(steps + 0.5, np.float64)
    arrays = [(np.array(limits), np.array(filled)) for limits, filled in given_ones]

    points = list(counted_points(TAG, steps, times, arrays))

    assert len(points) == len(given_ones)
    for place, (point, (limits, filled)) in enumerate(zip(points, given_ones, strict=True)):
        assert (point.tag, point.step, point.wall_time) == (TAG, place * 3, place * 3 + 0.5)
        assert (point.minimum, point.maximum) == (limits[0], limits[-1])
        assert (point.limits.tolist(), point.counts.tolist()) == (limits, [0, *filled])
        middles = [(Fraction(a) + Fraction(b)) / 2 for a, b in pairwise(limits)]
        parts = [Fraction(n) * at for n, at in zip(filled, middles, strict=True)]
        squares = [Fraction(n) * at**2 for n, at in zip(filled, middles, strict=True)]
        # of numbers of both signs what is left may be next to nothing
        room = 1e-12 * float(sum(map(abs, parts))) + sys.float_info.min
        assert point.total == pytest.approx(float(sum(parts)), abs=room)
        assert point.sum_squares == pytest.approx(float(sum(squares)), rel=1e-12, abs=1e-300)


def test_sums_beyond_floats_are_the_largest() -> None:
    one = (np.array([-LARGEST, LARGEST, LARGEST]), np.array([1.0, 4.0]))

    (point,) = counted_points(TAG, np.array([0]), np.array([0.0]), [one])

    assert (point.total, point.sum_squares) == (LARGEST, LARGEST)


def test_memory_does_not_grow_with_the_number_of_histograms() -> None:
    one = (np.arange(31.0), np.arange(30.0))
    peaks = []
    for count in (20_000, 80_000):
        given_ones = [one] * count
        steps, times = np.arange(count), np.zeros(count)
        tracemalloc.start()
        for _ in counted_points(TAG, steps, times, given_ones):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] * 1.1


def test_no_histograms() -> None:
    assert list(counted_points(TAG, np.empty(0, np.int64), np.empty(0), [])) == []
