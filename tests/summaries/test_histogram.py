"""Figures and counts of histograms, by numpy over the whole array at once."""

from __future__ import annotations

import math
import os
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as some
from numpy.typing import NDArray

from tbconvert.model import Tag
from tbconvert.summaries.floats import as_floats
from tbconvert.summaries.histogram import Distribution, distribution, histogram_point

MANY = 5_000
"""More than are sorted: these are counted in bins."""

DTYPES = [
    f"{order}{kind}"
    for kind in ("f2", "f4", "f8", "i2", "i4", "i8", "u2", "u4", "u8")
    for order in "<>"
]
DTYPES += ["i1", "u1", "?"]

numbers = st.sampled_from(DTYPES).flatmap(
    lambda dtype: some.arrays(
        dtype,
        some.array_shapes(max_dims=2, max_side=40),
        elements=some.from_dtype(np.dtype(dtype), allow_nan=False, allow_infinity=False),
    )
)
"""Hypothesis likes what is extreme: zeros of both signs, subnormal and huge numbers."""


def check(found: Distribution, values: NDArray[Any]) -> None:
    """Hold a distribution against what numpy finds in the finite float64 numbers themselves."""
    limits, counts = found.limits, found.counts
    assert found.finite == len(values) > 0
    assert found.zeros == np.count_nonzero(values == 0)
    assert (found.minimum, found.maximum) == (values.min(), values.max())
    assert 2 <= len(limits) <= 100
    assert limits.dtype == counts.dtype == np.float64
    assert (limits[0], limits[-1], counts[0]) == (found.minimum, found.maximum, 0)
    assert (limits[1:] >= limits[:-1]).all()
    np.testing.assert_array_equal(counts[1:], counted(values, limits))
    with np.errstate(over="ignore", under="ignore"):
        size, squares = float(np.abs(values).sum()), float(np.square(values).sum())
    # where numpy's own sums do not overflow; rounding is by what is added, not by what comes out
    if math.isfinite(size):
        assert found.total == pytest.approx(float(values.sum()), rel=1e-12, abs=1e-12 * size)
    if math.isfinite(squares):
        assert found.sum_squares == pytest.approx(squares, rel=1e-12)


def counted(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[Any]:
    if edges[0] == edges[-1]:
        return np.array([len(values)])  # for numpy such a range is half a unit wide
    return np.histogram(values, edges)[0]


@given(numbers)
def test_few_numbers_are_counted_as_numpy_counts_them(values: NDArray[Any]) -> None:
    check(distribution(values), values.ravel().astype(np.float64))


@settings(suppress_health_check=[HealthCheck.large_base_example])
@given(numbers, st.integers(0, 2**32), st.floats(1, 8))
def test_many_numbers_are_counted_as_numpy_counts_them(
    values: NDArray[Any], seed: int, skew: float
) -> None:
    shares = np.random.default_rng(seed).random(MANY) ** skew
    values = values.ravel()[(values.size * shares).astype(int)]

    check(distribution(values), values.astype(np.float64))


SPREADS = {
    "normal": lambda random, n: random.normal(size=n),
    "heavy tails": lambda random, n: random.standard_t(1, n),
    "powers": lambda random, n: random.choice([-1, 1], n) * 2.0 ** random.uniform(-120, 120, n),
    "integers": lambda random, n: random.poisson(3, n) - 2.0,
    "bulk and outlier": lambda random, n: np.append(random.normal(size=n - 1), 1e7),
    "bulk between outliers": lambda random, n: np.append(random.normal(size=n - 2), [-1e25, 1e25]),
    "integers and outlier": lambda random, n: np.append(random.integers(-3, 4, n - 1), -(2.0**62)),
    "two numbers and outlier": lambda random, n: np.append(random.choice([3, 4], n - 1), -1e9),
    "nearly all zero": lambda random, n: np.append(np.zeros(n - 9), random.normal(0, 1e5, 9)),
    "few values": lambda random, n: random.choice(random.normal(size=7), n),
}


@pytest.mark.parametrize("spread", SPREADS)
@given(
    seed=st.integers(0, 2**32),
    scale=st.floats(1e-30, 1e30),
    shift=st.just(0.0) | st.floats(-1e4, 1e4),
    dtype=st.sampled_from(["f4", "f8"]),
)
def test_numbers_of_any_spread_are_counted_as_numpy_counts_them(
    spread: str, seed: int, scale: float, shift: float, dtype: str
) -> None:
    made = SPREADS[spread](np.random.default_rng(seed), MANY)
    with np.errstate(over="ignore"):
        values = ((made + shift) * scale).astype(dtype)
    values = values[np.isfinite(values)]

    check(distribution(values), values.astype(np.float64))


@pytest.mark.parametrize("count", [4, 50, MANY])
@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        ("f4", -3.4e38, 3.4e38),
        ("f8", -1.7e308, 1.7e308),
        ("f8", -1e200, 1e160),
        ("f4", -1e-44, 3e-43),
        ("f8", -3e-323, 3e-322),
        ("f8", 1e-310, 2e-310),
        ("f8", 1e300, 1.0000000000001e300),
        ("f8", -1e-300, 1.0),
        ("f4", 9999, 10001),
        ("f8", 1e15, 1e15 + 4),
    ],
)
def test_the_widest_and_the_narrowest_ranges(
    dtype: str, low: float, high: float, count: int
) -> None:
    share = np.random.default_rng(7).random(count)
    values = (low * (1 - share) + high * share).astype(dtype)
    values[:2] = low, high
    # what is as good as zero beside the rest, and a zero
    values[2:4] = np.clip([np.nextafter(0, 1, dtype=dtype), -0.0], values.min(), values.max())

    check(distribution(values), values.astype(np.float64))


