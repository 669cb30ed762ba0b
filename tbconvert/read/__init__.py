"""Bytes → ``Raw``: what a file is, found by looking at it, and what is in it, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tbconvert.errors import SourceError, UsageError
from tbconvert.extensions import extensions
from tbconvert.model import Raw, Source
from tbconvert.options import Options
from tbconvert.read import delimited, graph, value
from tbconvert.read.format import (
    Format,
    Holds,
    begins,
    contains,
    follows,
    has_pattern,
    is_named,
    late,
)
from tbconvert.read.sample import EVENT_FILE, Note, Sample, take_sample
from tbconvert.storage import open_file
from tbconvert.streams import InputFile, InputStream

sniff_settings = late("document", "sniff_settings")
"""Returns how to read a JSON object as settings, whatever its shape."""

# To add a format: a module here with `sniff` and `read`, and a row. The first whose `sniff`
# returns anything is taken, so what takes almost anything stands last.
FORMATS = (
    Format(
        "npz",
        "numpy's archives of arrays",
        late("npz", "sniff_npz", begins(b"PK", suffixes=(".npz",))),
        late("npz", "read_npz"),
        "arrays",
        open_file,
    ),
    Format(
        "npy",
        "a single array of numpy",
        late("npz", "sniff_npy", begins(b"\x93NUMPY", suffixes=(".npy",))),
        late("npz", "read_npy"),
        "arrays",
        open_file,
    ),
    Format(
        "safetensors",
        "arrays of Hugging Face's safetensors",
        late("safetensors", "sniff", follows(8, b"{", ".safetensors")),
        late("safetensors", "read"),
        "arrays",
        open_file,
    ),
    Format(
        "parquet",
        "Parquet tables",
        late("parquet", "sniff_parquet", begins(b"PAR1", b"PARE")),
        late("parquet", "read_parquet"),
        open=open_file,
    ),
    Format(
        "arrow",
        "Arrow's IPC, and Feather",
        late("parquet", "sniff_arrow", begins(b"ARROW1", b"FEA1", b"\xff\xff\xff\xff")),
        late("parquet", "read_arrow"),
        open=open_file,
    ),
    Format("graph", "GraphDef, SavedModel, ONNX, Keras", graph.sniff_sample, graph.read, "graph"),
    Format(
        "value", "one value, named by its file", value.sniff, value.read, "settings", is_text=True
    ),
    Format(
        "yaml",
        "settings in YAML, or a small log that is called like one",
        late("yaml_document", "sniff", is_named(".yaml", ".yml")),
        late("yaml_document", "read"),
        "settings",
        is_text=True,
    ),
    Format(
        "text",
        "console logs, by --pattern",
        late("pattern", "sniff", has_pattern),
        late("pattern", "read"),
        is_text=True,
    ),
    Format(
        "json",
        "one JSON document: records, or lists",
        late("document", "sniff", begins(b"{", b"[")),
        late("document", "read"),
        is_text=True,
    ),
    Format(
        "jsonl",
        "JSON lines: one object a line",
        late("jsonlines", "sniff", contains(b"{", b"[")),
        late("jsonlines", "read"),
        is_text=True,
    ),
    Format(
        "csv", "tables apart by , ; tab | or blanks", delimited.sniff, delimited.read, is_text=True
    ),
)


def formats() -> tuple[Format, ...]:
    """Return all formats: those of other packages, and the table.

    Raises
    ------
    UsageError
        What another package adds is no format.
    """
    return (*extensions("tbconvert.readers", Format), *FORMATS)


def _by_name() -> dict[str, Format]:
    return {format.name: format for format in reversed(formats())}


def sniff_source(uri: str, options: Options) -> tuple[str, dict[str, Any]]:
    """Look at the beginning of a file: return the name of its format, and its read options.

    Raises
    ------
    SourceError
        It is no training log, or cannot be read; ``problem`` says why.
    UsageError
        An option that says how to read it makes no sense.
    """
    return sniff_sample(take_sample(uri, options))


def sniff_sample(sample: Sample) -> tuple[str, dict[str, Any]]:
    """Return the name of the format of a file, by its beginning, and its read options.

    Raises
    ------
    SourceError
        It is no training log; ``problem`` says why.
    UsageError
        An option that says how to read it makes no sense.
    """
    options = sample.options
    known = _by_name()
    if options.format is not None and options.format not in known:
        names = ", ".join(format.name for format in formats())
        raise UsageError(f"--format: got {options.format!r}, wanted one of {names}", "format")
    for format in formats() if options.format is None else [known[options.format]]:
        if (found := format.sniff(sample, options)) is not None:
            found["compression"] = sample.compression
            if format.is_text:
                found["encoding"] = sample.text.encoding
                found["notes"] = (*sample.text.notes, *found["notes"])
            return format.name, found
    raise SourceError(sample.origin, f"not {known[options.format or 'csv'].about}")


def holds(source: Source) -> Holds:
    """Return what a source holds: what was found by looking at it, else what its format does."""
    found: Holds | None = source.read_options.get("holds")
    return found or _by_name()[source.format].holds


def open_source(source: Source) -> InputStream | InputFile:
    """Open what a source is read through.

    Raises
    ------
    SourceError
        The file is missing, or cannot be read.
    """
    return _by_name()[source.format].open(source.location or source.uri)


def read_source(source: Source, stream: InputStream | InputFile) -> Iterator[Raw]:
    """Yield what a source holds, in the order of the file.

    Raises
    ------
    SourceError
        The source cannot be read any further.
    """
    return _by_name()[source.format].read(source, stream)


__all__ = [
    "EVENT_FILE",
    "FORMATS",
    "Format",
    "Holds",
    "Note",
    "Sample",
    "formats",
    "holds",
    "open_source",
    "read_source",
    "sniff_sample",
    "sniff_settings",
    "sniff_source",
    "take_sample",
]
