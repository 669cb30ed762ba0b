"""What a training was started with, made flat: a value for each name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from tbconvert.model import Origin, Problem, Setting


def settings_by_name(value: Mapping[str, Any]) -> tuple[dict[str, Setting], dict[str, str]]:
    """Return what is in an object, flat, and the names that two had, with that of the second."""
    return by_name(flat_settings(value) if value else ())


def by_name(settings: Iterable[tuple[str, Setting]]) -> tuple[dict[str, Setting], dict[str, str]]:
    """Return settings by their names, and the names that two had, with that of the second."""
    values: dict[str, Setting] = {}
    met: dict[str, str] = {}
    for name, setting in settings:
        free, number = name, 0
        while free in values:
            number += 1
            free = met[name] = f"{name}.{number}"
        values[free] = setting
    return values, met


def meet(name: str, other: str, origin: Origin) -> Problem:
    """Return what is to be said of a name that two settings of a file have."""
    said = f"two settings have this name when they are flat: the second is {other!r}"
    return Problem(Origin(origin.uri, origin.part, column=name), said)


def flat_settings(value: Any) -> Iterator[tuple[str, Setting]]:
    """Yield what is in an object by name, "/" between the names of nested ones.

    Lists, and what has nothing in it, are their JSON text; None is left out, and what is no
    plain data is the text that ``str`` makes of it. Two that have the same name when they are
    flat are both yielded.
    """
    for name, of in leaves(value):
        yield name, of if isinstance(of, bool | int | float | str) else _text_of(of)


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what stands in an object and the objects in it, by name, but None.

    Objects of which nothing would be left are yielded as they are.
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping) and value:
        for key, of in value.items():
            yield from leaves(of, f"{name}/{key}" if name else str(key))
    elif value is not None:
        yield name, value


def _text_of(value: Any) -> str:
    if not isinstance(value, Mapping | list | tuple):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError):  # a key that is no text, a list in itself
        return str(value)


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else str(value)
