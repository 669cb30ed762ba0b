"""Bytes → ``Raw``: what a file is, found by looking at it, and its tables block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tbconvert.errors import SourceError, UsageError
from tbconvert.model import Raw, Source
from tbconvert.options import Options
from tbconvert.read import delimited, jsonlines
from tbconvert.read.sample import Sample, take_sample
from tbconvert.storage import InputStream


@dataclass(frozen=True, slots=True)
class Format:
    """A format: how it is told from the others, and read.

    ``sniff`` returns the options that ``read`` wants of the source, or None if the sample
    is of some other format; it raises ``SourceError`` if no format will do.
    """

    name: str
    about: str
    sniff: Callable[[Sample, Options], dict[str, Any] | None]
    read: Callable[[Source, InputStream], Iterator[Raw]]


# To add a format: a module here with `sniff` and `read`, and a row. The first whose `sniff`
# returns anything is taken, so what takes almost anything stands last.
FORMATS = (
    Format("jsonl", "JSON lines: one object a line", jsonlines.sniff, jsonlines.read),
    Format("csv", "tables apart by , ; tab | or blanks", delimited.sniff, delimited.read),
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
        raise UsageError(f"format: got {options.format!r}, wanted one of {', '.join(_BY_NAME)}")
    sample = take_sample(uri, options)
    for format in FORMATS if options.format is None else [_BY_NAME[options.format]]:
        if (found := format.sniff(sample, options)) is not None:
            common = {"compression": sample.compression, "encoding": sample.encoding}
            return format.name, {**common, **found, "notes": (*sample.notes, *found["notes"])}
    raise SourceError(sample.origin, f"not {_BY_NAME[options.format or 'csv'].about}")


def read_source(source: Source, stream: InputStream) -> Iterator[Raw]:
    """Yield what a source holds, in the order of the file.

    Raises
    ------
    SourceError
        The source cannot be read any further.
    """
    return _BY_NAME[source.format].read(source, stream)
