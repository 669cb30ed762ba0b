"""Cells → numbers: what is written as ``0.5``, ``True``, ``50%``, ``tensor(0.5)``, ``1.2e-3 s``.

To add a way of writing numbers: a row in ``FORMS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.dialects.durations import seconds
from tbconvert.normalize import arrays
from tbconvert.normalize.arrays import Mask

_FINITE = r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
_NOT_FINITE = r"[+-]?(?i:nan|inf|infinity)"
_NUMBER = f"(?:{_FINITE}|{_NOT_FINITE})"
_GLANCE = 100
_TRUTH = r"(?i:true|false)"


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One way of writing a number in a cell.

    ``pattern`` (RE2, whole cell) has a group ``number``; a cell may as well be ``also`` as it
    stands, which says the same beside such cells. ``about`` is for the report, empty where
    nothing was read into the cell. Commas in the number stand between thousands; where the
    ``decimal`` is one, that is what points do in a number with a comma. ``reads`` makes numbers
    of cells that no pattern does.
    """

    pattern: str
    also: str = ""
    about: str = ""
    decimal: str = "."
    reads: Callable[[pa.Array], pa.Array] | None = None


NUMBER = Form(rf"^\s*(?P<number>{_NUMBER})\s*$")
"""A number and nothing else: a step, a time."""

PLAIN = Form(rf"^\s*(?P<number>{_NUMBER}|{_TRUTH})\s*$")
"""A number, or a truth, which is 0 or 1: a value."""

FORMS: tuple[Form, ...] = (
    Form(
        rf"^(?:tensor|array|np\.\w+|numpy\.\w+|jnp\.\w+|Array|Tensor)"
        rf"\(\s*\[?\s*(?P<number>{_NUMBER})\s*\]?\s*(?:,[^()]*(?:\([^()]*\))?[^()]*)?\)$",
        _NUMBER,
        "the number inside of an array's text",
    ),
    Form(rf"^\[\s*(?P<number>{_NUMBER})\s*\]$", _NUMBER, "the number inside of the brackets"),
    Form(
        r"^(?P<number>[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?)$",
        _NUMBER,
        "a comma between thousands",
    ),
    Form(
        r"^(?P<number>[+-]?[1-9]\d{0,2}(?:\.\d{3})+,\d*)$",
        _NUMBER,
        "a point between thousands",
        ",",
    ),
)
"""Tried in order on a column whose cells are not plain numbers; the one that fits most is taken."""

DURATION = Form("", about="a duration, in seconds", reads=seconds)

# Behind a blank any word is a unit. Without one a long word with capitals is rather a name, as
# in 3DBall, unless it has no other letters: MiB, Mbit/s, tokens/s and TFLOPs are units.
_OF_UNIT = r"(?:[a-zµ°](?:[^\WA-Z]|[%°])*|[a-zA-Zµ°][\w%°]{0,3}|[A-Z][A-Z\d]*s?)"
_UNIT = rf"(?:(?<=\s)[a-zA-Zµ°][\w/%°]*|{_OF_UNIT}(?:/{_OF_UNIT})*)"
_COMMA = r"[+-]?\d+(?:,\d+)?"
# INFO is a word, and no infinity with a unit: a number tells the unit, which nan and inf take over
_WITH_UNIT = re.compile(rf"\s*(?:{_FINITE}|{_COMMA})\s*(?P<unit>%|{_UNIT})\s*")
_IS_DECIMAL = re.compile(r"\s*[+-]?(?:0|\d{4,}|\d+(?=,(?:\d{1,2}|\d{4,})(?!\d))),\d+\D*")
"""With a comma that cannot stand between thousands."""

_DURATION = re.compile(
    r"(?:-?\d+ days?,?\s+)?(?:\d+:)?\d{1,2}:\d{2}(?:\.\d+)?"
    r"|\d+\s*[dhm][a-z]*(?:\s|,|and\b)*\d+(?:\.\d+)?\s*[hms].*"
)
"""Of several parts: one of a single unit is a number with that."""

_OF_TIME = re.compile(r"d(?:ays?)?|h(?:(?:ou)?rs?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?")


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A column as numbers: float64 or an exact integer dtype, any value where not ``present``.

    ``bad`` are the cells that hold something which is not a number; they are not present.
    """

    values: NDArray[Any]
    present: Mask
    bad: Mask = None


def guess_form(array: pa.Array) -> Form | None:
    """Return how the cells of a column write numbers; None where they are text.

    Half of the cells that are there must be plain numbers, or more than half of another form.
    """
    if arrays.is_number(array.type):
        return PLAIN
    cells = len(array) - array.null_count
    if not arrays.is_text(array.type) or not cells:
        return None
    most, best = 0, PLAIN
    for form in (PLAIN, *FORMS, *_glanced_forms(array)):
        good = arrays.count(to_numbers(array, form).present, len(array))
        if good > most:
            most, best = good, form
        if most == cells:
            break
    return best if 2 * most > cells or (best is PLAIN and 2 * most == cells) else None


def _glanced_forms(array: pa.Array) -> Iterator[Form]:
    """Yield the forms that some cells have: with a unit, of which the first is taken; durations.

    These may have one unit each, if not all the same.
    """
    cells = [cell for cell in array[:_GLANCE].to_pylist() if cell]
    found = map(_WITH_UNIT.fullmatch, cells)
    units = [one["unit"] for one in found if one and not re.fullmatch(_NUMBER, one[0].strip())]
    if unit := next(iter(units), ""):
        has_comma = any(map(_IS_DECIMAL.fullmatch, cells))
        yield Form(
            rf"^\s*(?P<number>{_COMMA if has_comma else _NUMBER})\s*{re.escape(unit)}\s*$",
            _NOT_FINITE,  # 0.5 beside 50% may be either
            f"the number before {unit!r}" + (", with a decimal comma" if has_comma else ""),
            "," if has_comma else ".",
        )
    is_mixed = len({*units}) > 1 and all(map(_OF_TIME.fullmatch, units))
    if is_mixed or any(map(_DURATION.fullmatch, map(str.strip, cells))):
        yield DURATION


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

    if form.reads is not None:
        return _found(form.reads(array), there)
    text = pc.struct_field(pc.extract_regex(array, form.pattern), "number")
    if form.decimal == ",":
        text = pc.replace_substring(pc.replace_substring(text, ".", ""), ",", ".")
    elif form is PLAIN:
        text = pc.replace_substring_regex(text, "^(?i:true)$", "1")
        text = pc.replace_substring_regex(text, "^(?i:false)$", "0")
    elif form is not NUMBER:
        text = pc.replace_substring(text, ",", "")
    if form.also:
        as_it_is = pc.extract_regex(array, rf"^\s*(?P<number>{form.also})\s*$")
        text = pc.coalesce(text, pc.struct_field(as_it_is, "number"))
    return _found(pc.cast(text, pa.float64()), there)


def _found(read: pa.Array, there: Mask) -> Numbers:
    """Return the numbers that were read of cells; bad are those that are there, and none."""
    good = arrays.present(read)
    bad = None if good is None else arrays.both(there, ~good)
    return Numbers(arrays.numbers(read), good, bad)
