"""A JSON document as far as it goes: one that is cut off, or only begun to be read."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Literal

from tbconvert.errors import SourceError
from tbconvert.model import Origin
from tbconvert.read.objects import DEEPEST, ObjectReader
from tbconvert.read.outline import NoLogError
from tbconvert.read.structure import completed

TOO_DEEP = f"brackets that are nested more than {DEEPEST} deep"

_CUT = 40
"""Where a document is cut, a parser stops within so many characters of its end."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the beginning of a text is.

    It is ``whole``, with ``rest`` behind it, ``cut`` off at the end, or ``damaged`` before.
    """

    value: Any
    state: Literal["whole", "cut", "damaged"]
    rest: str = ""


def look_at(head: bytes, *, is_whole: bool = True) -> Look | None:
    """Look at the beginning of a document; None if it is none.

    Raises
    ------
    NoLogError
        It is nested too deep.
    """
    text = head.decode("utf-8", "replace").lstrip()
    try:
        return (None if is_whole else _completed(text, "cut")) or _parsed(text)
    except RecursionError:
        raise NoLogError(TOO_DEEP) from None


def _parsed(text: str) -> Look | None:
    try:
        value, end = ObjectReader().decode(text, 0)
        return Look(value, "whole", text[end:].strip())
    except ValueError:
        place = _place_of_damage(text)
    if text.startswith("{", place) and text[:place].rstrip().endswith("}"):
        return None  # no comma between objects: JSON lines, of which the first is damaged
    is_cut = place >= len(text.rstrip()) - _CUT
    return _completed(text[:place], "cut" if is_cut else "damaged")


def _completed(text: str, state: Literal["cut", "damaged"]) -> Look | None:
    try:
        begun = completed(text.encode(), DEEPEST)
    except ValueError:
        raise NoLogError(TOO_DEEP) from None
    try:
        value, end = ObjectReader().decode(begun.decode(), 0)
    except ValueError:
        return None
    return None if begun.decode()[end:].strip() and state == "cut" else Look(value, state)


def _place_of_damage(text: str) -> int:
    """Return where a parser stops; the end of the text if that is within a text that is open."""
    try:
        json.loads(text)
    except json.JSONDecodeError as err:
        return len(text) if err.msg.startswith("Unterminated string") else err.pos
    except ValueError:
        pass
    return 0


def salvaged(text: str, reader: ObjectReader, origin: Origin, err: ValueError) -> Any:
    """Return what a document has before the place where it is cut off.

    Raises
    ------
    SourceError
        It is damaged elsewhere.
    """
    place = _place_of_damage(text)
    if place >= len(text.rstrip()) - _CUT:
        try:
            return reader.decode(completed(text[:place].encode(), DEEPEST).decode(), 0)[0]
        except (ValueError, RecursionError):
            pass
    row = text.count("\n", 0, place) + 1
    raise SourceError(replace(origin, row=row), f"not JSON: {err}", "mend it by hand") from err
