"""Cells → numbers."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from tbconvert.normalize.values import PLAIN, guess_form, to_numbers


def read(cells: list[object]) -> list[float | None]:
    array = pa.array(cells)
    form = guess_form(array)
    assert form is not None
    found = to_numbers(array, form)
    there = np.ones(len(cells), bool) if found.present is None else found.present
    return [float(v) if t else None for v, t in zip(found.values, there, strict=True)]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["0.5", "1e-3", "+2", "-.5", "7."], [0.5, 1e-3, 2.0, -0.5, 7.0]),
        (["1e400", "-1e400", "1e-400"], [math.inf, -math.inf, 0.0]),
        (["inf", "-Infinity", "INF"], [math.inf, -math.inf, math.inf]),
        (["50%", "12.5 %", None], [50.0, 12.5, None]),
        (["1.2e-3 s", "4 s"], [1.2e-3, 4.0]),
        (["tensor(0.5)", "tensor(0.25, device='cuda:0')"], [0.5, 0.25]),
        (["tensor(2.5, grad_fn=<NllLossBackward0>)"], [2.5]),
        (["tensor(2., dtype=torch.float64)", "tensor([1.])"], [2.0, 1.0]),
        (["np.float32(0.1)", "np.float64(1e-3)"], [0.1, 1e-3]),
        (["[0.5]", "[-21.0]"], [0.5, -21.0]),
        (["1,234", "12", "3,456,789.5"], [1234.0, 12.0, 3456789.5]),
        (["1.5", "2.5", "1,000.5", "1e-3", "nan", None], [1.5, 2.5, 1000.5, 1e-3, math.nan, None]),
        (["1.234,5", "-1.234.567,25", "2.345,"], [1234.5, -1234567.25, 2345.0]),
        (["0.5", "0.125", "+1.000,5", "1e-3"], [0.5, 0.125, 1000.5, 1e-3]),
        (["87,5%", "88 %", "7,125%", None], [87.5, 88.0, 7.125, None]),
        (["0,912 s", "1234,5 s"], [0.912, 1234.5]),
        (["00:00:05", "00:01:05", "1:02:03.5", None], [5.0, 65.0, 3723.5, None]),
        (["07:29", "1 day, 8:00:03", "soon"], [449.0, 115203.0, None]),
        (["58s", "1m 2s", "1h 38m 52s"], [58.0, 62.0, 5932.0]),
        ([True, False, None], [1.0, 0.0, None]),
        (["0.5", "0.25", "oops"], [0.5, 0.25, None]),
        (["True", "oops", "false", "NaN", None], [1.0, None, 0.0, math.nan, None]),
        (["True", "2", "0.5"], [1.0, 2.0, 0.5]),
        (["tensor(0.5)", "nan", "tensor(nan)", "tensor(inf)"], [0.5, math.nan, math.nan, math.inf]),
        (["tensor(0.5)", "0.25", "oops"], [0.5, 0.25, None]),
        (["oops", "50%", "nan", "0.5", "7 %"], [None, 50.0, math.nan, None, 7.0]),
        (["50%", "12 s", "1 %"], [50.0, None, 1.0]),
        (["1e-3s", "inf", "4s"], [1e-3, math.inf, 4.0]),
        (["1.5GiB", "2GiB"], [1.5, 2.0]),
        (["3.5TFLOPs", "4TFLOPs"], [3.5, 4.0]),
        (["7images/s", "8images/s"], [7.0, 8.0]),
        (["2Mbit/s"], [2.0]),
        (["5 Samples/sec", "6 Samples/sec"], [5.0, 6.0]),
        (["21.5°C", "22°C"], [21.5, 22.0]),
    ],
)
def test_a_column_is_read_as_the_numbers_it_shows(
    cells: list[object], numbers: list[float | None]
) -> None:
    assert repr(read(cells)) == repr(numbers)


def test_nan_is_a_value_and_missing_is_not() -> None:
    values = read(["nan", "NaN", None, "1"])

    assert [v is None for v in values] == [False, False, True, False]
    assert math.isnan(values[0])
    assert math.isnan(values[1])


@pytest.mark.parametrize(
    "cells",
    [
        ["hello", "world"],
        ["50%", "12 s"],
        ["50%", "half"],
        ["tensor(0.5)", "0.5.1", "x"],
        ["2024-01-01", "2024-01-02"],
        ["1_000", "x"],
        ["0,125", "0,250"],
        ["1,234 MB", "2,345 MB"],  # which of the two a comma is, nobody knows
        ["87.5%", "88,125%"],
        ["3:1", "2:2"],
        ["1.23,5", "1.234,5"],
        ["1.234,5", "1,234.5"],
        ["3DBallLearning", "3DBallLearning"],
        ["3DBall", "3DBall"],
        ["2Layers", "2Layers"],
    ],
)
def test_what_has_no_common_form_is_text(cells: list[str]) -> None:
    assert guess_form(pa.array(cells)) is None


def test_a_cell_that_is_no_number_is_bad_and_not_missing() -> None:
    found = to_numbers(pa.array(["1", "x", None]), PLAIN)

    assert found.bad is not None
    assert found.bad.tolist() == [False, True, False]
    assert found.present is not None
    assert found.present.tolist() == [True, False, False]


@pytest.mark.parametrize("offset", [0, 1, 7, 9])
def test_a_slice_of_a_column_reads_like_its_copy(offset: int) -> None:
    whole = pa.array([1.5, None, 3.0, None, 5.0, 6.0, None, 8.0, 9.0, None, 11.0])
    flags = pa.array([True, None, False, True, None, True, False, False, True, True, None])

    for array in (whole, flags):
        part = array.slice(offset)
        assert read(part.to_pylist()) == [
            None if cell is None else float(cell) for cell in part.to_pylist()
        ]
        found = to_numbers(part, PLAIN)
        there = [cell is not None for cell in part.to_pylist()]
        assert (found.present is None and all(there)) or found.present.tolist() == there
