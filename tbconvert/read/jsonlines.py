"""JSON lines: Arrow parses block by block; what it refuses, or would misread, Python reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json

from tbconvert.errors import SourceError
from tbconvert.model import Origin, RawTable, Source
from tbconvert.options import Options
from tbconvert.read.ahead import parse_ahead
from tbconvert.read.alike import read_alike
from tbconvert.read.blocks import BLOCK_BYTES, Block, count_octet, cut_blocks
from tbconvert.read.compression import plain_chunks
from tbconvert.read.encoding import utf8_chunks
from tbconvert.read.foreign import is_prose, why_no_log
from tbconvert.read.nested import flat_batch
from tbconvert.read.objects import DEEPEST, ObjectReader, is_begun, meets, read_objects
from tbconvert.read.problems import Problems, cut_off, whole_utf8
from tbconvert.read.sample import Sample
from tbconvert.streams import InputStream

_SAMPLED = 50
_PATIENCE = 8
_LARGE = 256 << 10
_REFUSED = re.compile(r" in row (\d+)")
_NULL_LINE = re.compile(rb"\s*null")  # Arrow 26 crashes where the first line is no object but null
_NULL_FIRST = re.compile(rb"\[\s*null")


def sniff(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read JSON lines, or None if it is something else.

    ``columns`` are the keys of the first lines; ``doubt`` says what they are, if hardly a log.

    Raises
    ------
    SourceError
        It is JSON, but not in lines.
    """
    columns: dict[str, None] = {}
    records: list[dict[str, Any]] = []
    reader = ObjectReader()
    bad: list[bool] = []
    filled = list(islice(filter(bytes.strip, sample.text.lines), _SAMPLED + 1))
    if not options.format and not any(b"{" in line or b"[" in line for line in filled):
        return None
    lines = [line.decode("utf-8", "replace").strip() for line in filled]
    for at, line in enumerate(lines[:_SAMPLED]):
        try:
            for cells in reader.objects(line):
                columns |= dict.fromkeys(cells)
                records.append(cells)
                bad.append(False)
        except (ValueError, RecursionError):
            bad.append(True)
            if len(bad) == _PATIENCE and all(bad):
                break
            starts_anew = any(after.startswith("{") for after in lines[at + 1 : at + 2])
            if len(bad) == 1 and not starts_anew and is_begun(line):
                hint = "if it is JSON lines, the first of them is cut off"
                raise SourceError(sample.origin, "a JSON document, not JSON lines", hint) from None
    if bad.count(False) > 0 and 2 * sum(bad) <= len(bad):
        doubt = why_no_log(records) or ("texts without steps" if is_prose(records) else "")
        return {"columns": tuple(columns), "notes": (), "doubt": doubt}
    if options.format:
        raise SourceError(sample.origin, "not JSON lines: few lines hold an object")
    return None


def read(source: Source, stream: InputStream, block_bytes: int = BLOCK_BYTES) -> Iterator[RawTable]:
    """Yield the tables of JSON lines, block by block; at least one.

    Raises
    ------
    SourceError
        The file cannot be read any further.
    """
    parser = LineParser(Origin(source.uri))
    chunks = plain_chunks(stream, source.read_options["compression"], block_bytes)
    texts = utf8_chunks(chunks, source.read_options["encoding"])
    is_empty = True
    for tables in parse_ahead(cut_blocks(texts, parser.origin, block_bytes), parser.parse, None):
        yield from tables
        is_empty = is_empty and not tables
    if is_empty:
        yield RawTable(parser.origin, _NOTHING, range(0))


_NOTHING = pa.RecordBatch.from_arrays([], names=[])


