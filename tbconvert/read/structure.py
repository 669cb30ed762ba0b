"""The structure of a JSON text: where its brackets stand, found without parsing it."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_CACHED = 256 << 10
_PAIRS = {ord("{"): b"}", ord("["): b"]"}
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\]:]', re.DOTALL)

Places = NDArray[np.int64]


class Structure(NamedTuple):
    """Where brackets stand outside of texts, and how many are open after each of them.

    ``line_ends`` are all of them, ``broken`` those before which a text was not closed.
    """

    brackets: Places
    opens: NDArray[np.bool_]
    depth: Places
    line_ends: Places
    broken: Places
    quotes: Places


def structure(data: bytes) -> Structure:
    """Return the structure of a text that begins outside of texts; lines end in LF."""
    octets = np.frombuffer(data, np.uint8)
    marks = _marks(octets)
    kinds = octets[marks]
    is_quote = kinds == 34
    if b"\\" in data and is_quote.any():
        kept = np.ones(len(marks), bool)
        kept[np.searchsorted(marks, _escaped(octets, marks[is_quote]))] = False
        marks, kinds, is_quote = marks[kept], kinds[kept], is_quote[kept]
    is_end = kinds == 10
    inside = np.cumsum(is_quote, dtype=np.uint8) & 1
    broken = marks[is_end & (inside == 1)]
    if len(broken):  # a quote too many costs its own line: each begins outside of texts
        before = np.cumsum(is_quote)
        ends = np.flatnonzero(is_end)
        is_odd = np.diff(before[ends], prepend=0) % 2 == 1
        broken = marks[ends[is_odd & (inside[ends] == 1)]]
        of_line = before - np.maximum.accumulate(np.where(is_end, before, 0))
        inside = (of_line & 1).astype(np.uint8)
    is_bracket = ~(is_quote | is_end) & (inside == 0)
    opens = (kinds[is_bracket] == 123) | (kinds[is_bracket] == 91)
    depth = np.cumsum(np.where(opens, 1, -1))
    return Structure(marks[is_bracket], opens, depth, marks[is_end], broken, marks[is_quote])


def _marks(octets: NDArray[np.uint8]) -> Places:
    """Return where quotes, brackets and line ends stand."""
    found = [np.zeros(0, np.int64)]
    for at in range(0, len(octets), _CACHED):
        piece = octets[at : at + _CACHED]
        is_mark = piece == 34
        is_mark |= piece == 10
        curly = piece | 32  # of square brackets, and of nothing else
        is_mark |= curly == 123
        is_mark |= curly == 125
        found.append(np.flatnonzero(is_mark) + at)
    return np.concatenate(found)


def _escaped(octets: NDArray[np.uint8], quotes: Places) -> Places:
    """Return the quotes before which there is an odd number of backslashes."""
    behind = quotes[(octets[quotes - 1] == 92) & (quotes > 0)]
    slashes = np.flatnonzero(octets == 92)
    starts = slashes[np.diff(slashes, prepend=-2) != 1]
    count = behind - starts[np.searchsorted(starts, behind) - 1]
    odd: Places = behind[count % 2 == 1]
    return odd


def completed(data: bytes, deepest: int) -> bytes:
    """Return the beginning of a document as a whole one, without the value that is cut off.

    Raises
    ------
    ValueError
        More brackets are open than ``deepest``.
    """
    marks = structure(data)
    if not len(marks.depth) or marks.depth[-1] <= 0:
        return data
    depth = int(marks.depth[-1])
    if depth > deepest:
        raise ValueError(f"brackets are nested more than {deepest} deep")
    openers = [np.flatnonzero(marks.depth < level)[-1:] + 1 for level in range(1, depth + 1)]
    open_now = [int(marks.brackets[at[0] if len(at) else 0]) for at in openers]
    last = int(marks.brackets[-1])
    end = _last_comma(data, last, marks.quotes)
    closing = b"".join(_PAIRS[data[at]] for at in reversed(open_now))
    return data[: end if end > last else last + 1] + closing


def _last_comma(data: bytes, start: int, quotes: Places) -> int:
    """Return the last comma outside of texts behind a place, or -1."""
    end = len(data)
    while (comma := data.rfind(b",", start + 1, end)) >= 0:
        before = int(np.searchsorted(quotes, comma))
        if before % 2 == 0:
            return comma
        end = int(quotes[before - 1])
    return -1


def find_array(data: bytes, path: tuple[str, ...], key_of: dict[bytes, str]) -> int | None:
    """Return where the first element of the array of a path may begin; None if it is not there.

    ``path`` are the keys that lead to it, from object to object; ``key_of`` remembers keys.
    """
    keys: list[str | None] = []
    text = b""
    for token in _TOKEN.finditer(data):
        found = token[0]
        if found == b"[" and tuple(keys) == path:
            return token.end()
        if found in (b"{", b"["):
            keys.append(None)
        elif found in (b"}", b"]"):
            del keys[-1:]
        elif found == b":":
            if keys:
                keys[-1] = key_of.get(text) or key_of.setdefault(text, _key(text))
        elif found == b'"':  # it is not closed: more has to be read
            return None
        else:
            text = found
    return None


def _key(text: bytes) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return text.decode("utf-8", "replace")
