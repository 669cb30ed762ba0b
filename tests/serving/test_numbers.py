"""Numbers that are kept small are the same numbers."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tbconvert.serving.nature import GRAPH
from tbconvert.serving.numbers import Even, Odd, compress, gather
from tbconvert.serving.series import Series, Steps

EDGES = (-(2**63), 2**63 - 1, 0)
INTEGERS = st.integers(-20, 20) | st.sampled_from(EDGES) | st.integers(-(2**63), 2**63 - 1)
ANY = st.lists(INTEGERS, min_size=1, max_size=12)
EVEN = st.builds(
    lambda start, stride, count: [start + stride * i for i in range(count)],
    st.integers(-50, 50),
    st.integers(-5, 5),
    st.integers(1, 12),
)
LISTS = ANY | EVEN


def array(numbers: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(numbers, np.int64)


@given(LISTS)
def test_nothing_is_changed(numbers: list[int]) -> None:
    made = compress(array(numbers))

    assert made.array().tolist() == numbers
    assert len(made) == len(numbers)
    assert (made.first, made.last) == (numbers[0], numbers[-1])
    assert (made.lowest, made.highest) == (min(numbers), max(numbers))


@given(EVEN)
def test_even_numbers_take_no_memory(numbers: list[int]) -> None:
    assert isinstance(compress(array(numbers)), Even)


def test_differences_that_wrap_around_are_not_even() -> None:
    assert isinstance(compress(array([-(2**63), 2**63 - 1])), Odd)
    assert isinstance(compress(array([0, 2**62, 2**63 - 1, -(2**62)])), Odd)


@given(LISTS, st.data())
def test_parts(numbers: list[int], data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(numbers) - 1))
    end = data.draw(st.integers(begin + 1, len(numbers)))

    assert compress(array(numbers)).part(begin, end).array().tolist() == numbers[begin:end]


@given(LISTS, INTEGERS)
def test_below_and_rank(numbers: list[int], bound: int) -> None:
    below = compress(array(numbers)).below(bound)
    rank = compress(array(sorted(numbers))).rank(bound)

    wanted = [number for number in numbers if number < bound]
    assert (below.array().tolist() if below else []) == wanted
    assert rank == len(wanted)


@given(LISTS)
def test_rising(numbers: list[int]) -> None:
    made = compress(array(numbers))

    stays = [n for i, n in enumerate(numbers) if all(n < later for later in numbers[i + 1 :])]
    falls = [i for i in range(1, len(numbers)) if numbers[i] <= numbers[i - 1]]
    assert made.rising().array().tolist() == stays
    assert made.fall() == (falls[0] if falls else None)


@given(st.lists(LISTS, min_size=1, max_size=4))
def test_joined(lists: list[list[int]]) -> None:
    several = [compress(array(numbers)) for numbers in lists]
    both = several[0].then(several[-1])

    assert gather(several).array().tolist() == list(chain(*lists))
    assert both is None or both.array().tolist() == lists[0] + lists[-1]


def test_a_curve_that_goes_on_evenly_is_one() -> None:
    one = Even(0, 2, 3)

    assert one.then(Even(6, 2, 5)) == Even(0, 2, 8)
    assert one.then(Even(6, 1, 1)) == Even(0, 2, 4)
    assert one.then(Even(7, 2, 5)) is None


@given(st.lists(LISTS, max_size=5), INTEGERS)
def test_a_series_that_rises(lists: list[list[int]], bound: int) -> None:
    """The rule of the reservoir, one point at a time."""
    series, kept = Series(), list[int]()
    for numbers in lists:
        steps = compress(array(numbers))
        series.end_before(steps.lowest)
        series.append(GRAPH, steps.rising())
        for number in numbers:
            kept = [*(other for other in kept if other < number), number]

    assert series.only(lambda _: True).array().tolist() == kept
    assert len(series) == len(kept)
    dropped = series.end_before(bound)
    assert series.only(lambda _: True).array().tolist() == [n for n in kept if n < bound]
    assert dropped == sum(n >= bound for n in kept)


@given(st.lists(LISTS, max_size=5), INTEGERS)
def test_a_series_in_any_order(lists: list[list[int]], bound: int) -> None:
    series = Series()
    for numbers in lists:
        series.append(GRAPH, compress(array(numbers)))
    whole = list(chain(*lists))

    dropped = series.drop_from(bound)

    wanted = [number for number in whole if number < bound]
    assert series.only(lambda _: True).array().tolist() == wanted
    assert dropped == len(whole) - len(wanted)


@pytest.mark.parametrize("lists", [[], [[3, 1, 3]], [[1, 2], [2, 3]], [[1, 2], [5]]])
def test_each_step_once(lists: list[list[int]]) -> None:
    steps = Steps(tuple(compress(array(numbers)) for numbers in lists))

    assert steps.sorted().array().tolist() == sorted({*chain(*lists)})
    assert steps.equals(Steps(steps.parts))
