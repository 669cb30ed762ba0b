"""What a format is, among others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
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


Guess = Callable[[Sample, Options], bool]


def late(module: str, name: str, guess: Guess = lambda sample, options: True) -> Callable[..., Any]:
    """Return a function of a module of this room that is imported when it is first called.

    Most logs need two formats of a dozen, and the others take longer to import than a small
    log to convert. A ``sniff`` is only called if a file may be of the format, by a ``guess``.
    """

    def call(*arguments: Any, **more: Any) -> Any:
        if len(arguments) == 2 and isinstance(arguments[0], Sample) and not guess(*arguments):
            return None
        return getattr(import_module(f"tbconvert.read.{module}"), name)(*arguments, **more)

    return call


def begins(*magic: bytes, suffixes: tuple[str, ...] = ()) -> Guess:
    """Return a guess by the first bytes, also behind marks and blanks, or by the name."""

    def guess(sample: Sample, options: Options) -> bool:
        name, head = sample.name.casefold(), sample.head
        if options.format is not None or any(suffix in name for suffix in suffixes):
            return True
        text = head[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
        return head.startswith(magic) or text.startswith(magic)

    return guess


def follows(start: int, magic: bytes, suffix: str) -> Guess:
    """Return a guess by some bytes after others, or by the end of the name."""

    def guess(sample: Sample, options: Options) -> bool:
        return sample.head[start:].startswith(magic) or suffix in sample.name.casefold()

    return guess


def contains(*signs: bytes) -> Guess:
    """Return a guess by bytes that have to be somewhere in the beginning of a text."""

    def guess(sample: Sample, options: Options) -> bool:
        is_said = options.format is not None or options.encoding is not None
        return is_said or any(sign in sample.head for sign in signs)

    return guess


def has_pattern(sample: Sample, options: Options) -> bool:
    """Tell whether console logs are asked for."""
    return bool(options.pattern) or options.format is not None


def is_named(*suffixes: str) -> Guess:
    """Return a guess by the end of the name alone."""
    return begins(b"\0no bytes\0", suffixes=suffixes)