def test_the_two_ends_of_all_floats() -> None:
    ends = np.finfo("f8")
    values = np.array([ends.min, ends.max])

    check(distribution(values), values)


@pytest.mark.parametrize("count", [50, MANY])
def test_integers_beyond_those_that_floats_hold(count: int) -> None:
    random = np.random.default_rng(7)
    for dtype in ("i8", "u8"):
        ends = np.iinfo(dtype)
        values = random.integers(ends.min, ends.max, count, dtype, endpoint=True)
        values[0], values[-1] = ends.min, ends.max

        check(distribution(values), values.astype(np.float64))

    near = (np.uint64(2**63) + np.arange(count, dtype="u8")).astype("u8")
    check(distribution(near), near.astype(np.float64))


@pytest.mark.parametrize("count", [1, 1_000, 70_000, 300_000])
@pytest.mark.parametrize(
    ("center", "width"), [(0, 1), (1, 1e-3), (1e4, 1), (-1e8, 1), (1e12, 1), (3, 1e30), (0, 1e-30)]
)
def test_mean_deviation_and_norm_are_numpys(center: float, width: float, count: int) -> None:
    values = np.random.default_rng(7).normal(center, width, count)

    found = distribution(values)

    assert found.mean == pytest.approx(values.mean(), rel=1e-12, abs=1e-12 * width)
    # numpy's own rounds the mean, which tells where the center is far away
    assert found.std == pytest.approx((values - center).std(), rel=1e-9, abs=0)
    assert found.norm == pytest.approx(np.linalg.norm(values), rel=1e-12)


def test_figures_of_numbers_whose_squares_are_out_of_reach() -> None:
    for scale in (1e200, 1e-200):
        found = distribution(np.array([3.0, -4.0]) * scale)

        assert found.mean == pytest.approx(-0.5 * scale)
        assert found.std == pytest.approx(3.5 * scale)
        assert found.norm == pytest.approx(5 * scale)
    assert distribution(np.array([1.7e308] * 4)).point(Tag("w"), 0, 0.0).total < math.inf


LAYOUTS = {
    "Fortran": np.asfortranarray,
    "strided": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "part of rows": lambda a: np.concatenate((a, a), axis=1)[:, : a.shape[1]],
    "backwards": lambda a: a[::-1, ::-1],
    "other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
    "three axes, exchanged": lambda a: a.reshape(a.shape[0], 5, -1).transpose(2, 0, 1),
    "not aligned": lambda a: np.frombuffer(b"x" + a.tobytes(), "u1")[1:].view(a.dtype),
}


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i4"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_how_the_memory_is_laid_out_makes_no_difference(layout: str, dtype: str) -> None:
    values = (np.random.default_rng(7).normal(size=(400, 500)) * 100).astype(dtype)
    plain = values.ravel().astype(np.float64)

    check(distribution(LAYOUTS[layout](values)), plain)


def test_a_mapped_file_is_read_only(tmp_path: Path) -> None:
    values = np.random.default_rng(7).normal(size=(300, 400)).astype("f4")
    np.save(tmp_path / "w.npy", values)

    mapped = np.load(tmp_path / "w.npy", mmap_mode="r")

    check(distribution(mapped), values.ravel().astype(np.float64))


