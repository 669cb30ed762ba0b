"""What a format is, among others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tbconvert.model import Raw, Source
from tbconvert.options import Options
from tbconvert.read.sample import Sample
from tbconvert.storage import open_input
from tbconvert.streams import InputFile, InputStream

Holds = Literal["table", "arrays", "graph", "settings"]


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
    holds: Holds = "table"
    open: Callable[[str], InputStream | InputFile] = open_input
    is_text: bool = False
