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

BLOCK_BYTES = 8 << 20
QUOTE_REACH = 1 << 20
"""A quote that is not closed within so many bytes is a stray one, not a long cell."""

_LONGEST_LINE = 512 << 20


@dataclass(frozen=True, slots=True)
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
        ends = int(np.count_nonzero(np.frombuffer(self.data, np.uint8) == 10))
        unfinished = bool(self.data) and not self.data.endswith(b"\n")
        object.__setattr__(self, "lines", ends + unfinished)

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
    rest: list[bytes] = []
    held = 0
    wanted = size
    line = 1
    damage = ""
    try:
        for chunk in chunks:
            rest.append(chunk)
            held += len(chunk)
            if held < wanted:
                continue
            data = b"".join(rest)
            end = _last_line_end(data)
            if quotes and end:
                end = _before_open_quote(data, end) or (end if held > size + QUOTE_REACH else 0)
            wanted = size if end else 2 * held
            if end:
                block = Block(_plain_line_ends(data[:end]), line)
                line += block.lines
                yield block
                data = data[end:]
            elif held > _LONGEST_LINE:
                raise SourceError(
                    Origin(origin.uri, origin.part, line),
                    f"a line of more than {_LONGEST_LINE >> 20} MB; is this a table?",
                )
            rest = [data]
            held = len(data)
    except DamagedStreamError as err:
        damage = str(err)
    yield Block(_plain_line_ends(b"".join(rest)), line, last=True, damage=damage)


def _last_line_end(data: bytes) -> int:
    # A CR at the very end may be half of a CRLF.
    return data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, len(data) - 1) + 1


def _before_open_quote(data: bytes, end: int) -> int:
    """Return the last line end, up to ``end``, with an even number of quotes before it."""
    if b'"' not in data:
        return end
    is_open = np.count_nonzero(np.frombuffer(data, np.uint8, end) == 34) % 2
    cut = end
    while is_open:
        quote = data.rfind(b'"', max(0, end - QUOTE_REACH), cut)
        if quote < 0:
            return end  # a stray quote, further back than any cell is long
        start = data.rfind(b"\n", 0, quote) + 1
        is_open ^= data.count(b'"', start, cut) % 2
        cut = start
    return cut


def _plain_line_ends(data: bytes) -> bytes:
    if b"\r" not in data:
        return data
    octets = np.frombuffer(data, np.uint8)
    after = np.flatnonzero(octets == 13) + 1
    if after[-1] < len(data) and (octets[after] == 10).all():
        return data
    return re.sub(rb"\r*\n|\r", b"\n", data)
