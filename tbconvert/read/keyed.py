"""Objects whose keys count: epochs, or the rows of a table, each with what was measured then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tbconvert.read.foreign import is_plain_number
from tbconvert.read.objects import ObjectReader
from tbconvert.read.step_names import STEP, STEP_WORD

_NUMBERED = re.compile(rf"(?i)({STEP_WORD})[ _:.-]*(\d{{1,18}})")
_WHOLE = re.compile(r"-?\d{1,18}")


def numbered(keys: Iterable[str]) -> tuple[str, list[int]] | None:
    """Return what keys such as ``epoch_1`` count, and their numbers; None if they are others."""
    found = [_NUMBERED.fullmatch(key) for key in keys]
    words = {match[1].lower() for match in found if match}
    numbers = [int(match[2]) for match in found if match]
    if len(words) != 1 or len({*numbers}) < len(found):
        return None
    return words.pop(), numbers


def orientation(value: Mapping[str, Any]) -> str:
    """Return how an object of objects has rows: by "index" first, by "columns", or "" for none."""
    inner = [part for part in value.values() if part]
    if not inner or not all(isinstance(part, dict) for part in value.values()):
        return ""
    if numbered(value) and any(_has_number(part) for part in inner):
        return "index"
    if all(map(_WHOLE.fullmatch, value)):
        return "index" if any(map(_has_number, inner)) else ""
    if not any(map(is_plain_number, (cell for part in inner for cell in part.values()))):
        return ""
    if all(not isinstance(cell, dict | list) for part in inner for cell in part.values()):
        return "columns" if all(_WHOLE.fullmatch(key) for part in inner for key in part) else ""
    return ""


def gathered(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object with the keys that count below one, where others stand beside them.

    ``best``, ``epoch_1`` and ``epoch_2`` become ``best`` and ``epoch``, in which 1 and 2 are.
    Whole numbers alone stay where they are: they may be classes as well.
    """
    value = {key: gathered(of) if isinstance(of, dict) else of for key, of in value.items()}
    count = [key for key, of in value.items() if _NUMBERED.fullmatch(key) and _has_float(of)]
    word, numbers = numbered(count) or ("", [])
    if not 1 < len(numbers) < len(value) or word in value:
        return value
    rows = {str(number): value[key] for number, key in zip(numbers, count, strict=True)}
    counted = {*count}
    return {key: of for key, of in value.items() if key not in counted} | {word: rows}


def keyed(key: str, value: Mapping[str, Any]) -> list[Any]:
    """Return the records of an object whose keys are epochs or the like, each with its own."""
    what = STEP.fullmatch(key)
    count = numbered(value)
    if orientation(value) != "index" or not (count or what):
        return []
    word, numbers = count or (what[2].lower() if what else "", [*map(int, value)])
    pairs = sorted(zip(numbers, value.values(), strict=True), key=lambda pair: pair[0])
    return [{word: number} | record for number, record in pairs]


def _has_float(value: Any) -> bool:
    is_object = isinstance(value, dict)
    return is_object and float in map(type, ObjectReader().flat(value).values())


def _has_number(value: Mapping[str, Any]) -> bool:
    return any(map(is_plain_number, ObjectReader().flat(dict(value)).values()))
