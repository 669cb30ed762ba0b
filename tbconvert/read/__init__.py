"""Bytes → ``Raw``: what a file is, found by looking at it, and what is in it, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tbconvert.errors import SourceError, UsageError
from tbconvert.model import Raw, Source
from tbconvert.options import Options
from tbconvert.read import delimited, graph, jsonlines, npz, parquet, safetensors
from tbconvert.read.sample import Sample, take_sample
from tbconvert.storage import InputFile, InputStream, open_file, open_input


@dataclass(frozen=True, slots=True)
class Format:
    """A format: how it is told from the others, and read.

    ``sniff`` returns the options that ``read`` wants of the source, or None if the sample
    is of some other format; it raises ``SourceError`` if no format will do. A text is read
    as a stream, anything else through what ``open`` returns.
    """

    name: str
    about: str
    sniff: Callable[[Sample, Options], dict[str, Any] | None]
    read: Callable[[Source, Any], Iterator[Raw]]
    holds: Literal["table", "arrays", "graph"] = "table"
    open: Callable[[str], InputStream | InputFile] = open_input
    is_text: bool = False


# To add a format: a module here with `sniff` and `read`, and a row. The first whose `sniff`
# returns anything is taken, so what takes almost anything stands last.
FORMATS = (
    Format("npz", "numpy's archives of arrays", npz.sniff_npz, npz.read_npz, "arrays", open_file),
    Format("npy", "a single array of numpy", npz.sniff_npy, npz.read_npy, "arrays", open_file),
    Format(
        "safetensors",
        "arrays of Hugging Face's safetensors",
        safetensors.sniff,
        safetensors.read,
        "arrays",
        open_file,
    ),
    Format(
        "parquet",
        "Parquet tables",
        parquet.sniff_parquet,
        parquet.read_parquet,
        open=open_file,
    ),
    Format(
        "arrow",
        "tables of Arrow's IPC, and Feather",
        parquet.sniff_arrow,
        parquet.read_arrow,
        open=open_file,
    ),
    Format(
        "graph",
        "a model's graph: GraphDef, SavedModel, ONNX, Keras",
        graph.sniff_sample,
        graph.read,
        "graph",
    ),
    Format("jsonl", "JSON lines: one object a line", jsonlines.sniff, jsonlines.read, is_text=True),
    Format(
        "csv", "tables apart by , ; tab | or blanks", delimited.sniff, delimited.read, is_text=True
    ),
)

_BY_NAME = {format.name: format for format in FORMATS}


def sniff_source(uri: str, options: Options) -> tuple[str, dict[str, Any]]:
    """Look at the beginning of a file: return the name of its format, and its read options.

    Raises
    ------
    SourceError
        It is no training log, or cannot be read; ``problem`` says why.
    UsageError
        An option that says how to read it makes no sense.
    """
    if options.format is not None and options.format not in _BY_NAME:
        raise UsageError(f"--format: got {options.format!r}, wanted one of {', '.join(_BY_NAME)}")
    sample = take_sample(uri, options)
    for format in FORMATS if options.format is None else [_BY_NAME[options.format]]:
        if (found := format.sniff(sample, options)) is not None:
            found["compression"] = sample.compression
            if format.is_text:
                found["encoding"] = sample.text.encoding
                found["notes"] = (*sample.text.notes, *found["notes"])
            return format.name, found
    raise SourceError(sample.origin, f"not {_BY_NAME[options.format or 'csv'].about}")


def holds(source: Source) -> Literal["table", "arrays", "graph"]:
    """Return what a source holds."""
    return _BY_NAME[source.format].holds


def open_source(source: Source) -> InputStream | InputFile:
    """Open what a source is read through.

    Raises
    ------
    SourceError
        The file is missing, or cannot be read.
    """
    return _BY_NAME[source.format].open(source.location or source.uri)


def read_source(source: Source, stream: InputStream | InputFile) -> Iterator[Raw]:
    """Yield what a source holds, in the order of the file.

    Raises
    ------
    SourceError
        The source cannot be read any further.
    """
    return _BY_NAME[source.format].read(source, stream)
