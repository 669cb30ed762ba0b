"""Arrays that are large enough to be counted in few bins, where these will do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from redrawn import KINDS, kind, percentile_error, wrong_mass

from tbconvert.summaries.histogram import Distribution, distribution

LARGE = (1 << 20) + 12_345

ALL_DTYPES = ["f2", "f4", ">f4", "f8", "i2", "i4", "i8", "u1", "V2"]


def check(found: Distribution, values: NDArray[np.float64]) -> None:
    assert found.finite == len(values)
    assert found.zeros == np.count_nonzero(values == 0)
    assert (found.minimum, found.maximum) == (values.min(), values.max())
    assert 2 <= len(found.limits) <= 100
    assert (found.limits[1:] >= found.limits[:-1]).all()
    if values.min() < values.max():
        np.testing.assert_array_equal(found.counts[1:], np.histogram(values, found.limits)[0])
    size = float(np.abs(values).sum())
    assert found.total == pytest.approx(float(values.sum()), rel=1e-12, abs=1e-12 * size)
    assert found.sum_squares == pytest.approx(float(np.square(values).sum()), rel=1e-12)


def rows(found: Distribution) -> NDArray[np.float64]:
    return np.stack((found.limits[:-1], found.limits[1:], found.counts[1:]), axis=1)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "one number"])
def test_counts_bars_and_percentiles_are_those_of_the_numbers(name: str) -> None:
    (values,) = kind(name, LARGE)

    found = distribution(values)

    check(found, values.astype(np.float64))
    assert wrong_mass([values], [rows(found)])[0] <= 1e-5
    assert percentile_error(values, rows(found)) <= 0.01


@pytest.mark.parametrize("dtype", ALL_DTYPES)
def test_numbers_of_any_type_are_counted_as_numpy_counts_them(dtype: str) -> None:
    normal = np.random.default_rng(7).normal(100, 20, LARGE)
    if dtype == "V2":  # bfloat16
        upper = normal.astype("<f4").view("<u4") >> 16
        values, exact = upper.astype("<u2").view("V2"), (upper << 16).view("<f4")
    else:
        values = exact = normal.astype(dtype)

    check(distribution(values), exact.astype(np.float64))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("scale", [1e-44, 1e-38, 1e-31, 1e-29, 1e29, 1e31, 3e37])
@pytest.mark.parametrize("shift", [0, 3])
def test_ranges_that_float32_can_hardly_hold(dtype: str, scale: float, shift: float) -> None:
    values = ((np.random.default_rng(7).random(LARGE) + shift) * scale).astype(dtype)

    check(distribution(values), values.astype(np.float64))


def test_what_is_not_finite_is_left_out() -> None:
    values = np.random.default_rng(7).normal(size=LARGE).astype("f4")
    values[:100_000] = np.nan
    values[::1000] = np.inf

    check(distribution(values), values[np.isfinite(values)].astype(np.float64))


@pytest.mark.parametrize("share", [0.002, 0.006, 0.02])
def test_what_some_are_equal_to_is_a_corner_of_the_curve(share: float) -> None:
    random = np.random.default_rng(7)
    values = random.normal(size=LARGE).astype("f4")
    values[random.random(LARGE) < share] = 0.123

    found = distribution(values)

    check(found, values.astype(np.float64))
    at = np.linspace(found.minimum, found.maximum, 1000)
    below = np.searchsorted(np.sort(values.astype(np.float64)), at)
    drawn = np.interp(at, found.limits, np.cumsum(found.counts))
    # twice what a line may miss: so much a sample may not show
    assert np.abs(drawn - below).max() <= 0.002 * LARGE


def test_curves_without_corners_take_no_more_than_the_few_bins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_slow(*_: Any, **__: Any) -> None:
        raise AssertionError("counted by numpy")

    values = np.random.default_rng(7).normal(size=LARGE).astype("f4")
    monkeypatch.setattr(np, "bincount", too_slow)

    assert distribution(values).counts.sum() == LARGE