def test_no_copy_of_a_large_array_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    values = np.random.default_rng(7).normal(size=(4_000, 5_000)).astype("f4")
    distribution(values)  # what is imported once
    tracemalloc.start()
    try:
        for array in (values, values.T, values[:, ::2], values.astype(">f4")[1:], values > 0):
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            distribution(array)
            assert tracemalloc.get_traced_memory()[1] - before < 1.9e7
    finally:
        tracemalloc.stop()


def test_a_single_number_without_an_axis() -> None:
    found = distribution(np.array(2.5, ">f4"))

    assert (found.size, found.finite, found.mean, found.std, found.norm) == (1, 1, 2.5, 0, 2.5)
    assert (found.limits.tolist(), found.counts.tolist()) == ([2.5, 2.5], [0, 1])


@pytest.mark.parametrize("count", [2, 70_000])
def test_equal_numbers_are_one_bucket_without_width(count: int) -> None:
    found = distribution(np.full(count, 0.1, "f4"))

    constant = float(np.float32(0.1))
    assert (found.limits.tolist(), found.counts.tolist()) == ([constant] * 2, [0, count])
    assert (found.mean, found.std) == (constant, 0)
    assert found.total == pytest.approx(constant * count)


@pytest.mark.parametrize("count", [100, 70_000])
def test_what_is_not_finite_is_counted_and_left_out(count: int) -> None:
    random = np.random.default_rng(7)
    finite = random.normal(size=count).astype("f4")
    others = np.array([np.nan] * 5 + [np.inf] * 3 + [-np.inf] * 2, "f4")
    values = random.permutation(np.concatenate((finite, others)))

    found = distribution(values)

    assert (found.size, found.nans, found.infinities) == (count + 10, 5, 5)
    check(found, finite.astype(np.float64))


def test_a_piece_without_a_number_is_passed_over() -> None:
    values = np.full(300_000, np.nan, "f4")
    values[100:200] = values[-1] = 1
    values[5] = -2

    found = distribution(values)

    assert (found.finite, found.nans) == (102, 300_000 - 102)
    check(found, values[np.isfinite(values)].astype(np.float64))


@pytest.mark.parametrize("values", [[], [math.nan] * 3, [math.inf, -math.inf, math.nan]])
def test_where_there_are_no_numbers_a_histogram_is_empty_and_has_none_but_numbers(
    values: list[float],
) -> None:
    found = distribution(np.array(values))
    point = found.point(Tag("w"), 3, 1.5)

    assert (found.size, found.finite) == (len(values), 0)
    assert found.nans + found.infinities == len(values)
    figures = (found.minimum, found.maximum, found.mean, found.std, found.norm)
    assert all(math.isnan(figure) for figure in figures)
    assert (point.minimum, point.maximum, point.total, point.sum_squares) == (0, 0, 0, 0)
    assert (point.limits.tolist(), point.counts.tolist()) == ([0], [0])


@pytest.mark.parametrize("count", [100, MANY])
def test_two_bytes_without_a_meaning_are_bfloat16(count: int) -> None:
    # of these float32 the lower half is zero, so that the upper one is the same number
    exact = np.random.default_rng(7).normal(size=(2, count)).astype("<f4").view("<u4") & 0xFFFF0000
    raw = (exact >> 16).astype("<u2").view("V2")

    np.testing.assert_array_equal(as_floats(raw), exact.view("<f4"))
    check(distribution(raw.T), exact.view("<f4").ravel().astype(np.float64))


def test_of_complex_numbers_it_is_the_magnitude() -> None:
    random = np.random.default_rng(7)
    values = random.normal(size=MANY) + 1j * random.normal(size=MANY)

    for dtype in ("c8", "c16", ">c8"):
        check(distribution(values.astype(dtype)), np.abs(values.astype(dtype)).astype(np.float64))


@pytest.mark.parametrize("dtype", ["U3", "S3", "O", "M8[s]", "V3", [("a", "i1"), ("b", "i1")]])
@pytest.mark.parametrize("size", [0, 3])
def test_what_is_no_number_is_refused(size: int, dtype: Any) -> None:
    with pytest.raises(TypeError, match="wanted numbers"):
        distribution(np.zeros(size, dtype))


def test_a_point_has_what_numpy_finds_in_a_list() -> None:
    values = [0.5, -1.5, None, 4.0, math.nan]

    point = histogram_point(Tag("grads"), 7, 1.5, values)  # type: ignore[arg-type]

    assert (point.tag, point.step, point.wall_time) == ("grads", 7, 1.5)
    assert (point.minimum, point.maximum) == (-1.5, 4)
    assert (point.total, point.sum_squares) == (3, 18.5)
    np.testing.assert_array_equal(point.counts[1:], np.histogram([0.5, -1.5, 4.0], point.limits)[0])
