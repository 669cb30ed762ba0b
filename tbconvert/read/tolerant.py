"""The slow path for a damaged block: which row, which column, what stood there.

Only the lines that are out of order are taken apart here. Mended, they go back among the
others, and Arrow parses the block again: its types come out as if it had been whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tbconvert.model import Problem
from tbconvert.read.blocks import QUOTE_REACH, Block
from tbconvert.read.layout import Layout, names_in
from tbconvert.read.lines import Lines, quote_after_blank
from tbconvert.read.problems import Problems, whole_utf8
from tbconvert.read.readings import BLANKS, COMMENT
from tbconvert.read.records import (
    is_missing,
    is_value,
    join_record,
    renamed,
    split_record,
    unique_names,
)

_COMMENT_STARTS = np.frombuffer(b"".join(COMMENT), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Rows of the same columns: a text that Arrow can parse, and the line of each of its rows.

    A header stood above each of the rows ``headers``; the number of rows is below the last.
    """

    names: tuple[str, ...]
    text: bytes
    lines: NDArray[np.int64]
    headers: tuple[int, ...]
    problems: tuple[Problem, ...]


def mend(
    block: Block, names: tuple[str, ...], layout: Layout, problems: Problems, doubt: bool = False
) -> Iterator[Section]:
    """Yield the sections of a block; ``doubt`` every line with a quote, not only the odd ones."""
    text = block.data.replace(b"\r\n", b"\n") if b"\r" in block.data else block.data
    text = tidy(text, layout.delimiter)
    text = whole_utf8(block, text, problems)
    text = text if text.endswith(b"\n") else text + b"\n"
    yield from _Mender(Lines(text, layout.delimiter), block.first_line, layout, problems).sections(
        names, doubt
    )


def settle_last_line(block: Block, names: Sequence[str], layout: Layout) -> tuple[Block, str, int]:
    """Decide on a last line that has no line end: return what stays, a remark, cells lost.

    It stays if it has all of its cells: a writer that was cut off seldom ends there, whereas a
    file that is known to be cut ends anywhere.
    """
    start = block.data.rfind(b"\n") + 1
    line = block.data[start:]
    if not line.strip(b"\0 \t\r") or line.startswith(COMMENT):
        return block, "", 0
    bare = b" ".join(line.split()) if layout.delimiter == BLANKS else line
    cells = split_record(bare, layout.delimiter)
    try:
        line.decode()
        is_whole = cells is not None and None not in cells and len(cells) >= len(names)
        is_whole = is_whole and not block.damage
    except UnicodeDecodeError:
        is_whole = False
    if is_whole:
        return block, "the last line has no line end; it has all of its cells and was kept", 0
    rest = Block(block.data[:start], block.first_line, block.last, block.damage)
    problem = f"the last line is cut off: got {_shown(line)}; it was left out"
    return rest, problem, _filled(cells or ())


def stands_again(name: str) -> str:
    """Return what to say of a name that a header has more than once."""
    return f"this name stands in the header more than once: here it is read as {name!r}"


def tidy(text: bytes, delimiter: str) -> bytes:
    """Return a text without the blanks that Arrow would stumble over.

    Where blanks stand between cells, one is left; elsewhere none between a delimiter and a
    quote.
    """
    if delimiter != BLANKS:
        if b'"' not in text or not quote_after_blank(text, delimiter):
            return text
        blanks = b" " if delimiter == "\t" else rb" \t"
        pattern = rb'(%b|^)[%b]+"(?!")' % (re.escape(delimiter.encode()), blanks)
        return re.sub(pattern, rb'\1"', text, flags=re.MULTILINE)
    octets = np.frombuffer(b"\n%b\n" % text, np.uint8).copy()
    octets[octets == 9] = 32
    blank = octets == 32
    octets = octets[~(blank & np.append(blank[1:], False))]
    ends = (octets == 10) | (octets == 13)
    at_edge = np.append(ends[1:], False) | np.append(False, ends[:-1])
    return bytes(octets[~((octets == 32) & at_edge)][1:-1])


