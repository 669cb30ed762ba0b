"""What each framework calls things: data that ``plan`` looks up and ``normalize`` obeys.

To add a dialect: a module with one ``Dialect``, and a row here, above the less specific.
"""

from __future__ import annotations

from tbconvert.dialects.dialect import Dialect
from tbconvert.dialects.generic import GENERIC

DIALECTS: tuple[Dialect, ...] = (GENERIC,)


def by_name(name: str) -> Dialect:
    """Return the dialect of a name.

    Raises
    ------
    KeyError
        There is none.
    """
    return {dialect.name: dialect for dialect in DIALECTS}[name]


__all__ = ["DIALECTS", "Dialect", "by_name"]
