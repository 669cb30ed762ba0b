"""What other packages add: objects they name as entry points of a group."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from tbconvert.errors import UsageError
from tbconvert.storage import installed_packages_say

T = TypeVar("T")


@cache
def extensions(group: str, kind: type[T]) -> tuple[T, ...]:
    """Return the objects of one kind that installed packages name in a group.

    Raises
    ------
    UsageError
        One cannot be loaded, or is something else.
    """
    if not installed_packages_say(f"[{group}]"):
        return ()
    from importlib.metadata import entry_points  # slower to import than a small log to convert

    found: list[T] = []
    for point in entry_points(group=group):
        where = f"entry point {point.name!r} of {group} ({point.value})"
        try:
            loaded = point.load()
        except Exception as err:
            said = f"{where}: cannot be loaded: {type(err).__name__}: {err}"
            raise UsageError(f"{said}; mend or remove its package") from err
        if not isinstance(loaded, kind):
            raise UsageError(f"{where}: got {type(loaded).__name__}, wanted {kind.__name__}")
        found.append(loaded)
    return tuple(found)