@dataclass(frozen=True, slots=True, eq=False)
class _Mender:
    lines: Lines
    first_line: int
    layout: Layout
    problems: Problems

    def sections(self, names: tuple[str, ...], doubt: bool) -> Iterator[Section]:
        start = 0
        again: list[int] = []
        for at, cells in self._headers(names):
            found = unique_names(cells)
            if found == names:
                again.append(at)
                continue
            yield self._section(range(start, at), names, again, doubt)
            self.problems.note(self.first_line + at, _changed(names, found))
            for old, new in renamed(cells, found):
                self.problems.note(self.first_line + at, stands_again(new), column=old)
            start, names, again = at, found, [at]
        yield self._section(range(start, len(self.lines)), names, again, doubt)

    def _headers(self, names: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
        """Yield each line that is a header, the same again or another, and its cells.

        Another one is that of the file, or it has no cell that is a value, shares a name with
        the one before it, and is as wide as the row below.
        """
        words = " ".join(self.layout.columns).split()
        for at in map(int, np.flatnonzero(self.lines.may_be_header)):
            cells = names_in(self.lines[at], self.layout.delimiter)
            if self.layout.delimiter == BLANKS and cells == words:
                cells = list(self.layout.columns)  # names of several words
            if cells[0] != names[0] and any(map(is_value, cells)):
                continue
            found = unique_names(cells)
            if found in (names, self.layout.columns) or (
                not set(found).isdisjoint(names)
                and len(set(cells)) == len(cells)
                and not any(is_missing(cell) or is_value(cell) for cell in cells)
                and self.lines.next_width(at) in (len(cells), None)
            ):
                yield at, cells
                names = found

    def _section(
        self, span: range, names: tuple[str, ...], headers: list[int], doubt: bool
    ) -> Section:
        """Return some of the lines as a text of which each record has one cell for each name."""
        lines, here = self.lines, slice(span.start, span.stop)
        is_row = lines.is_full[here].copy()
        is_row[np.array(headers, int) - span.start] = False
        bad = (lines.widths[here] != len(names)) | lines.is_odd[here] | (lines.first[here] == 0)
        bad |= lines.is_stray[here]
        if self._has_comments():
            bad |= np.isin(lines.first[here], _COMMENT_STARTS)
        if doubt:
            bad |= lines.has_quote[here]
        pieces: list[bytes] = []
        done = span.start
        for at in map(int, np.flatnonzero(bad | ~is_row) + span.start):
            if at < done:
                continue
            pieces.append(lines.between(done, at))
            done = at + 1
            if is_row[at - span.start]:
                last, record = self._mended(at, span.stop, names)
                done = last + 1
                is_row[at + 1 - span.start : done - span.start] = False
                is_row[at - span.start] = record is not None
                pieces += (record, b"\n") if record is not None else ()
        pieces.append(lines.between(done, span.stop))
        rows = np.flatnonzero(is_row) + span.start
        return Section(
            names,
            b"".join(pieces),
            rows + self.first_line,
            tuple(np.searchsorted(rows, headers).tolist()),
            self.problems.take(),
        )

    def _has_comments(self) -> bool:
        return any(line.startswith(("#", "%")) for line in self.layout.comments)

    def _mended(self, at: int, stop: int, names: tuple[str, ...]) -> tuple[int, bytes | None]:
        """Return the last line of a record, and the record with one cell for each name.

        None if there is nothing in it to keep.
        """
        lines, row, delimiter = self.lines, self.first_line + at, self.layout.delimiter
        if lines.is_odd[at] and (whole := self._over_lines(at, stop, len(names))):
            return whole
        line = lines[at]
        if line.startswith(b"\0"):
            bare = line.lstrip(b"\0")
            self.problems.note(row, f"{len(line) - len(bare)} NUL bytes were left out")
            line = bare
        if not line.strip(b"\0 \t") or (self._has_comments() and line.startswith(COMMENT)):
            return at, None
        cells = split_record(line, delimiter) or []
        if None in cells:
            for name, cell in zip(names, cells, strict=False):
                if cell is None:
                    problem = f"a stray quote in {_shown(line)}; the cell was left out"
                    self.problems.note(row, problem, 1, name)
        if len(cells) < len(names) and delimiter == BLANKS:
            problem = (
                f"got {_counted(cells)}, wanted {len(names)}, and which of them is not to be told"
            )
            self.problems.note(row, f"{problem}; the row was left out", _filled(cells))
            return at, None
        self._note_width(row, cells, len(names))
        cells = cells[: len(names)] + [b""] * (len(names) - len(cells))
        return at, join_record(cells, delimiter)

    def _over_lines(self, at: int, stop: int, width: int) -> tuple[int, bytes] | None:
        """Return the last line of a record with a cell of several lines, and the record."""
        last = self.lines.next_odd(at)
        if last is None or last >= stop:
            return None
        if self.lines.ends[last] - self.lines.starts[at] > QUOTE_REACH:
            return None
        record = self.lines.between(at, last + 1)[:-1]
        cells = split_record(record, self.layout.delimiter)
        if cells is None or None in cells or len(cells) != width:
            return None
        return last, join_record(cells, self.layout.delimiter)

    def _note_width(self, row: int, cells: Sequence[bytes | None], width: int) -> None:
        if len(cells) < width:
            lost = width - len(cells)
            missing = "the last cell is missing" if lost == 1 else f"the last {lost} are missing"
            self.problems.note(row, f"got {_counted(cells)}, wanted {width}; {missing}")
        elif lost := _filled(cells[width:]):
            problem = f"got {_counted(cells)}, wanted {width}; the others were left out"
            self.problems.note(row, problem, lost)


def _changed(before: Sequence[str], after: Sequence[str]) -> str:
    come = ", ".join(repr(name) for name in after if name not in before)
    gone = ", ".join(repr(name) for name in before if name not in after)
    changes = [f"{come} from here on"] * bool(come) + [f"no {gone} any more"] * bool(gone)
    return f"another header: {' and '.join(changes) or 'the columns in another order'}"


def _counted(cells: Sequence[bytes | None]) -> str:
    return "1 cell" if len(cells) == 1 else f"{len(cells)} cells"


def _filled(cells: Sequence[bytes | None]) -> int:
    return sum(cell is None or not is_missing(_text(cell)) for cell in cells)


def _shown(line: bytes) -> str:
    return repr(_text(line if len(line) <= 60 else line[:57] + b"..."))


def _text(cell: bytes) -> str:
    return cell.decode("utf-8", "replace")
