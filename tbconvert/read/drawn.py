"""What is drawn around the cells of a table, for people: rulers, a frame, colours."""

from __future__ import annotations

import re
from collections.abc import Iterable

_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
# Three signs may be a cell without a value: a ruler has more, or two at a bar, or begins with one.
_RULER = re.compile(
    rb"^(?=[-=+|: \t]++\r?$)(?:[ \t]*[|+][: \t]*[-=]|[^\n]*?"
    rb"(?:[-=]{4}|[|+][: \t]*[-=]{2}|[-=]{2}[: \t]*[|+]))[^\r\n]*",
    re.MULTILINE,
)
_EDGE = re.compile(rb"^[ \t]*\|[ \t]*|(?<![ \t])[ \t]*+\|[ \t]*+(?=\r?$)", re.MULTILINE)
_FEW = 2


def is_framed(lines: Iterable[bytes]) -> bool:
    """Tell whether every row of a table that has bars begins and ends with one."""
    rows = [line.strip() for line in lines if b"|" in line]
    return len(rows) >= _FEW and all(row[:1] == row[-1:] == b"|" for row in rows)


def undrawn(text: bytes, *, framed: bool = False) -> bytes:
    """Return a text of as many lines, in which rulers are blank and nothing is coloured.

    Rows that are ``framed`` lose the bar before their first cell, and that after the last one.
    """
    if b"\x1b" in text:
        text = _COLOUR.sub(b"", text)
    if b"---" in text or b"===" in text or b"|" in text:
        text = _without(_RULER, text)
    return _without(_EDGE, text) if framed else text


def _without(pattern: re.Pattern[bytes], text: bytes) -> bytes:
    """Return a text without what matches outside of quotes."""
    if b'"' not in text:
        return pattern.sub(b"", text)
    at = quotes = 0

    def kept(found: re.Match[bytes]) -> bytes:
        nonlocal at, quotes
        quotes += text.count(b'"', at, found.start())
        at = found.start()
        return found[0] if quotes % 2 else b""

    return pattern.sub(kept, text)
