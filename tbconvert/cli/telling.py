"""Standard output and standard error, whatever stands behind them."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import click


def prepare_streams() -> None:
    """Let no name be too odd to be said: what a stream cannot spell is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say_json(answer: Any) -> None:
    """Print one JSON object, in ASCII: names of files need not be valid text."""
    click.echo(json.dumps(answer, allow_nan=False))


@contextmanager
def telling() -> Iterator[None]:
    """Print in here: whoever reads may leave before the end, as ``head`` does."""
    try:
        yield
        if sys.stdout is not None:  # None where it was closed before we began
            sys.stdout.flush()
    except BrokenPipeError:
        silence()


def silence() -> None:
    """Say nothing more on standard output: what is left in its buffer has no reader."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether somebody is looking on."""
    return stream is not None and stream.isatty()


def takes_colour(stream: TextIO | None) -> bool:
    """Tell whether colours can be seen, and are wanted (no-color.org)."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return is_terminal(stream) and not is_plain


def counted(count: int, noun: str) -> str:
    """Return "1 point", "2 points"."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def amount_of(size: float) -> str:
    """Return so many bytes as "93 bytes", "64.2 kB"."""
    if size < 1000:
        return f"{size:.0f} bytes"
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.95:  # more would be rounded to four digits
            return f"{size:.1f} {unit}"
    return f"{size / 1000:,.1f} TB"


def begin_of(text: str, most: int) -> str:
    """Return a text, of one that is longer only the begin, and that it goes on."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def printable(text: str) -> str:
    """Return a text that cannot command a terminal: names come out of files."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def can_spell(signs: str, stream: TextIO | None) -> bool:
    """Tell whether a stream has some signs, rather than escapes of them."""
    try:
        signs.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
