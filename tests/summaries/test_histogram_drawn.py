"""Histograms as TensorBoard draws them, beside the numbers that they are of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from redrawn import (
    KINDS,
    STEPS,
    Rows,
    kind,
    percentile_error,
    percentiles,
    true_percentiles,
    wrong_mass,
)
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.data_compat import migrate_event
from tensorboard.util.tensor_util import make_ndarray

from tbconvert.encode import Encoder
from tbconvert.model import Tag
from tbconvert.summaries.histogram import distribution


def served_exactly(values: NDArray[Any]) -> Rows:
    """As TensorBoard's Rust data server has it: in float64."""
    found = distribution(values)
    return np.stack((found.limits[:-1], found.limits[1:], found.counts[1:]), axis=1)


def served_rounded(values: NDArray[Any]) -> Rows:
    """As TensorBoard's Python code has it: in float32."""
    point = distribution(values).point(Tag("weights"), 0, 1.7e9)
    record = bytes(Encoder().encode(point).data)
    event = migrate_event(Event.FromString(record[12:-4]))
    rows = make_ndarray(event.summary.value[0].tensor)
    assert rows.dtype == np.float32
    return rows.astype(np.float64)


both_ways = pytest.mark.parametrize("serve", [served_exactly, served_rounded])
all_kinds = pytest.mark.parametrize("name", KINDS)


@all_kinds
@both_ways
@pytest.mark.parametrize("count", [37, 1_000, 100_000])
def test_a_single_step_has_its_numbers_in_the_right_bars(name: str, serve: Any, count: int) -> None:
    (values,) = kind(name, count)

    (wrong,) = wrong_mass([values], [serve(values)])

    # in float32 the edges of 10⁴ ± 1 are rounded to one of some 10,000 numbers
    assert wrong <= (1e-5 if serve is served_exactly else 0.001)


@all_kinds
@both_ways
def test_steps_that_drift_have_them_in_the_right_bars_of_all(name: str, serve: Any) -> None:
    steps = kind(name, steps=STEPS)

    wrong = wrong_mass(steps, [serve(values) for values in steps])

    assert max(wrong) <= 0.02


@all_kinds
@both_ways
def test_distributions_show_the_percentiles_of_the_numbers(name: str, serve: Any) -> None:
    (values,) = kind(name)

    assert percentile_error(values, serve(values)) <= 0.01


@all_kinds
@both_ways
@pytest.mark.parametrize("count", [37, 1_000, 100_000])
def test_distributions_are_within_a_bucket_of_the_percentiles(
    name: str, serve: Any, count: int
) -> None:
    (values,) = kind(name, count)
    rows = serve(values)

    lefts, rights = np.append(rows[0, 0], rows[:-1, 0]), np.append(rows[1:, 1], rows[-1, 1])
    for shown, true in zip(percentiles(rows), true_percentiles(values), strict=True):
        near = (rows[:, 0] <= shown) & (shown <= rows[:, 1])
        assert ((lefts <= true) & (true <= rights))[near].any()


@pytest.mark.parametrize("outliers", [[1e6], [-1e12], [1e30], [-1e200], [-1e9, 2e9]])
@pytest.mark.parametrize("center", [0.0, 1.0])
def test_outliers_do_not_hide_the_rest(outliers: list[float], center: float) -> None:
    values = np.append(np.random.default_rng(7).normal(center, 0.01, 50_000), outliers)

    assert percentile_error(values, served_exactly(values)) <= 0.01


@pytest.mark.parametrize("number", [0.0, 0.7, -3.0])
def test_outliers_do_not_hide_what_nearly_all_are_equal_to(number: float) -> None:
    values = np.full(50_000, number)
    values[::30] = np.random.default_rng(7).normal(number, 1e-3, len(values[::30]))
    values[:2] = -1e6, 2e6

    inner = percentiles(served_exactly(values))[1:-1]

    np.testing.assert_allclose(inner, number, rtol=0, atol=1e-5)


def test_integers_beside_an_outlier_are_told_apart() -> None:
    values = np.append(np.random.default_rng(7).integers(-3, 4, 50_000), -(2**62))

    rows = served_exactly(values)

    for integer in range(-2, 3):
        (row,) = rows[(rows[:, 0] <= integer) & (integer < rows[:, 1])]
        assert row[2] == np.count_nonzero(values == integer)
