"""CSV and its kin: the fast path, in which Arrow parses block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from tbconvert.errors import SourceError
from tbconvert.model import Origin, RawTable, Source
from tbconvert.options import Options
from tbconvert.read.ahead import parse_ahead
from tbconvert.read.blocks import BLOCK_BYTES, Block, cut_blocks
from tbconvert.read.compression import plain_chunks
from tbconvert.read.encoding import utf8_chunks
from tbconvert.read.layout import BLANKS, Layout, find_layout
from tbconvert.read.records import MISSING
from tbconvert.read.sample import Sample
from tbconvert.storage import InputStream


def sniff(sample: Sample, options: Options) -> dict[str, Any]:
    """Return how to read a table; see ``Layout`` for the keys.

    Raises
    ------
    SourceError
        It is none.
    """
    layout, notes = find_layout(sample, options)
    return {**asdict(layout), "notes": tuple(notes)}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a block is parsed under; ``texts`` are not to become numbers or times."""

    names: tuple[str, ...]
    texts: frozenset[str]


def read(source: Source, stream: InputStream, block_bytes: int = BLOCK_BYTES) -> Iterator[RawTable]:
    """Yield the tables of a delimited text, block by block.

    Raises
    ------
    SourceError
        The file cannot be read any further.
    """
    keys = Layout.__dataclass_fields__
    layout = Layout(**{k: v for k, v in source.read_options.items() if k in keys})
    origin = Origin(source.uri)
    chunks = plain_chunks(stream, source.read_options["compression"], block_bytes)
    texts = utf8_chunks(chunks, source.read_options["encoding"])
    blocks = _below(cut_blocks(texts, origin, block_bytes, quotes=True), layout.skip)

    def parse(block: Block, columns: Columns) -> tuple[list[RawTable], Columns]:
        text = single_blanks(block.data) if layout.delimiter == BLANKS else block.data
        try:
            batch = arrow_batch(text, columns, layout)
        except pa.ArrowInvalid as err:
            raise SourceError(origin, str(err)) from err
        lines = block.rows(batch.num_rows)
        assert lines is not None
        return [RawTable(origin, batch, lines)], columns

    segment = 0
    for tables in parse_ahead(blocks, parse, Columns(layout.columns, frozenset(layout.texts))):
        yield from tables


def _below(blocks: Iterator[Block], skip: int) -> Iterator[Block]:
    for block in blocks:
        left = max(0, skip + 1 - block.first_line)
        if left < block.lines or block.last:
            yield block.after(left) if left else block


def single_blanks(text: bytes) -> bytes:
    """Return a text with one blank for each run of blanks and tabs, and none at the ends of lines."""
    octets = np.frombuffer(b"\n" + text, np.uint8)
    blank = (octets == 32) | (octets == 9)
    before, here, after = octets[:-2], blank[1:-1], octets[2:]
    edge = (before == 10) | (after == 10) | (after == 13) | blank[2:]
    keep = np.ones(len(text), bool)
    keep[:-1] = ~(here & edge)
    kept = octets[1:][keep]
    return np.where(kept == 9, 32, kept).astype(np.uint8).tobytes()


def arrow_batch(text: bytes, columns: Columns, layout: Layout) -> pa.RecordBatch:
    """Parse whole records by Arrow.

    Raises
    ------
    pyarrow.ArrowInvalid
        A record has too few or too many cells.
    """
    table = pyarrow.csv.read_csv(
        pa.BufferReader(text or b"\n"),
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False, block_size=len(text) + 1, column_names=columns.names
        ),
        parse_options=pyarrow.csv.ParseOptions(delimiter=layout.delimiter),
        convert_options=pyarrow.csv.ConvertOptions(
            null_values=MISSING,
            strings_can_be_null=True,
            decimal_point=layout.decimal,
            column_types={name: pa.string() for name in columns.texts},
        ),
    )
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)