@dataclass(frozen=True, slots=True)
class LineParser:
    """Makes tables of blocks of JSON lines."""

    origin: Origin

    def parse(self, block: Block, _: None) -> tuple[list[RawTable], None]:
        """Return the tables of a block; more than one where some lines are not as the others."""
        problems = Problems(self.origin)
        if block.damage:
            problems.note(max(block.first_line + block.lines - 1, 1), cut_off(block.damage), 1)
        tables = list(self._tables(self._utf8(block, problems), problems))
        if remarks := problems.take():
            tables = tables or [RawTable(self.origin, _NOTHING, range(0))]
            tables[-1] = replace(tables[-1], problems=tables[-1].problems + remarks)
        return tables, None

    def _utf8(self, block: Block, problems: Problems) -> Block:
        # Arrow takes any bytes for text, and whoever looks at them later falls over them.
        if block.data.isascii():
            return block
        data = whole_utf8(block, block.data, problems)
        return Block(data, block.first_line, block.last, block.damage)

    def _tables(self, block: Block, problems: Problems) -> Iterator[RawTable]:
        """Yield tables; a line that Arrow refuses is one by itself, unless there are many."""
        is_large = len(block.data) > _LARGE
        rest = block
        for _ in range(_PATIENCE if is_large else 1):
            table, refused = self._fast(rest)
            if table is not None:
                yield table
                return
            if refused is None or not is_large:
                break
            before, line, rest = rest.split(refused)
            yield self._fast(before)[0] or self._slow(before, problems)
            yield self._slow(line, problems)
        yield self._slow(rest, problems)

    def _fast(self, block: Block) -> tuple[RawTable | None, int | None]:
        """Return the table that Arrow makes of a block, or else the row it refused, if it says."""
        # What casts values in their place is slow to import: not for a file of one block.
        if len(block.data) > _LARGE and not (block.last and block.first_line == 1):
            batch = read_alike(block.data)
            if batch is not None:
                stop = block.first_line + batch.num_rows
                return RawTable(self.origin, batch, range(block.first_line, stop)), None
        if _is_deep(block) or _NULL_LINE.match(block.data):
            return None, None
        if block.is_blank:
            return RawTable(self.origin, _NOTHING, range(0)), None
        size = len(block.data) + 1
        try:
            table = pyarrow.json.read_json(
                pa.BufferReader(block.data),
                read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=size),
            )
        except pa.ArrowInvalid as err:
            refused = _REFUSED.search(str(err))
            return None, int(refused[1]) if refused else None
        if "list<" in str(table.schema.types) and _NULL_FIRST.search(block.data):
            return None, None  # Arrow loses count where a list begins with null
        lines = block.rows(table.num_rows)
        if lines is None or not table.num_columns:
            return None, None
        batch, met = flat_batch(table.combine_chunks().to_batches()[0])
        if met:
            return None, None  # not every line may have both, and then none is another
        return (RawTable(self.origin, batch, lines) if batch.num_columns else None), None

    def _slow(self, block: Block, problems: Problems) -> RawTable:
        batch, lines = read_objects(block, problems)
        batch, met = flat_batch(batch)
        for name, other in met:
            problems.note(block.first_line, meets(name, other), column=name)
        return RawTable(self.origin, batch, lines[: batch.num_rows], 0, problems.take())


def _is_deep(block: Block) -> bool:
    """Tell whether brackets are nested so deep that a parser which recurs may crash."""
    if count_octet(block.data, b"{") + count_octet(block.data, b"[") <= block.lines:
        return False
    octets = np.frombuffer(block.data, np.uint8)
    opens = (octets == 123) | (octets == 91)
    closes = (octets == 125) | (octets == 93)
    where = np.flatnonzero(opens | closes)
    depth = np.cumsum(np.where(opens[where], 1, -1))
    # A bracket in a text counts as well, so every line begins anew.
    ends = np.flatnonzero(octets == 10)
    line = np.searchsorted(ends, where)
    before = np.concatenate([[0], depth])[np.searchsorted(where, np.concatenate([[0], ends]))]
    return bool((depth - before[line]).max() > DEEPEST)
