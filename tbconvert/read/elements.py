"""The elements of one array in a JSON document, as JSON lines: one element a line.

The document is never in memory as a whole. Its elements are told apart by where brackets
stand; what is in them is for the reader of JSON lines.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tbconvert.errors import SourceError
from tbconvert.model import Origin
from tbconvert.read.blocks import BLOCK_BYTES, Block
from tbconvert.read.compression import DamagedStreamError
from tbconvert.read.structure import Places, Structure, find_array, structure

MOST_BESIDE = 8 << 20
"""Bytes that may stand before, and behind, the array."""

_LONGEST_ELEMENT = 512 << 20
_COMMA_OR_TEXT = re.compile(rb'"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|,')
_IN_TEXT = b"\x1f"
"""Stands where a text has a line end in it, which JSON would spell otherwise."""


@dataclass(frozen=True, slots=True)
class ElementBlock(Block):
    """A block whose lines are elements; ``places`` has the line of the file that each begins in.

    ``stop`` is the line that it ends in.
    """

    places: Places = field(default_factory=lambda: np.zeros(0, np.int64))
    stop: int = 1

    def place_of(self, line: int) -> int:
        """Return the line of the file for a line of the block."""
        at = line - self.first_line
        return int(self.places[at]) if 0 <= at < len(self.places) else self.stop


class _Cut(NamedTuple):
    """Elements in lines, the file's line of each, and how much of the text they take up."""

    text: bytes
    places: Places
    used: int
    used_lines: int
    is_closed: bool
    is_partial: bool


