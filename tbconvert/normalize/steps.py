"""The step of each row: whole numbers, whatever type the column has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.normalize import arrays
from tbconvert.normalize.arrays import Mask
from tbconvert.normalize.values import NUMBER, to_numbers

_LIMIT = 2.0**63
_EXACT = 2.0**53
"""Whole numbers above it may not be told apart in float64."""

_THOUSANDS = r"[1-9]\d{0,2}(?:,\d{3})+"
_OF_SO_MANY = (
    rf"^\s*(?:[A-Za-z]+[\s_#:]*)?\[?\s*(?P<step>{_THOUSANDS}|\d+)"
    r"\s*(?:(?:/|of)\s*[\d,]+\s*\]?)?\s*$"
)
"""How people write steps: ``3/10``, ``[3/10]``, ``Epoch 3``, ``epoch 3 of 10``, ``1,000``."""


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """``values`` int64 (n,), any value where not ``present``.

    ``missing`` rows have no step, ``bad`` ones something that is no 64-bit whole number,
    ``fractional`` ones a number with decimals.
    """

    values: NDArray[np.int64]
    present: Mask
    missing: Mask
    bad: Mask
    fractional: Mask


def read_steps(array: pa.Array, scale: float = 1.0) -> Steps:
    """Read a column as steps, each multiplied by ``scale`` and then rounded where it is given."""
    if arrays.is_text(array.type):
        array = _without_words(array)
    found = to_numbers(array, NUMBER)
    there = arrays.present(array)
    missing = None if there is None else ~there
    cells = found.values
    if scale == 1.0 and np.issubdtype(cells.dtype, np.integer) and cells.dtype != np.uint64:
        return Steps(cells.astype(np.int64, copy=False), found.present, missing, found.bad, None)
    if scale == 1.0 and cells.dtype == np.uint64:
        fits = whole = cells < np.uint64(1 << 63)
    else:
        cells = cells.astype(np.float64)
        cells = cells if scale == 1.0 else np.rint(cells * scale)
        with np.errstate(invalid="ignore"):
            fits = (cells >= -_LIMIT) & (cells < _LIMIT)
            whole = fits & (np.trunc(cells) == cells)
    read = np.ones(len(cells), np.bool_) if found.present is None else found.present
    values = np.where(whole, cells, 0).astype(np.int64)
    if scale == 1.0 and arrays.is_text(array.type):
        with np.errstate(invalid="ignore"):
            large = read & (np.abs(cells) >= _EXACT) & (np.abs(cells) <= _LIMIT)
        for place in np.flatnonzero(large):
            exact = Decimal(array[int(place)].as_py())
            fits[place] = -_LIMIT <= int(exact) < _LIMIT
            whole[place] = fits[place] and int(exact) == exact
            values[place] = int(exact) if whole[place] else 0
    bad = read & ~fits if found.bad is None else found.bad | (read & ~fits)
    return Steps(values, read & whole, missing, bad, read & fits & ~whole)


def _without_words(array: pa.Array) -> pa.Array:
    """Return a column of texts, of those that say of how many steps they are only the step."""
    import pyarrow.compute as pc  # only texts need it

    step = pc.struct_field(pc.extract_regex(array, _OF_SO_MANY), "step")
    return pc.coalesce(pc.replace_substring(step, ",", ""), array)


def with_thousands(array: pa.Array) -> str | None:
    """Return the first cell of a column of steps that has commas between thousands."""
    if not arrays.is_text(array.type):
        return None
    found = (re.fullmatch(_OF_SO_MANY, cell or "") for cell in array.to_pylist())
    return next((one[0] for one in found if one and "," in one["step"]), None)


def are_whole(array: pa.Array) -> bool:
    """Tell whether a column could be steps: numbers, all of them whole, at least one there."""
    if not (arrays.is_number(array.type) or arrays.is_text(array.type)):
        return False
    if pa.types.is_boolean(array.type) or array.null_count == len(array):
        return False
    steps = read_steps(array)
    good = arrays.count(steps.present, len(array))
    if steps.fractional is not None and steps.fractional.any():
        return False
    # one damaged cell must not cost a log its step column
    return good * 2 >= len(array) - int(array.null_count)


def are_fractional(array: pa.Array) -> bool:
    """Tell whether a column of numbers has some with decimals."""
    if not (arrays.is_number(array.type) or arrays.is_text(array.type)):
        return False
    fractional = read_steps(array).fractional
    return fractional is not None and bool(fractional.any())


def beyond(array: pa.Array) -> object:
    """Return the first cell of a column that is a number of more than 64 bits; None for none."""
    if not (arrays.is_number(array.type) or arrays.is_text(array.type)):
        return None
    numbers = to_numbers(array, NUMBER)
    values = numbers.values.astype(np.float64)
    with np.errstate(invalid="ignore"):
        large = np.isfinite(values) & (np.abs(values) >= _LIMIT)
    large = large if numbers.present is None else large & numbers.present
    return array[int(np.argmax(large))].as_py() if large.any() else None


def are_row_numbers(array: pa.Array) -> bool:
    """Tell whether a column numbers the rows: each, or every so many from 0 on; R begins at 1."""
    numbers = read_steps(array).values
    strides = np.diff(numbers)
    is_even = are_rising(array) and bool((strides == strides[:1]).all())
    return is_even and (numbers[0] == 0 or numbers[:2].tolist() in ([1], [1, 2]))


def are_rising(array: pa.Array) -> bool:
    """Tell whether a column of steps is there in every row, and larger in each."""
    steps = read_steps(array)
    full = arrays.count(steps.present, len(array)) == len(array)
    return full and bool((steps.values[1:] > steps.values[:-1]).all())
