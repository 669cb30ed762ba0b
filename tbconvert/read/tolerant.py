"""The slow path for a damaged block: which row, which column, what stood there.

Only the lines that are out of order are taken apart here. Mended, they go back among the
others, and Arrow parses the block again: its types come out as if it had been whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tbconvert.model import Problem
from tbconvert.read.blocks import QUOTE_REACH, Block
from tbconvert.read.layout import BLANKS, COMMENT, Layout, header_cells
from tbconvert.read.problems import Problems
from tbconvert.read.records import (
    is_missing,
    is_value,
    join_record,
    renamed,
    split_record,
    unique_names,
)

_VALUE_STARTS = np.frombuffer(b"0123456789+-.\0\n", np.uint8)
_COMMENT_STARTS = np.frombuffer(b"".join(COMMENT), np.uint8)


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one header: a text that Arrow can parse, and the line of each of its rows.

    ``is_new`` if it begins with a header that was met again, or another one.
    """

    names: tuple[str, ...]
    text: bytes
    lines: NDArray[np.int64]
    is_new: bool
    problems: tuple[Problem, ...]


def settle_last_line(block: Block, names: Sequence[str], layout: Layout) -> tuple[Block, str, int]:
    """Decide on a last line that has no line end: return what stays, a remark, cells lost.

    It stays if it has all of its cells: a writer that was cut off seldom ends there.
    """
    start = block.data.rfind(b"\n") + 1
    line = block.data[start:]
    if not line.strip(b"\0 \t\r") or line.startswith(COMMENT):
        return block, "", 0
    cells = split_record(_stripped(line) if layout.delimiter == BLANKS else line, layout.delimiter)
    try:
        line.decode()
        is_whole = cells is not None and None not in cells and len(cells) >= len(names)
    except UnicodeDecodeError:
        is_whole = False
    if is_whole:
        return block, "the last line has no line end; it has all of its cells and was kept", 0
    lost = sum(cell is None or not is_missing(_text(cell)) for cell in cells or ())
    rest = Block(block.data[:start], block.first_line, block.last, block.damage)
    return rest, f"the last line is cut off: got {_shown(line)}; it was left out", lost


def mend(
    block: Block, names: tuple[str, ...], layout: Layout, problems: Problems, doubt: bool = False
) -> Iterator[Section]:
    """Yield the sections of a block; ``doubt`` every line with a quote, not only the odd ones."""
    text = block.data.replace(b"\r\n", b"\n")
    if layout.delimiter == BLANKS:
        text = single_blanks(text)
    try:
        text.decode()
    except UnicodeDecodeError as err:
        row = block.first_line + text.count(b"\n", 0, err.start)
        problems.note(row, "not utf-8 from here on: such bytes are read as '\ufffd'")
        text = text.decode("utf-8", "replace").encode()
    lines = _Lines(text if text.endswith(b"\n") else text + b"\n", block.first_line, layout)

    start, is_new = 0, False
    for at, found in lines.headers(names):
        yield lines.section(range(start, at), names, is_new, problems, doubt)
        raw, names = found, unique_names(found)
        for old, new in renamed(raw, names):
            problems.note(block.first_line + at, stands_again(new), column=old)
        start, is_new = at + 1, True
    yield lines.section(range(start, len(lines.ends)), names, is_new, problems, doubt)


def stands_again(name: str) -> str:
    """Return what to say of a name that a header has more than once."""
    return f"this name stands in the header more than once: here it is read as {name!r}"


