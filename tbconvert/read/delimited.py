"""CSV and its kin: the fast path, in which Arrow parses block by block, and is checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, NamedTuple

import pyarrow as pa

from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, RawTable, Source
from tbconvert.options import Options
from tbconvert.read.ahead import parse_ahead
from tbconvert.read.batches import Columns, no_rows, parse_records
from tbconvert.read.blocks import BLOCK_BYTES, Block, cut_blocks
from tbconvert.read.compression import plain_chunks
from tbconvert.read.drawn import undrawn
from tbconvert.read.encoding import utf8_chunks
from tbconvert.read.layout import Layout, find_layout
from tbconvert.read.lines import has_stray_quotes, record_lines
from tbconvert.read.problems import Problems, cut_off
from tbconvert.read.readings import BLANKS
from tbconvert.read.records import is_value
from tbconvert.read.sample import Sample
from tbconvert.read.tolerant import (
    mend,
    settle_last_line,
    stands_again,
    tidy,
)
from tbconvert.streams import InputStream

_WIDE_BLOCK_BYTES = 32 << 20
_COUNTED = 50
_FEW = 3


def sniff(sample: Sample, options: Options) -> dict[str, Any]:
    """Return how to read a table: the fields of ``Layout``, and notes for the report.

    ``doubt`` says what speaks against a log.

    Raises
    ------
    SourceError
        It is none.
    """
    layout, notes = find_layout(sample, options)
    is_told = layout.header_line or options.header is not None or options.format
    doubt = "" if is_told or _counts(sample, layout) else "a table without names, nor a step"
    told = {field.name: getattr(layout, field.name) for field in fields(layout)}
    return {**told, "notes": tuple(notes), "doubt": doubt}


def _counts(sample: Sample, layout: Layout) -> bool:
    """Tell whether the first column may be a step: whole numbers that rise, in several rows."""
    rows = filter(None, map(bytes.strip, sample.text.lines[layout.skip :][:_COUNTED]))
    delimiter = None if layout.delimiter == BLANKS else layout.delimiter.encode()
    cells = [row.split(delimiter)[0].strip() for row in rows]
    if len(cells) < _FEW or not all(map(bytes.isdigit, cells)):
        return False
    return all(int(cell) < int(after) for cell, after in pairwise(cells))


def read(source: Source, stream: InputStream, block_bytes: int = BLOCK_BYTES) -> Iterator[RawTable]:
    """Yield the tables of a delimited text, block by block; at least one.

    Raises
    ------
    SourceError
        The file cannot be read any further.
    """
    found = source.read_options
    layout = Layout(**{name: found[name] for name in Layout.__dataclass_fields__})
    parser = _Parser(Origin(source.uri), layout)
    if block_bytes == BLOCK_BYTES:  # a column costs Arrow as much as some hundred cells
        block_bytes = max(block_bytes, min(len(layout.columns) << 10, _WIDE_BLOCK_BYTES))
    chunks = plain_chunks(stream, found["compression"], block_bytes)
    texts = utf8_chunks(chunks, found["encoding"])
    blocks = _below(cut_blocks(texts, parser.origin, block_bytes, quotes=True), layout.skip)
    fractions = dict.fromkeys(layout.fractions, pa.float64())
    columns = Columns(layout.columns, frozenset(layout.texts), fractions)

    segment, is_empty = 0, True
    for parsed in parse_ahead(blocks, parser.parse, columns):
        for table in parsed.tables:
            yield replace(table, segment=segment + table.segment) if segment else table
            is_empty = False
        segment += parsed.headers
    if is_empty:
        yield RawTable(parser.origin, no_rows(columns), range(0))


def _below(blocks: Iterator[Block], skip: int) -> Iterator[Block]:
    for block in blocks:
        left = max(0, skip + 1 - block.first_line)
        if left < block.lines or block.last:
            yield block.after(min(left, block.lines)) if left else block


class _Parsed(NamedTuple):
    """What is in a block. ``headers`` counts those met in it, each a new segment."""

    tables: list[RawTable]
    headers: int


@dataclass(frozen=True, slots=True, eq=False)
class _Parser:
    origin: Origin
    layout: Layout

    def parse(self, block: Block, columns: Columns) -> tuple[_Parsed, Columns]:
        """Return the tables of a block, and the columns to parse the next one under."""
        block = replace(block, data=undrawn(block.data, framed=self.layout.framed))
        first = self._of_header() if block.first_line == self.layout.skip + 1 else ()
        block, last = self._settle_end(block, columns)
        parsed, columns = self._fast(block, columns) or self._slow(block, columns)
        tables = parsed.tables
        if first or last:
            tables = tables or [RawTable(self.origin, no_rows(columns), range(0))]
            tables[0] = replace(tables[0], problems=first + tables[0].problems)
            tables[-1] = replace(tables[-1], problems=tables[-1].problems + last)
        return parsed._replace(tables=tables), columns

    def _fast(self, block: Block, columns: Columns) -> tuple[_Parsed, Columns] | None:
        if block.is_blank:
            return _Parsed([], 0), columns
        text = tidy(block.data, self.layout.delimiter)
        try:
            batch, columns = parse_records(text, columns, self.layout)
        except pa.ArrowInvalid:
            return None
        lines = block.rows(batch.num_rows)
        if lines is None and (first := record_lines(text, self.layout.delimiter)) is not None:
            lines = first + block.first_line if len(first) == batch.num_rows else None
        if lines is None or _is_doubtful(batch.schema, text):
            return None
        if has_stray_quotes(text, self.layout.delimiter):
            return None  # Arrow reads "2"3 as 23
        return _Parsed([RawTable(self.origin, batch, lines)], 0), columns

    def _slow(self, block: Block, columns: Columns) -> tuple[_Parsed, Columns]:
        for doubt in (False, True):
            try:
                return self._mended(block, columns, doubt)
            except pa.ArrowInvalid as err:
                error = err
        raise SourceError(Origin(self.origin.uri, row=block.first_line), f"not readable: {error}")

    def _mended(self, block: Block, columns: Columns, doubt: bool) -> tuple[_Parsed, Columns]:
        tables: list[RawTable] = []
        segment = 0
        for part in mend(block, columns.names, self.layout, Problems(self.origin), doubt):
            columns = Columns(part.names, columns.texts.intersection(part.names))
            batch, columns = parse_records(part.text, columns, self.layout)
            if batch.num_rows != len(part.lines):
                raise pa.ArrowInvalid(f"{batch.num_rows} rows in {len(part.lines)} lines")
            problems = part.problems
            for start, stop in pairwise((0, *part.headers, batch.num_rows)):
                if stop > start or problems:
                    rows, lines = batch.slice(start, stop - start), part.lines[start:stop]
                    tables.append(RawTable(self.origin, rows, lines, segment, problems))
                    problems = ()
                segment += 1
            segment -= 1
        return _Parsed(tables, segment), columns

    def _of_header(self) -> tuple[Problem, ...]:
        row = self.layout.header_line or None
        return tuple(
            Problem(Origin(self.origin.uri, row=row, column=old), stands_again(new))
            for old, new in self.layout.renamed
        )

    def _settle_end(self, block: Block, columns: Columns) -> tuple[Block, tuple[Problem, ...]]:
        if not block.last:
            return block, ()
        origin = Origin(self.origin.uri, row=max(block.first_line + block.lines - 1, 1))
        problems = [Problem(origin, cut_off(block.damage), cells=1)] if block.damage else []
        if not block.data.endswith(b"\n"):
            block, problem, cells = settle_last_line(block, columns.names, self.layout)
            if problem:
                problems.append(Problem(origin, problem, cells=cells))
        return block, tuple(problems)


def _is_doubtful(schema: pa.Schema, text: bytes) -> bool:
    """Tell whether some bytes are no text, or a header may stand among the rows.

    A header makes text of every column whose name is no number.
    """
    types = schema.types
    if not any(pa.types.is_string(kind) or pa.types.is_binary(kind) for kind in types):
        return False
    return (
        b"\0" in text
        or any(map(pa.types.is_binary, types))
        or all(
            pa.types.is_string(field.type) or pa.types.is_null(field.type) or is_value(field.name)
            for field in schema
        )
    )
