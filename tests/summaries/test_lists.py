"""Histograms of many lists at once: to the bit those of each list by itself, and numpy's counts."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tbconvert.model import HistogramPoint, Tag
from tbconvert.summaries.histogram import histogram_point
from tbconvert.summaries.lists import histogram_points

TAG = Tag("hist")

anything = st.floats() | st.none()
small = st.integers(-3, 3).map(float)
near_one = st.integers(0, 40).map(lambda ulps: 1 + ulps * 2.0**-52)
subnormal = st.integers(-40, 40).map(lambda ulps: ulps * 5e-324)
special = st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 1.7e308, -1.7e308, 5e-324])
elements = st.sampled_from([anything, small, near_one, subnormal, special | small, st.just(2.5)])
lists = elements.flatmap(lambda some: st.lists(some, max_size=40))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(lists, max_size=12))
@example([[], [math.nan], [1.0], [1.0, 1.0], [0.0, -0.0], [-0.0], [1e300, -1e300, 3.0]])
@example([[0.0, 5e-324, 1e-323, 1.0], [1e300] * 3, [-math.inf, 2.0], [], [None, 1.0, None]])
def test_many_lists_have_the_histograms_that_each_has_alone(given_lists: list[list[Any]]) -> None:
    check(given_lists)


@given(st.integers(0, 2**32), st.sampled_from([3, 30, 100, 1000, 4096, 4097]))
def test_lists_of_any_spread_and_length(seed: int, longest: int) -> None:
    random = np.random.default_rng(seed)

    check([spread(random, int(size)) for size in random.integers(0, longest + 1, 20)])


def spread(random: np.random.Generator, size: int) -> NDArray[np.float64]:
    made: list[NDArray[np.float64]] = [
        random.normal(size=size),
        random.normal(size=size) * 10.0 ** float(random.integers(-120, 120)),
        random.integers(0, 61, size) * 1.0,  # each number on a bar
        random.choice(random.normal(size=5), size),
        1e9 + random.normal(size=size),
        1 + random.normal(size=size) * 1e-14,
        random.standard_t(1, size),
        10.0 ** random.uniform(-300, 100, size) * random.choice([-1, 0, 1], size),
        np.where(random.random(size) < 0.9, 0, random.normal(size=size)),
        np.where(random.random(size) < 0.3, random.choice([np.nan, np.inf]), random.random(size)),
    ]
    return made[random.integers(len(made))]


def check(given_lists: list[Any]) -> None:
    """Hold the histograms of lists against those of each, and against numpy's counts."""
    steps = np.arange(len(given_lists)) * 3
    times = np.asarray(steps + 0.5, np.float64)

    points = list(histogram_points(TAG, steps, times, given_lists))

    for step, values, point in zip(steps.tolist(), given_lists, points, strict=True):
        alone = histogram_point(TAG, step, step + 0.5, values)
        assert bits(point) == bits(alone)
        numbers = np.asarray(values, np.float64)
        numbers = numbers[np.isfinite(numbers)]
        if len(numbers):
            assert (point.minimum, point.maximum) == (numbers.min(), numbers.max())
            np.testing.assert_array_equal(point.counts[1:], counted(numbers, point.limits))
        else:
            assert (point.limits.tolist(), point.counts.tolist()) == ([0], [0])


def bits(point: HistogramPoint) -> tuple[Any, ...]:
    figures = [point.minimum, point.maximum, point.total, point.sum_squares]
    arrays = (np.array(figures), point.limits, point.counts)
    return (point.tag, point.step, point.wall_time, *(array.tobytes() for array in arrays))


def counted(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[Any]:
    if edges[0] == edges[-1]:
        return np.array([len(values)])  # for numpy such a range is half a unit wide
    return np.histogram(values, edges)[0]


def test_sums_are_those_of_numpy() -> None:
    random = np.random.default_rng(7)
    given_lists = [random.normal(3, 1, size) for size in range(1, 300)]

    points = histogram_points(TAG, np.arange(299), np.zeros(299), given_lists)

    for values, point in zip(given_lists, points, strict=True):
        assert point.total == pytest.approx(values.sum(), rel=1e-13)
        assert point.sum_squares == pytest.approx(np.square(values).sum(), rel=1e-13)


def test_memory_does_not_grow_with_the_number_of_lists() -> None:
    one = np.random.default_rng(7).normal(size=50)
    peaks = []
    for count in (2_000, 20_000):
        tracemalloc.start()
        for _ in histogram_points(TAG, np.arange(count), np.zeros(count), [one] * count):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    # what there is of each list: its length and its step
    assert peaks[1] < peaks[0] + 100 * 18_000


def test_no_lists() -> None:
    assert list(histogram_points(TAG, np.empty(0, np.int64), np.empty(0), [])) == []
