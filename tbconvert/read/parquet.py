"""Tables that are kept by columns: Parquet, and Arrow's IPC, of which Feather is one.

https://parquet.apache.org/docs/file-format/,
https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from tbconvert.errors import SourceError
from tbconvert.model import Origin, RawTable, Source
from tbconvert.options import Options
from tbconvert.read.columns import plain_batch
from tbconvert.read.problems import Problems
from tbconvert.read.records import renamed, unique_names
from tbconvert.read.sample import Sample
from tbconvert.streams import InputFile

_PARQUET, _SEALED = b"PAR1", b"PARE"
_FILE, _STREAM, _OLD = b"ARROW1", b"\xff\xff\xff\xff", b"FEA1"
_BUFFER = 1 << 16
_ROWS, _CELLS = 1 << 16, 1 << 22
"""Of one table at most: a wide one has fewer rows."""


def sniff_parquet(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read a Parquet file, or None if it is something else.

    Raises
    ------
    SourceError
        It is packed or encrypted; or was said to be one, and is none.
    """
    if sample.head.startswith(_SEALED):
        raise SourceError(sample.origin, "an encrypted Parquet file", "only plain ones are read")
    return _sniffed(sample, options, "parquet", _PARQUET)


def sniff_arrow(sample: Sample, options: Options) -> dict[str, Any] | None:
    """Return how to read Arrow's IPC, or None if it is something else.

    Raises
    ------
    SourceError
        It is packed, or of Feather's first version; or was said to be one, and is none.
    """
    if sample.head.startswith(_OLD):
        hint = "pandas.read_feather(…).to_feather(…) writes it anew"
        raise SourceError(sample.origin, "Feather version 1, wanted version 2", hint)
    return _sniffed(sample, options, "arrow", _FILE, _STREAM)


def _sniffed(sample: Sample, options: Options, name: str, *begins: bytes) -> dict[str, Any] | None:
    if sample.head.startswith(begins):
        if sample.compression:
            said = f"a table by columns within {sample.compression}, which is read from its end"
            raise SourceError(sample.origin, said, f"{sample.compression} -d unpacks it")
        return {"notes": ()}
    if options.format == name:
        wanted = " or ".join(map(repr, begins))
        said = f"begins with {sample.head[:6]!r}, wanted {wanted}"
        raise SourceError(sample.origin, said)
    return None


def read_parquet(source: Source, stream: InputFile) -> Iterator[RawTable]:
    """Yield the rows of a Parquet file, some at a time; at least one table.

    Raises
    ------
    SourceError
        It is no whole Parquet file.
    """
    from pyarrow import parquet  # slow to import

    def batches() -> Iterator[pa.RecordBatch]:
        # with a buffer, a column of a row group need not be in memory as a whole
        file = parquet.ParquetFile(stream, buffer_size=_BUFFER, pre_buffer=False)
        yield from file.iter_batches(batch_size=_most_rows(len(file.schema_arrow)))

    yield from _tables(source, batches, "Parquet file")


def read_arrow(source: Source, stream: InputFile) -> Iterator[RawTable]:
    """Yield the rows of a file or stream of Arrow's IPC, some at a time; at least one table.

    Raises
    ------
    SourceError
        It is no whole file of that kind.
    """

    def batches() -> Iterator[pa.RecordBatch]:
        is_file = stream.read(len(_FILE)) == _FILE
        stream.seek(0)
        if is_file:
            file = pa.ipc.open_file(stream)
            yield from map(file.get_batch, range(file.num_record_batches))
        else:
            yield from pa.ipc.open_stream(stream)

    yield from _tables(source, batches, "Arrow file")


def _tables(
    source: Source, batches: Callable[[], Iterator[pa.RecordBatch]], what: str
) -> Iterator[RawTable]:
    origin, problems, first = Origin(source.uri), Problems(Origin(source.uri)), 1
    with _damage(origin, what):
        for batch in batches():
            names = unique_names(batch.schema.names)
            for old, new in renamed(batch.schema.names, names) if first == 1 else ():
                problems.note(1, f"two columns have this name: here it is read as {new!r}", 0, old)
            named = pa.RecordBatch.from_arrays(batch.columns, names=names)
            rows = _most_rows(batch.num_columns)
            for start in range(0, batch.num_rows, rows):
                part = plain_batch(named.slice(start, rows), first, problems)
                lines = range(first, first + part.num_rows)
                yield RawTable(origin, part, lines, problems=problems.take())
                first += part.num_rows
    if first == 1:
        nothing = pa.RecordBatch.from_arrays([], names=[])
        yield RawTable(origin, nothing, range(0), problems=problems.take())


def _most_rows(columns: int) -> int:
    return max(min(_ROWS, _CELLS // max(columns, 1)), 1)


@contextmanager
def _damage(origin: Origin, what: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as err:
        said = str(err).partition("\n")[0].strip().rstrip(".").lower()
        hint = "was it cut off, or is it still being written?"
        raise SourceError(origin, f"not a whole {what}: {said}", hint) from err
