"""Cells → numbers: what is written as ``0.5``, ``True``, ``50%``, ``tensor(0.5)``, ``1.2e-3 s``.

To add a way of writing numbers: a row in ``FORMS``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.normalize import arrays
from tbconvert.normalize.arrays import Mask

_NUMBER = r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|(?i:nan|inf|infinity))"


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing a number in a cell.

    ``pattern`` (RE2, whole cell) has a group ``number``; ``about`` is for the report, empty
    where nothing was read into the cell. Commas in the number stand between thousands; where
    the ``decimal`` is one, that is what points do in a number with a comma.
    """

    pattern: str
    about: str = ""
    decimal: str = "."


PLAIN = Form(rf"^\s*(?P<number>{_NUMBER})\s*$")

FORMS: tuple[Form, ...] = (
    Form(
        rf"^(?:tensor|array|np\.\w+|numpy\.\w+|jnp\.\w+|Array|Tensor)"
        rf"\(\s*\[?\s*(?P<number>{_NUMBER})\s*\]?\s*(?:,[^()]*(?:\([^()]*\))?[^()]*)?\)$",
        "the number inside of an array's text",
    ),
    Form(rf"^\[\s*(?P<number>{_NUMBER})\s*\]$", "the number inside of the brackets"),
    Form(
        rf"^(?P<number>[+-]?[1-9]\d{{0,2}}(?:,\d{{3}})+(?:\.\d*)?|{_NUMBER})$",
        "a comma between thousands",
    ),
    Form(
        rf"^(?P<number>[+-]?[1-9]\d{{0,2}}(?:\.\d{{3}})+,\d*|{_NUMBER})$",
        "a point between thousands",
        ",",
    ),
)
"""Tried in order on a column whose cells are not plain numbers; all cells must fit one."""

_WITH_UNIT = re.compile(rf"\s*{_NUMBER}\s*(?P<unit>%|[a-zA-Zµ°][\w/%°]*)\s*")


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column as numbers: float64 or an exact integer dtype, any value where not ``present``.

    ``bad`` are the cells that hold something which is not a number; they are not present.
    """

    values: NDArray[Any]
    present: Mask
    bad: Mask = None

    @property
    def any_bad(self) -> bool:
        """Tell whether some cell is no number."""
        return self.bad is not None and bool(self.bad.any())


def guess_form(array: pa.Array) -> Form | None:
    """Return how the cells of a column write numbers; None where they are text.

    A form must fit every cell that is there, but plain numbers win as well where at least half
    of the cells are.
    """
    if arrays.is_number(array.type):
        return PLAIN
    if not arrays.is_text(array.type):
        return None
    cells = len(array) - array.null_count
    if not cells:
        return None
    plain = to_numbers(array, PLAIN)
    if not plain.any_bad:
        return PLAIN
    unit = _unit(array)
    candidates = (*FORMS, _unit_form(unit)) if unit else FORMS
    for form in candidates:
        if not to_numbers(array, form).any_bad:
            return form
    return PLAIN if 2 * arrays.count(plain.present, len(array)) >= cells else None


def _unit(array: pa.Array) -> str | None:
    first = next(cell for cell in array if cell.is_valid).as_py()
    found = _WITH_UNIT.fullmatch(first)
    return found["unit"] if found else None


def _unit_form(unit: str) -> Form:
    return Form(
        rf"^\s*(?P<number>{_NUMBER})\s*{re.escape(unit)}\s*$", f"the number before {unit!r}"
    )


def to_numbers(array: pa.Array, form: Form) -> Numbers:
    """Read every cell of a column as a number; what is none is ``bad``, not lost."""
    there = arrays.present(array)
    if arrays.is_number(array.type):
        return Numbers(arrays.numbers(array), there)
    if pa.types.is_null(array.type):
        return Numbers(np.zeros(len(array)), there)
    if not arrays.is_text(array.type):
        none = np.zeros(len(array), np.bool_)
        return Numbers(np.zeros(len(array)), none, ~none if there is None else there)
    import pyarrow.compute as pc  # only odd columns need it

    text = pc.struct_field(pc.extract_regex(array, form.pattern), "number")
    if form.decimal == ",":
        bare = pc.replace_substring(text, ".", "")
        text = pc.if_else(pc.match_substring(text, ","), bare, text)
        text = pc.replace_substring(text, ",", ".")
    elif form is not PLAIN:
        text = pc.replace_substring(text, ",", "")
    read = pc.cast(text, pa.float64())
    good = arrays.present(read)
    bad = None if good is None else arrays.both(there, ~good)
    return Numbers(arrays.numbers(read), good, bad)
