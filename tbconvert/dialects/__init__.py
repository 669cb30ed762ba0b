"""What each framework calls things: data that ``plan`` looks up and ``normalize`` obeys.

To add a dialect: a module with one ``Dialect``, and a row here. Of those that claim a file the
one is taken whose mark says most; among equals, the one that stands first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tbconvert.dialects.dialect import Adapter, Dialect, Mark, Peek, beside
from tbconvert.dialects.generic import GENERIC
from tbconvert.dialects.own import own_dialect
from tbconvert.dialects.ray import RAY
from tbconvert.dialects.stable_baselines3 import STABLE_BASELINES3
from tbconvert.errors import UsageError
from tbconvert.extensions import extensions

DIALECTS: tuple[Dialect, ...] = (RAY, STABLE_BASELINES3, GENERIC)

_OWN: dict[str, Dialect] = {}
"""Those of the user: a source names its dialect, and each process has to know it."""


def know(tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Add the dialects that a configuration describes; they are asked first.

    Raises
    ------
    UsageError
        What describes one makes no sense.
    """
    for name, table in tables.items():
        base = table.get("base", GENERIC.name)
        names = [dialect.name for dialect in known()]
        if base not in names:
            raise UsageError(f"dialect.{name}.base: got {base!r}, wanted one of {', '.join(names)}")
        _OWN[name] = own_dialect(name, table, by_name(base))


def known() -> tuple[Dialect, ...]:
    """Return all dialects: the user's own, those of other packages, and the table.

    Raises
    ------
    UsageError
        What another package adds is no dialect.
    """
    return (*_OWN.values(), *extensions("tbconvert.dialects", Dialect), *DIALECTS)


def by_name(name: str) -> Dialect:
    """Return the dialect of a name.

    Raises
    ------
    KeyError
        There is none.
    """
    return {dialect.name: dialect for dialect in reversed(known())}[name]


def detect(peek: Peek) -> tuple[Dialect, tuple[str, ...]]:
    """Return the dialect of a file, and the names of those that fit it as well."""
    weights = [(dialect.weight(peek), dialect) for dialect in known()]
    most = max(weight for weight, _ in weights)
    if most < 0:
        return GENERIC, ()
    first, *others = (dialect for weight, dialect in weights if weight == most)
    return first, tuple(dialect.name for dialect in others)


__all__ = [
    "DIALECTS",
    "GENERIC",
    "Adapter",
    "Dialect",
    "Mark",
    "Peek",
    "beside",
    "by_name",
    "detect",
    "know",
    "known",
]
