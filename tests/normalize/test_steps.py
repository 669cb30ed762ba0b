"""The step of each row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tbconvert.normalize.steps import are_rising, are_row_numbers, are_whole, read_steps


def present(cells: list[object], **kwargs: float) -> list[int | None]:
    found = read_steps(pa.array(cells), **kwargs)
    there = np.ones(len(cells), bool) if found.present is None else found.present
    return [int(v) if t else None for v, t in zip(found.values, there, strict=True)]


def test_whole_numbers_are_steps_whatever_their_type() -> None:
    assert present([1, 2, None]) == [1, 2, None]
    assert present([1.0, 1e3, None, -4.0]) == [1, 1000, None, -4]
    assert present(["1", " 2 ", "1e3", "x"]) == [1, 2, 1000, None]


def test_a_step_may_say_of_how_many_it_is() -> None:
    assert present(["1/3", " 2 / 3", None, "x"]) == [1, 2, None, None]
    assert present(["Epoch 1", "epoch_2", "[3/10]", "Epoch: 4 of 10"]) == [1, 2, 3, 4]
    assert present(["0.5", "1.0", "-2", "9007199254740993"]) == [None, 1, -2, 2**53 + 1]


def test_a_comma_may_stand_between_thousands_of_a_step() -> None:
    assert present(["999", "1,000", "12,345,678"]) == [999, 1000, 12345678]
    assert present(["1,000/20,000", "Step 2,000", "step 3 of 1,000"]) == [1000, 2000, 3]
    assert present(["1,00", "0,500", "1,0000", "1,000.5"]) == [None] * 4
    assert are_whole(pa.array(["999", "1,000"]))


def test_row_numbers_begin_at_0_or_as_in_r_at_1() -> None:
    for numbers in ([0, 1, 2], [0, 5, 10], [1, 2, 3], [1], [0]):
        assert are_row_numbers(pa.array(numbers))
    for numbers in ([1, 3, 5], [2, 3, 4], [0, 5, 11], [5, 10]):
        assert not are_row_numbers(pa.array(numbers))


def test_no_step_is_rounded_above_2_to_the_53() -> None:
    assert present([2**53 + 1, 2**62 + 1, -(2**63)]) == [2**53 + 1, 2**62 + 1, -(2**63)]
    unsigned = pa.array([2**63 - 1, 2**63], pa.uint64())
    found = read_steps(unsigned)
    assert int(found.values[0]) == 2**63 - 1
    assert found.present.tolist() == [True, False]


def test_what_is_no_step_is_told_by_what_is_wrong_with_it() -> None:
    found = read_steps(pa.array([1.0, 2.5, None, 1e300, float("nan"), float("inf")]))

    assert found.present.tolist() == [True, False, False, False, False, False]
    assert found.fractional.tolist() == [False, True, False, False, False, False]
    assert found.missing.tolist() == [False, False, True, False, False, False]
    assert found.bad.tolist() == [False, False, False, True, True, True]


def test_a_scale_makes_steps_of_fractions() -> None:
    assert present([0.125, 0.25, 1.0], scale=1000) == [125, 250, 1000]
    assert present([1, 2], scale=10) == [10, 20]


def test_one_damaged_cell_does_not_cost_a_log_its_step_column() -> None:
    assert are_whole(pa.array(["1", "2", "oops", "4"]))
    assert not are_whole(pa.array(["a", "b", "c", "4"]))
    assert not are_whole(pa.array([0.5, 1.0]))
    assert not are_whole(pa.array([None, None], pa.float64()))
    assert not are_whole(pa.array([True, False]))


def test_rising() -> None:
    assert are_rising(pa.array([1, 2, 5]))
    assert not are_rising(pa.array([1, 2, 2]))
    assert not are_rising(pa.array([1, None, 2]))


wide = st.integers(-(2**63) - 2, -(2**63) + 2) | st.integers(2**63 - 3, 2**63 + 2)
whole = wide | st.integers(-(2**64), 2**64) | st.integers(2**53 - 3, 2**53 + 3)


@given(st.lists(whole, min_size=1, max_size=8))
def test_steps_among_texts_are_exact_or_bad(numbers: list[int]) -> None:
    found = read_steps(pa.array([*map(str, numbers), "xx"]))
    fits = [-(2**63) <= number < 2**63 for number in numbers]

    assert found.present.tolist() == [*fits, False]
    assert found.bad.tolist() == [not fit for fit in fits] + [True]
    assert [int(v) for v in found.values[found.present]] == [
        number for number, fit in zip(numbers, fits, strict=True) if fit
    ]


def test_a_large_step_in_a_text_may_be_written_in_any_way() -> None:
    found = read_steps(
        pa.array(["9007199254740993.0", "9007199254740993.5", " +9007199254740995 "])
    )

    assert found.present.tolist() == [True, False, True]
    assert found.fractional.tolist() == [False, True, False]
    assert found.values[[0, 2]].tolist() == [9007199254740993, 9007199254740995]


def test_a_step_that_int64_does_not_hold_costs_one_row() -> None:
    assert are_whole(pa.array([str(2**63 - 2), str(2**63 - 1), str(2**63)]))
    assert present([str(2**63 - 2), str(2**63 - 1), str(2**63)]) == [2**63 - 2, 2**63 - 1, None]