class _Lines:
    """The lines of a text: where each begins and ends, and what it looks like from outside."""

    def __init__(self, text: bytes, first_line: int, layout: Layout) -> None:
        self.text = text
        self.first_line = first_line
        self.layout = layout
        self.octets = np.frombuffer(text, np.uint8)
        self.ends = np.flatnonzero(self.octets == 10)
        self.starts = np.concatenate([[0], self.ends[:-1] + 1])
        delimiters = np.flatnonzero(self.octets == ord(layout.delimiter))
        quotes = np.flatnonzero(self.octets == 34)
        self.has_quote = self.is_odd = np.zeros(len(self.ends), bool)
        self.has_comments = any(line.startswith(("#", "%")) for line in layout.comments)
        if len(quotes):
            before = np.searchsorted(quotes, self.starts)
            inside = np.searchsorted(quotes, delimiters)
            inside -= before[np.searchsorted(self.ends, delimiters)]
            delimiters = delimiters[inside % 2 == 0]
            count = np.searchsorted(quotes, self.ends) - before
            self.has_quote, self.is_odd = count > 0, count % 2 == 1
        self.odd = np.flatnonzero(self.is_odd)
        self.widths = np.searchsorted(delimiters, self.ends) + 1
        self.widths -= np.searchsorted(delimiters, self.starts)

    def line(self, at: int) -> bytes:
        return self.text[self.starts[at] : self.ends[at]]

    def headers(self, names: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
        """Yield the lines that are a header, the same again or another, and its cells."""
        first = self.octets[self.starts]
        candidates = ~np.isin(first, _VALUE_STARTS) & (first != ord(self.layout.delimiter))
        for at in map(int, np.flatnonzero(candidates)):
            cells = header_cells(self.line(at), self.layout.delimiter)
            if cells[0] != names[0] and any(map(is_value, cells)):
                continue
            found = unique_names(cells)
            if found != names and not (
                not set(found).isdisjoint(names)
                and len(set(cells)) == len(cells)
                and not any(is_missing(cell) or is_value(cell) for cell in cells)
                and self._next_width(at) in (len(cells), None)
            ):
                continue
            yield at, cells
            names = found

    def _next_width(self, at: int) -> int | None:
        for after in range(at + 1, len(self.ends)):
            if self.ends[after] > self.starts[after]:
                return int(self.widths[after])
        return None

    def section(
        self,
        span: range,
        names: tuple[str, ...],
        is_new: bool,
        problems: Problems,
        doubt: bool,
    ) -> Section:
        """Return some of the lines as a text of which each record has one cell for each name."""
        here = slice(span.start, span.stop)
        first = self.octets[self.starts[here]]
        is_row = self.ends[here] > self.starts[here]
        bad = (self.widths[here] != len(names)) | self.is_odd[here] | (first == 0)
        if self.has_comments:
            bad |= np.isin(first, _COMMENT_STARTS)
        bad |= self.has_quote[here] if doubt else False
        pieces: list[bytes] = []
        done = span.start
        for offset in np.flatnonzero(bad & is_row):
            at = span.start + int(offset)
            if at < done:
                continue
            if at > done:
                pieces.append(self.text[self.starts[done] : self.starts[at]])
            last, cells = self._record(at, span.stop, len(names))
            done = last + 1
            is_row[at - span.start + 1 : done - span.start] = False
            record = self._mended(at, cells, names, problems)
            if record is None:
                is_row[offset] = False
            else:
                pieces += (record, b"\n")
        if done < span.stop:
            pieces.append(self.text[self.starts[done] : self.ends[span.stop - 1] + 1])
        lines = np.flatnonzero(is_row) + (self.first_line + span.start)
        return Section(names, b"".join(pieces), lines, is_new, problems.take())

    def _record(self, at: int, stop: int, width: int) -> tuple[int, list[bytes | None]]:
        """Return the cells of the record that begins in a line, and its last line."""
        delimiter = self.layout.delimiter
        if self.is_odd[at]:
            after = self.odd[np.searchsorted(self.odd, at, "right") :][:1]
            if len(after) and after < stop and self.ends[after] - self.starts[at] <= QUOTE_REACH:
                last = int(after[0])
                cells = split_record(self.text[self.starts[at] : self.ends[last]], delimiter)
                if cells is not None and None not in cells and len(cells) == width:
                    return last, cells
        return at, split_record(self.line(at), delimiter) or []

    def _mended(
        self, at: int, cells: list[bytes | None], names: tuple[str, ...], problems: Problems
    ) -> bytes | None:
        """Return a record with one cell for each name, or None if there is nothing to keep."""
        row, width = self.first_line + at, len(names)
        line = self.line(at)
        if self.has_comments and line.startswith(COMMENT):
            return None
        if line.startswith(b"\0"):
            bare = line.lstrip(b"\0")
            problems.note(row, f"{len(line) - len(bare)} NUL bytes were left out")
            cells = split_record(bare, self.layout.delimiter) or []
        if not any(cell is None or cell.strip(b"\0 \t") for cell in cells):
            return None
        for cell, name in zip(cells, names, strict=False):
            if cell is None:
                problem = "a quote is not closed; the cell was left out"
                problems.note(row, problem, 1, name)
        if len(cells) < width:
            lost = width - len(cells)
            count = "cell is" if lost == 1 else f"{lost} are"
            problems.note(row, f"got {len(cells)} cells, wanted {width}; the last {count} missing")
        elif extra := sum(c is None or not is_missing(_text(c)) for c in cells[width:]):
            problem = f"got {len(cells)} cells, wanted {width}; the others were left out"
            problems.note(row, problem, extra)
        padded = cells[:width] + [b""] * (width - len(cells))
        return join_record(padded, self.layout.delimiter)


def _text(cell: bytes) -> str:
    return cell.decode("utf-8", "replace")


def _shown(line: bytes) -> str:
    return repr(_text(line if len(line) <= 60 else line[:57] + b"..."))


def _stripped(line: bytes) -> bytes:
    return b" ".join(line.split())


def single_blanks(text: bytes) -> bytes:
    """Return a text with one blank for each run of blanks and tabs, none at the ends of lines."""
    octets = np.frombuffer(b"\n%b\n" % text, np.uint8).copy()
    octets[octets == 9] = 32
    blank = octets == 32
    octets = octets[~(blank & np.append(blank[1:], False))]
    ends = (octets == 10) | (octets == 13)
    at_edge = np.append(ends[1:], False) | np.append(False, ends[:-1])
    return bytes(octets[~((octets == 32) & at_edge)][1:-1])
