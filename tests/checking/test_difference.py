"""What is said of two columns of points, beside what a reader would say of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tbconvert.checking.difference import FIRST, Column, Columns, differ

Points = list[tuple[int, float, float]]


def column(points: Points) -> Column:
    steps, times, values = zip(*points, strict=True) if points else ((), (), ())
    bits = np.array(values, np.float32).view(np.uint32)
    return Column(np.array(steps, np.int64), np.array(times, np.float64), bits, True)


def told(wanted: Points, got: Points) -> tuple[dict[str, int], list[tuple[Any, ...]]]:
    """Return the counts, and of each odd point what, the step here and the step there."""
    counts, first = differ(column(wanted), column(got))
    steps = [(odd.what, odd.wanted and odd.wanted.step, odd.got and odd.got.step) for odd in first]
    return dict(counts), steps


LOG: Points = [(1, 10.0, 0.5), (2, 20.0, 0.25), (3, 30.0, 0.125)]


@pytest.mark.parametrize(
    ("got", "counts", "first"),
    [
        (LOG, {}, []),
        ([], {"missing": 3}, [("missing", 1, None), ("missing", 2, None), ("missing", 3, None)]),
        ([LOG[0], LOG[2]], {"missing": 1}, [("missing", 2, None)]),
        ([*LOG, (4, 40.0, 1.0)], {"extra": 1}, [("extra", None, 4)]),
        ([*LOG, LOG[2]], {"extra": 1}, [("extra", None, 3)]),
        ([LOG[0], (2, 20.0, 0.26), LOG[2]], {"value": 1}, [("value", 2, 2)]),
        ([LOG[0], (2, 21.0, 0.25), LOG[2]], {"wall_time": 1}, [("wall_time", 2, 2)]),
        ([LOG[0], (2, 21.0, 0.26), LOG[2]], {"value": 1}, [("value", 2, 2)]),
        ([LOG[0], LOG[1], (9, 30.0, 0.125)], {"step": 1}, [("step", 3, 9)]),
        ([LOG[1], LOG[0], LOG[2]], {"order": 1}, [("order", 2, 2)]),
        (
            [(1, 10.0, 0.6), LOG[2], (7, 0.0, 0.0)],
            {"missing": 1, "extra": 1, "value": 1},
            [("value", 1, 1), ("missing", 2, None), ("extra", None, 7)],
        ),
    ],
)
def test_what_differs(got: Points, counts: dict[str, int], first: list[tuple[Any, ...]]) -> None:
    found, steps = told(LOG, got)

    assert found == counts
    assert steps == first


def test_nothing_is_a_value_and_minus_zero_is_no_zero() -> None:
    nan = float("nan")
    assert told([(1, 0.0, nan)], [(1, 0.0, nan)]) == ({}, [])
    assert told([(1, 0.0, 0.0)], [(1, 0.0, -0.0)])[0] == {"value": 1}
    assert told([(1, 0.0, 1.0)], [(1, -0.0, 1.0)])[0] == {"wall_time": 1}


def test_extreme_steps_are_told_apart() -> None:
    low, high = -(2**63), 2**63 - 1
    assert told([(low, 0.0, 1.0), (high, 0.0, 1.5)], [(high, 0.0, 1.5)])[0] == {"missing": 1}


def test_of_many_points_the_first_are_told_and_all_are_counted() -> None:
    wanted: Points = [(step, 1.0, float(step)) for step in range(1000)]
    got: Points = [(step, 1.0, step + 0.5) for step in range(1000)]

    counts, first = told(wanted, got)

    assert counts == {"value": 1000}
    assert [step for _, step, _ in first] == list(range(FIRST))


def test_columns_hold_the_tags_that_are_wanted() -> None:
    columns = Columns([("scalar", "a"), ("image", "x")])
    steps, times = np.array([1, 2], np.int64), np.array([1.0, 2.0])
    values = np.array([[0.5, 7], [0.25, 8]], np.float32)
    columns.add_scalars(["a", "b"], steps, times, values)
    columns.add_value("image", "x", 3, 3.0, b"123456789")
    columns.add_value("image", "y", 3, 3.0, b"")

    curve, picture = columns.column("scalar", "a"), columns.column("image", "x")

    assert [curve.point(place).value for place in range(len(curve))] == [0.5, 0.25]
    assert picture.point(0).value == "e3069283"  # the check value of CRC-32C


def test_numbers_are_told_by_the_digits_that_tell_them_apart() -> None:
    assert column([(1, 0.0, 0.1)]).point(0).value == 0.1
