"""CSV and its kin: the fast path, in which Arrow parses block by block, and is checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv

from tbconvert.errors import SourceError
from tbconvert.model import Origin, Problem, RawTable, Source
from tbconvert.options import Options
from tbconvert.read.ahead import parse_ahead
from tbconvert.read.blocks import BLOCK_BYTES, Block, cut_blocks
from tbconvert.read.compression import plain_chunks
from tbconvert.read.encoding import utf8_chunks
from tbconvert.read.layout import Layout, find_layout
from tbconvert.read.lines import has_stray_quotes, record_lines
from tbconvert.read.problems import Problems
from tbconvert.read.records import MISSING, is_value
from tbconvert.read.sample import Sample
from tbconvert.read.tolerant import (
    mend,
    settle_last_line,
    stands_again,
    tidy,
)
from tbconvert.storage import InputStream

_NUMBERS = (pa.int64(), pa.float64())


def sniff(sample: Sample, options: Options) -> dict[str, Any]:
    """Return how to read a table: the fields of ``Layout``, and notes for the report.

    Raises
    ------
    SourceError
        It is none.
    """
    layout, notes = find_layout(sample, options)
    return {**asdict(layout), "notes": tuple(notes)}


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
    chunks = plain_chunks(stream, found["compression"], block_bytes)
    texts = utf8_chunks(chunks, found["encoding"])
    blocks = _below(cut_blocks(texts, parser.origin, block_bytes, quotes=True), layout.skip)
    columns = _Columns(layout.columns, frozenset(layout.texts))

    segment, is_empty = 0, True
    for parsed in parse_ahead(blocks, parser.parse, columns):
        for table in parsed.tables:
            yield replace(table, segment=segment + table.segment) if segment else table
            is_empty = False
        segment += parsed.headers
    if is_empty:
        yield RawTable(parser.origin, _no_rows(columns), range(0))


def _below(blocks: Iterator[Block], skip: int) -> Iterator[Block]:
    for block in blocks:
        left = max(0, skip + 1 - block.first_line)
        if left < block.lines or block.last:
            yield block.after(min(left, block.lines)) if left else block


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns that a block is parsed under; ``texts`` are to stay as they are spelled.

    ``numbers`` are the types that some were found to have: Arrow is much faster if it need
    not infer them. They are a guess, and never keep a block from being parsed.
    """

    names: tuple[str, ...]
    texts: frozenset[str]
    numbers: Mapping[str, pa.DataType] = field(default_factory=dict, compare=False)


class _Parsed(NamedTuple):
    """What is in a block. ``headers`` counts those met in it, each a new segment."""

    tables: list[RawTable]
    headers: int


