"""A text as a sequence of blocks of whole lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tbconvert.errors import SourceError
from tbconvert.model import Origin
from tbconvert.read.compression import DamagedStreamError

BLOCK_BYTES = 4 << 20
QUOTE_REACH = 1 << 20
"""A quote that is not closed within so many bytes is a stray one, not a long cell."""

_LONGEST_LINE = 512 << 20
_CACHED = 256 << 10
"""Bytes that are looked at in one go: what of them is made in between stays in a cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some whole lines in UTF-8 that end in LF or CRLF; ``first_line`` is 1-based.

    Only in the ``last`` one may the last line be without an end, or ``data`` be empty.
    ``damage`` says why the file ends here although more was written; "" if it does not.
    ``lines`` counts them, blank ones and an unfinished last one included.
    """

    data: bytes
    first_line: int
    last: bool = False
    damage: str = ""
    lines: int = field(init=False)

    def __post_init__(self) -> None:
        unfinished = bool(self.data) and not self.data.endswith(b"\n")
        object.__setattr__(self, "lines", count_octet(self.data, b"\n") + unfinished)

    @property
    def is_blank(self) -> bool:
        """Whether nothing but blanks is in it."""
        return not self.data or self.data.isspace()

    def after(self, lines: int) -> Block:
        """Return what is left without the first so many lines."""
        start = 0
        for _ in range(lines):
            start = self.data.find(b"\n", start) + 1 or len(self.data)
        line = self.first_line + lines
        return Block(self.data[start:], line, self.last, self.damage)

    def split(self, row: int) -> tuple[Block, Block, Block]:
        """Return what stands before the n-th line that is not blank, that line, and the rest."""
        ends = np.flatnonzero(np.frombuffer(self.data, np.uint8) == 10) + 1
        full = np.flatnonzero(np.diff(ends, prepend=0) > 2)
        line = int(full[row]) if row < len(full) else len(ends)
        start = int(ends[line - 1]) if line else 0
        end = int(ends[line]) if line < len(ends) else len(self.data)
        return (
            Block(self.data[:start], self.first_line),
            Block(self.data[start:end], self.first_line + line),
            Block(self.data[end:], self.first_line + line + 1, self.last, self.damage),
        )

    def rows(self, count: int) -> range | NDArray[np.int64] | None:
        """Return the line of each of ``count`` rows, if every line that is not blank is a row."""
        if count == self.lines:
            return range(self.first_line, self.first_line + count)
        full = np.array([bool(line.strip()) for line in self.data.split(b"\n")], dtype=bool)
        where = np.flatnonzero(full) + self.first_line
        return where if len(where) == count else None


def cut_blocks(
    chunks: Iterator[bytes], origin: Origin, size: int = BLOCK_BYTES, quotes: bool = False
) -> Iterator[Block]:
    """Cut a text into blocks of about ``size`` bytes, and at least one.

    With ``quotes``, not within a quoted cell that has line ends in it.

    Raises
    ------
    SourceError
        A line is longer than memory should hold.
    """
    held: list[bytes] = []
    size_held = 0
    wanted = size
    line = 1
    damage = ""
    try:
        for chunk in chunks:
            held.append(chunk)
            size_held += len(chunk)
            if size_held < wanted:
                continue
            whole, rest = _whole_lines(held)
            if quotes and whole:
                end = _before_open_quote(whole)
                if end or size_held <= size + QUOTE_REACH:
                    whole, rest = whole[:end], whole[end:] + rest
            if whole:
                block = Block(_plain_line_ends(whole), line)
                line += block.lines
                yield block
            elif size_held > _LONGEST_LINE:
                raise SourceError(
                    Origin(origin.uri, origin.part, line),
                    f"a line of more than {_LONGEST_LINE >> 20} MB; is this a table?",
                )
            held, size_held = [rest], len(rest)
            wanted = size if whole else 2 * size_held
    except DamagedStreamError as err:
        damage = str(err)
    yield Block(_plain_line_ends(b"".join(held)), line, last=True, damage=damage)


def count_octet(data: bytes, octet: bytes) -> int:
    """Return how often an octet is there; faster than ``bytes.count``, and without the lock."""
    octets = np.frombuffer(data, np.uint8)
    starts = range(0, len(octets), _CACHED)
    pieces = (octets[at : at + _CACHED] == octet[0] for at in starts)
    return sum(int(np.count_nonzero(piece)) for piece in pieces)


def _whole_lines(pieces: list[bytes]) -> tuple[bytes, bytes]:
    """Return the lines that end within some bytes, and the rest."""
    *before, last = pieces
    if end := _last_line_end(last):  # the usual case, with one copy and no more
        return b"".join([*before, memoryview(last)[:end]]), last[end:]
    data = b"".join(pieces)
    end = _last_line_end(data)
    return data[:end], data[end:]


def _last_line_end(data: bytes) -> int:
    # A CR at the very end may be half of a CRLF.
    return data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, len(data) - 1) + 1


def _before_open_quote(data: bytes) -> int:
    """Return the end of the last line before which all quotes are closed; 0 for none.

    An open quote further back than any cell is long is a stray one, and none is looked for.
    """
    end = len(data)
    if b'"' not in data:
        return end
    is_open = count_octet(data, b'"') % 2
    while is_open:
        quote = data.rfind(b'"', max(0, len(data) - QUOTE_REACH), end)
        if quote < 0:
            return len(data)
        start = data.rfind(b"\n", 0, quote) + 1
        is_open ^= data.count(b'"', start, end) % 2
        end = start
    return end


def _plain_line_ends(data: bytes) -> bytes:
    if b"\r" not in data:
        return data
    if b"\n" not in data:
        return data.replace(b"\r", b"\n")
    if _are_crlf(data):
        return data
    return re.sub(rb"\r*\n|\r", b"\n", data)


def _are_crlf(data: bytes) -> bool:
    """Tell whether every CR is half of a CRLF."""
    octets = np.frombuffer(data, np.uint8)
    for at in range(0, len(octets), _CACHED):
        returns = np.flatnonzero(octets[at : at + _CACHED] == 13) + (at + 1)
        if len(returns) and returns[-1] == len(octets):
            return False
        if (octets[returns] != 10).any():
            return False
    return True
