"""Numbers with thousands in them, as programs print them for people: ``1,000`` and ``1.2k``."""

from __future__ import annotations

import re
from decimal import Decimal

import pyarrow as pa

_COUNT = re.compile(r"([-+]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d*)?)([kKM]?)", re.ASCII)
_TIMES = {"": 1, "k": 1_000, "K": 1_000, "M": 1_000_000}


def may_count(array: pa.Array) -> bool:
    """Tell whether a column of texts has signs of thousands in it at all."""
    octets = array.buffers()[2]
    data = b"" if octets is None else octets.to_pybytes()
    return any(sign in data for sign in (b",", b"k", b"K", b"M"))


def plain_number(cell: str) -> str | None:
    """Return the number of a text with thousands in it, without them; None if it is none."""
    found = _COUNT.fullmatch(cell)
    if found is None or not (found[2] or "," in found[1]):
        return None
    number = Decimal(found[1].replace(",", "")) * _TIMES[found[2]]
    return f"{number.normalize():f}"