@dataclass(frozen=True, slots=True)
class _Parser:
    origin: Origin
    layout: Layout

    def parse(self, block: Block, columns: _Columns) -> tuple[_Parsed, _Columns]:
        """Return the tables of a block, and the columns to parse the next one under."""
        first = self._of_header() if block.first_line == self.layout.skip + 1 else ()
        block, last = self._settle_end(block, columns)
        parsed, columns = self._fast(block, columns) or self._slow(block, columns)
        tables = parsed.tables
        if first or last:
            tables = tables or [RawTable(self.origin, _no_rows(columns), range(0))]
            tables[0] = replace(tables[0], problems=first + tables[0].problems)
            tables[-1] = replace(tables[-1], problems=tables[-1].problems + last)
        return parsed._replace(tables=tables), columns

    def _fast(self, block: Block, columns: _Columns) -> tuple[_Parsed, _Columns] | None:
        if block.is_blank:
            return _Parsed([], 0), columns
        text = tidy(block.data, self.layout.delimiter)
        try:
            batch, columns = self._batch(text, columns)
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

    def _slow(self, block: Block, columns: _Columns) -> tuple[_Parsed, _Columns]:
        for doubt in (False, True):
            try:
                return self._mended(block, columns, doubt)
            except pa.ArrowInvalid as err:
                error = err
        raise SourceError(Origin(self.origin.uri, row=block.first_line), f"not readable: {error}")

    def _mended(self, block: Block, columns: _Columns, doubt: bool) -> tuple[_Parsed, _Columns]:
        tables: list[RawTable] = []
        segment = 0
        for part in mend(block, columns.names, self.layout, Problems(self.origin), doubt):
            columns = _Columns(part.names, columns.texts.intersection(part.names))
            batch, columns = self._batch(part.text, columns)
            rows = len(part.lines)
            if batch.num_rows != rows:
                raise pa.ArrowInvalid(f"{batch.num_rows} rows in {rows} lines")
            problems = part.problems
            for start, stop in pairwise((0, *part.headers, rows)):
                if stop > start or problems:
                    rows = batch.slice(start, stop - start)
                    lines = part.lines[start:stop]
                    tables.append(RawTable(self.origin, rows, lines, segment, problems))
                    problems = ()
                segment += 1
            segment -= 1
        return _Parsed(tables, segment), columns

    def _batch(self, text: bytes, columns: _Columns) -> tuple[pa.RecordBatch, _Columns]:
        try:
            batch = _arrow_batch(text, columns, self.layout)
        except pa.ArrowInvalid as err:
            if not columns.numbers or "parse error" in str(err):
                raise
            batch = _arrow_batch(text, replace(columns, numbers={}), self.layout)
        # 05:30 may be minutes and seconds, or hours and minutes: whoever knows shall decide
        clocks = {field.name for field in batch.schema if pa.types.is_time(field.type)}
        if clocks:
            columns = replace(columns, texts=columns.texts | clocks, numbers={})
            batch = _arrow_batch(text, columns, self.layout)
        if any(_is_unclean(array, self.layout.decimal) for array in batch.columns):
            batch = _cleaned(batch, columns.texts, self.layout.decimal)
        numbers = {field.name: field.type for field in batch.schema if field.type in _NUMBERS}
        return batch, replace(columns, numbers=numbers)

    def _of_header(self) -> tuple[Problem, ...]:
        row = self.layout.header_line or None
        return tuple(
            Problem(Origin(self.origin.uri, row=row, column=old), stands_again(new))
            for old, new in self.layout.renamed
        )

    def _settle_end(self, block: Block, columns: _Columns) -> tuple[Block, tuple[Problem, ...]]:
        if not block.last:
            return block, ()
        origin = Origin(self.origin.uri, row=block.first_line + max(block.lines - 1, 0))
        problems = [Problem(origin, block.damage)] if block.damage else []
        if not block.data.endswith(b"\n"):
            block, problem, cells = settle_last_line(block, columns.names, self.layout)
            if problem:
                problems.append(Problem(origin, problem, cells=cells))
        return block, tuple(problems)


def _arrow_batch(text: bytes, columns: _Columns, layout: Layout) -> pa.RecordBatch:
    if not text or text.isspace():
        return _no_rows(columns)
    table = pyarrow.csv.read_csv(
        pa.BufferReader(text),
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False, block_size=len(text) + 1, column_names=columns.names
        ),
        parse_options=pyarrow.csv.ParseOptions(delimiter=layout.delimiter),
        convert_options=pyarrow.csv.ConvertOptions(
            null_values=MISSING,
            strings_can_be_null=True,
            decimal_point=layout.decimal,
            column_types={**columns.numbers, **dict.fromkeys(columns.texts, pa.string())},
        ),
    )
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else _no_rows(columns)


def _no_rows(columns: _Columns) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(0)] * len(columns.names), names=columns.names)


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


def _is_unclean(array: pa.Array, decimal: str) -> bool:
    """Tell whether some texts have blanks around them, or a number with a decimal comma."""
    if not pa.types.is_string(array.type) or array.null_count == len(array):
        return False
    _, offsets, octets = array.buffers()
    ends = np.frombuffer(offsets, np.int32, len(array) + 1)
    full = np.flatnonzero(np.diff(ends))
    data = np.frombuffer(octets, np.uint8)
    edges = np.concatenate([data[ends[full]], data[ends[full + 1] - 1]])
    return decimal != "." or bool((edges <= 32).any())


def _cleaned(batch: pa.RecordBatch, texts: frozenset[str], decimal: str) -> pa.RecordBatch:
    """Return a batch with bare texts, as numbers where nothing else was in the way."""
    import pyarrow.compute as pc  # slow to import, and few tables need it

    arrays = []
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_string(array.type):
            array = pc.utf8_trim_whitespace(array)
            array = pc.if_else(pc.is_in(array, pa.array(MISSING)), None, array)
            if decimal != ".":  # or else a comma is taken for one between thousands
                number = rf"^([-+]?\d*){re.escape(decimal)}(\d+(?:[eE][-+]?\d+)?)$"
                array = pc.replace_substring_regex(array, number, r"\1.\2")
            if name not in texts:
                with suppress(pa.ArrowInvalid):
                    array = array.cast(pa.float64())
        arrays.append(array if array.null_count < len(array) else pa.nulls(len(array)))
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
