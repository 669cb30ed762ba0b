"""A ``--pattern`` to suggest for a text that is no table: what its lines say by name and number."""

from __future__ import annotations

import re
from collections.abc import Sequence

_OBJECTS = r"(?P<json>\{.*\})"
_PAIRS = (
    r"(?<![\w.@/%\x27-])(?P<key>[A-Za-z][\w.@/%\x27-]*+(?: [A-Za-z(][\w.@/%\x27()-]*+){0,5})"
    r"(?: *[:=] *|(?:(?<=[Ss]tep)|(?<=[Ii]ter)|(?<=[Ii]teration)) *\[? *)"
    r"(?P<value>[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf))(?![\w:]|,\d)"
)
_OBJECT = re.compile(r"\{ *(['\"])\w[^{}]*\1 *: *[-+.\d\w]")
_PAIR = re.compile(_PAIRS)
_LONGEST_LINE = 2_000


def pattern_for(lines: Sequence[bytes]) -> str:
    """Return a pattern that finds something in several of the lines; "" if none does.

    Of pairs a name has to come again with another number: prose has colons as well. A step may
    stand behind its name without one: ``Step 50/100``, ``Iter [50/100]``.
    """
    texts = [line[:_LONGEST_LINE].decode("utf-8", "replace") for line in lines]
    if sum(_OBJECT.search(text) is not None for text in texts) > 1:
        return _OBJECTS
    numbers: dict[str, set[str]] = {}
    for text in texts:
        for found in _PAIR.finditer(text):
            numbers.setdefault(found["key"], set()).add(found["value"])
    return _PAIRS if any(len(said) > 1 for said in numbers.values()) else ""
