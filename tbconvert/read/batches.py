"""Whole records of a delimited text as a batch, by Arrow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.csv

from tbconvert.read.layout import Layout
from tbconvert.read.plain import plain_batch
from tbconvert.read.records import MISSING

_NUMBERS = (pa.int64(), pa.float64())
_KINDS = (pa.float64(), pa.bool_())
"""What bare texts may turn out to be; 0 and 1 are rather numbers."""
_EXACT = 2.0**53
"""Whole numbers above it may not be told apart in float64."""
_GLANCE = 64
_GROUPED = r"^([-+]?[1-9]\d{0,2}(?:\.\d{3})+)$"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a block is parsed under; ``texts`` are to stay as they are spelled.

    ``numbers`` are the types that some were found to have: Arrow is much faster if it need
    not infer them. They are a guess, and never keep a block from being parsed.
    """

    names: tuple[str, ...]
    texts: frozenset[str]
    numbers: Mapping[str, pa.DataType] = field(default_factory=dict, compare=False)


def parse_records(text: bytes, columns: Columns, layout: Layout) -> tuple[pa.RecordBatch, Columns]:
    """Return the records of a text, and the columns to parse the text after it under.

    Raises
    ------
    pyarrow.ArrowInvalid
        A record has too few or too many cells.
    """
    try:
        batch = _arrow_batch(text, columns, layout)
    except pa.ArrowInvalid as err:
        if not columns.numbers or "parse error" in str(err):
            raise
        batch = _arrow_batch(text, replace(columns, numbers={}), layout)
    # 05:30 may be minutes and seconds, or hours and minutes: whoever knows shall decide
    clocks = {part.name for part in batch.schema if pa.types.is_time(part.type)}
    if clocks:
        columns = replace(columns, texts=columns.texts | clocks, numbers={})
        batch = _arrow_batch(text, columns, layout)
    # a cell of 2^63, or a 5.0, makes doubles of whole numbers that doubles cannot tell apart
    large = {part.name for part, array in zip(batch.schema, batch, strict=True) if _is_large(array)}
    texts = columns.texts | large
    if large:
        batch = _arrow_batch(text, replace(columns, texts=texts, numbers={}), layout)
    if any(_is_unclean(array, layout.decimal) for array in batch.columns):
        batch = _cleaned(batch, texts, layout.decimal)
    numbers = {part.name: part.type for part in batch.schema if part.type in _NUMBERS}
    return batch, replace(columns, numbers=numbers)


def no_rows(columns: Columns) -> pa.RecordBatch:
    """Return a batch of no rows."""
    return pa.RecordBatch.from_arrays([pa.nulls(0)] * len(columns.names), names=columns.names)


def _arrow_batch(text: bytes, columns: Columns, layout: Layout) -> pa.RecordBatch:
    if not text or text.isspace():
        return no_rows(columns)
    if layout.decimal == "." and columns.texts.isdisjoint(columns.names):
        plain = plain_batch(text, columns.names, columns.numbers, layout.delimiter)
        if plain is not None:
            return plain
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
    return batches[0] if batches else no_rows(columns)


def _is_large(array: pa.Array) -> bool:
    """Tell whether doubles are whole numbers, some of them too large for all to be exact."""
    if array.type != pa.float64() or array.null_count == len(array):
        return False
    for cells in (array[:_GLANCE], array):  # most columns show a fraction at once
        values = cells.to_numpy(zero_copy_only=False)
        values = values[np.isfinite(values)]
        if (np.trunc(values) != values).any():
            return False
    return bool(len(values) and np.abs(values).max() >= _EXACT)


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
                # 2.345 is 2345 here: a comma says so to whoever knows nothing of the file
                array = pc.replace_substring_regex(array, _GROUPED, r"\1,")
            for kind in _KINDS if name not in texts else ():
                with suppress(pa.ArrowInvalid):
                    array = array.cast(kind)
                    break
        arrays.append(array if array.null_count < len(array) else pa.nulls(len(array)))
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