class Elements:
    """Cuts a document at the elements of the array that ``path`` leads to.

    When all blocks are taken, ``before`` and ``behind`` are what stands around the elements,
    brackets included. ``is_closed`` tells that the array ends, ``is_partial`` that its last
    element does not, ``damage`` why the file ends although more was written; ``line`` is where
    ``behind`` begins, or the file ends.
    """

    def __init__(
        self,
        chunks: Iterator[bytes],
        origin: Origin,
        path: tuple[str, ...],
        size: int = BLOCK_BYTES,
    ) -> None:
        self.before = b""
        self.behind = b""
        self.damage = ""
        self.is_closed = False
        self.is_partial = False
        self.line = 1
        self._origin = origin
        self._path = path
        self._size = size
        self._chunks = _with_plain_ends(self._undamaged(chunks))
        self._is_more = True

    def blocks(self) -> Iterator[ElementBlock]:
        """Yield the elements in blocks of about ``size`` bytes, and at least one block.

        Raises
        ------
        SourceError
            There is no such array, or more stands beside or in it than memory should hold.
        """
        held = self._find()
        first = 1
        wanted = self._size
        while not self.is_closed:
            held = self._filled(held, wanted)
            is_end = not self._is_more
            cut = _cut(held, self.line, is_end)
            self.line += cut.used_lines
            held = held[cut.used :]
            if cut.is_closed:
                self.is_closed = True
                self._finish(held)
            is_last = is_end or cut.is_closed
            self.is_partial = is_last and cut.is_partial
            if cut.text or is_last:
                damage = "" if cut.is_closed else self.damage
                stop = self.line
                yield ElementBlock(cut.text, first, is_last, damage, cut.places, stop)
            if is_last:
                return
            first += len(cut.places)
            if len(held) > _LONGEST_ELEMENT:
                where = Origin(self._origin.uri, self._origin.part, self.line)
                raise SourceError(where, f"a record of more than {_LONGEST_ELEMENT >> 20} MB")
            wanted = self._size if cut.text else 2 * len(held)

    def _find(self) -> bytes:
        """Read up to the array; return what was read of it."""
        data, wanted = b"", self._size
        keys: dict[bytes, str] = {}
        while True:
            data = self._filled(data, wanted)
            start = find_array(data, self._path, keys)
            if start is not None and start <= MOST_BESIDE:
                self.before = data[:start]
                self.line += self.before.count(b"\n")
                return data[start:]
            where = "/".join(self._path)
            if start is not None or len(data) > MOST_BESIDE:
                said = f"the array {where!r} does not begin in the first {MOST_BESIDE >> 20} MB"
                raise SourceError(self._origin, said, "jq cuts it out")
            if not self._is_more:
                said = f"got no array {where!r}, wanted one of records"
                raise SourceError(self._origin, said, self.damage)
            wanted = 2 * len(data)

    def _finish(self, held: bytes) -> None:
        """Take what stands behind the array."""
        self.behind = self._filled(held, MOST_BESIDE + 1)
        if len(self.behind) > MOST_BESIDE:
            where = Origin(self._origin.uri, self._origin.part, self.line)
            said = f"more than {MOST_BESIDE >> 20} MB stand behind the records"
            if self._path:
                said += f" of {'/'.join(self._path)!r}"
            raise SourceError(where, said, "jq cuts the records out")

    def _filled(self, held: bytes, wanted: int) -> bytes:
        pieces, size = [held], len(held)
        while self._is_more and size < wanted:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._is_more = False
            else:
                pieces.append(chunk)
                size += len(chunk)
        return b"".join(pieces)

    def _undamaged(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from chunks
        except DamagedStreamError as err:
            self.damage = str(err)


def _with_plain_ends(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield a text whose lines end in LF, whatever they ended in."""
    held = b""
    for chunk in chunks:
        data = held + chunk if held else chunk
        held = b""
        if b"\r" in data:
            whole = data.rstrip(b"\r")
            held, data = data[len(whole) :], whole
            data = data.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield data
    if held:
        yield b"\n"


def _cut(data: bytes, line: int, is_end: bool) -> _Cut:
    """Cut what follows the beginning of an array, or a comma in it, into elements."""
    marks = structure(data)
    closing = np.flatnonzero(marks.depth < 0)[:1]
    is_closed = len(closing) > 0
    stop = int(marks.brackets[closing[0]]) if is_closed else len(data)
    starts, commas = _elements(data, marks, stop)
    is_partial = False
    if is_closed or is_end:
        start = int(commas[-1]) + 1 if len(commas) else 0
        last = data[start:stop]
        if not is_closed:
            last = _whole_characters(last)
        end = start + len(last.rstrip())
        is_open = len(marks.depth) > 0 and int(marks.depth[-1]) > 0
        is_object = len(starts) > 0 and int(starts[-1]) >= start
        is_partial = not is_closed and end > start and (is_open or not is_object)
    else:
        end = int(commas[-1]) + 1 if len(commas) else 0
    used = stop if is_closed or is_end else end
    used_lines = int(np.searchsorted(marks.line_ends, used))

    octets = np.frombuffer(data, np.uint8, end).copy()
    octets[marks.line_ends[: np.searchsorted(marks.line_ends, end)]] = 32
    octets[marks.broken[: np.searchsorted(marks.broken, end)]] = _IN_TEXT[0]
    octets[commas] = 10
    text = octets.tobytes()
    if len(marks.broken):
        text = text.replace(_IN_TEXT, b"\\n")
    begins = np.concatenate([[0], commas + 1])
    ends = np.concatenate([commas, [end]])
    if text and not text.endswith(b"\n"):
        text += b"\n"
    elif begins[-1] >= end:
        begins, ends = begins[:-1], ends[:-1]
    where = _beginnings(data, begins, ends, starts)
    places = line + np.searchsorted(marks.line_ends, where)
    return _Cut(text, places, used, used_lines, is_closed, is_partial)


def _elements(data: bytes, marks: Structure, stop: int) -> tuple[Places, Places]:
    """Return where elements begin that are objects, and the commas between all elements."""
    count = int(np.searchsorted(marks.brackets, stop))
    opens, depth = marks.opens[:count], marks.depth[:count]
    starts = marks.brackets[:count][opens & (depth == 1)]
    ends = marks.brackets[:count][~opens & (depth == 0)] + 1
    if not len(starts):
        return starts, _commas_in(data, 0, stop)
    behind = min(len(ends), len(starts) - 1)
    lefts, rights = ends[:behind], starts[1 : behind + 1]
    found = [_commas_in(data, 0, int(starts[0]))]
    if behind:
        # Most documents are written by the same code throughout: then every gap is the same.
        gap = data[lefts[0] : rights[0]]
        is_same = np.zeros(behind, bool)
        if gap.count(b",") == 1 and not gap.strip(b", \n\t"):
            is_same = rights - lefts == len(gap)
            pieces = np.ndarray((len(data) - len(gap) + 1,), f"S{len(gap)}", data, strides=(1,))
            is_same[is_same] = pieces[lefts[is_same]] == gap
            found.append(lefts[is_same] + gap.index(b","))
        others = zip(lefts[~is_same].tolist(), rights[~is_same].tolist(), strict=True)
        found += [_commas_in(data, left, right) for left, right in others]
    if len(ends) == len(starts):
        found.append(_commas_in(data, int(ends[-1]), stop))
    return starts, np.sort(np.concatenate(found))


def _commas_in(data: bytes, start: int, stop: int) -> Places:
    """Return the commas outside of texts in a place where there is no bracket."""
    if stop - start < 2 and data[start:stop] != b",":
        return np.zeros(0, np.int64)
    commas = [
        found.start() for found in _COMMA_OR_TEXT.finditer(data, start, stop) if found[0] == b","
    ]
    return np.array(commas, np.int64)


def _beginnings(data: bytes, begins: Places, ends: Places, starts: Places) -> Places:
    """Return where in its line each element begins: its bracket, or whatever it has."""
    if not len(starts):
        where, has = begins.copy(), np.zeros(len(begins), bool)
    else:
        after = np.minimum(np.searchsorted(starts, begins), len(starts) - 1)
        where = starts[after]
        has = (where >= begins) & (where < ends)
    for at in np.flatnonzero(~has):
        begin, end = int(begins[at]), int(ends[at])
        where[at] = begin + len(data[begin:end]) - len(data[begin:end].lstrip())
    return where


def _whole_characters(data: bytes) -> bytes:
    """Return a text without the character at its end that is cut off."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(data[-4:])
    return data[: len(data) - len(decoder.getstate()[0])]
