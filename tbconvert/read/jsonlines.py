"""JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.json

from tbconvert.model import Origin, RawTable, Source
from tbconvert.options import Options
from tbconvert.read.ahead import parse_ahead
from tbconvert.read.blocks import BLOCK_BYTES, Block, cut_blocks
from tbconvert.read.compression import plain_chunks
from tbconvert.read.encoding import utf8_chunks
from tbconvert.read.sample import Sample
from tbconvert.storage import InputStream


def sniff(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read JSON lines, or None if it is something else."""
    lines = [line for line in sample.lines[:50] if line.strip()]
    columns: dict[str, None] = {}
    good = 0
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            good += 1
            columns |= dict.fromkeys(record)
    if good == 0 or 2 * good < len(lines):
        return None
    return {"columns": tuple(columns), "notes": ()}


def read(source: Source, stream: InputStream, block_bytes: int = BLOCK_BYTES) -> Iterator[RawTable]:
    """Yield the tables of a file of JSON lines, block by block."""
    origin = Origin(source.uri)
    chunks = plain_chunks(stream, source.read_options["compression"], block_bytes)
    texts = utf8_chunks(chunks, source.read_options["encoding"])

    def parse(block: Block, _: None) -> tuple[RawTable | None, None]:
        if not block.data.strip():
            return None, None
        size = len(block.data) + 1
        table = pyarrow.json.read_json(
            pa.BufferReader(block.data),
            read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=size),
        )
        names = table.column_names
        while any(pa.types.is_struct(t) for t in table.schema.types):
            names = [
                n
                for f in table.schema
                for n in (
                    [f"{f.name}/{g.name}" for g in f.type]
                    if pa.types.is_struct(f.type)
                    else [f.name]
                )
            ]
            table = table.flatten().rename_columns(names)
        batch = table.combine_chunks().to_batches()[0]
        lines = block.rows(batch.num_rows)
        assert lines is not None
        return RawTable(origin, batch, lines), None

    for found in parse_ahead(cut_blocks(texts, origin, block_bytes), parse, None):
        if found is not None:
            yield found
