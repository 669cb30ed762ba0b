"""What a program wrote on a console: lines, in parts that overwrote one another, and colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tbconvert.model import Origin
from tbconvert.read.blocks import Block, cut_blocks
from tbconvert.read.problems import Problems, whole_utf8

BETWEEN = "\x1f"
"""What is in no part, since it is read as a blank."""

LONGEST_PART = 64 << 10
"""Characters of a part that are looked at: a pattern may take the square of their number."""

# Colours and movements of the cursor, titles of the window, sets of characters, the rest.
_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[0-Z\\-~])?"
)
_LINE_END = re.compile(rb"\r+\n")
_RETURNS = re.compile(rb"\r+")
_RETURN = "\0"
"""What marks, at the end of a line, that only a part of one ends there."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the lines of a block, and the 1-based line of each.

    ``returns`` tells that some line has several; ``cut`` counts those that are longer than what
    is given of them.
    """

    texts: list[str]
    lines: range | NDArray[np.int64]
    returns: bool
    cut: int


def part_blocks(chunks: Iterator[bytes], origin: Origin, size: int) -> Iterator[Block]:
    """Cut a text in UTF-8 into blocks of whole parts, for ``parts_of``.

    A carriage return within a line begins a part, and so does a backspace. ``first_line`` is
    that of the file all the same.

    Raises
    ------
    SourceError
        A part is longer than memory should hold.
    """
    shift = 0
    for block in cut_blocks(_marked(chunks), origin, size):
        yield replace(block, first_line=block.first_line - shift) if shift else block
        shift += block.data.count(_RETURN.encode())


def _marked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield a text without NULs, but for those that mark a line end in place of a return."""
    held = b""
    for chunk in chunks:
        text = held + chunk
        if b"\0" in text:
            text = text.replace(b"\0", b"")
        if b"\b" in text:
            text = text.replace(b"\b", b"\r")
        held = b""
        if b"\r" in text:
            whole = text.rstrip(b"\r")  # those at the end may be half of a line end
            held = b"\r" * (len(text) > len(whole))
            text = _RETURNS.sub(b"\0\n", _LINE_END.sub(b"\n", whole))
        if text:
            yield text
    if held:
        yield b"\0\n"


def parts_of(block: Block, problems: Problems) -> Parts:
    """Return the parts in a block of ``part_blocks``, without colours; note what is no text."""
    data = block.data
    text = (data if data.isascii() else whole_utf8(block, data, problems)).decode()
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    text = text.replace(BETWEEN, " ")
    text = text.removesuffix("\n")
    lines: range | NDArray[np.int64]
    if returns := _RETURN in text:
        is_end = np.array([not part.endswith(_RETURN) for part in text.split("\n")])
        lines = block.first_line + np.cumsum(is_end) - is_end
        text = text.replace(_RETURN, "")
    texts = text.split("\n") if data else []
    if not returns:
        lines = range(block.first_line, block.first_line + len(texts))
    cut = 0
    if len(text) > LONGEST_PART and max(map(len, texts)) > LONGEST_PART:
        cut = sum(len(part) > LONGEST_PART for part in texts)
        texts = [part[:LONGEST_PART] for part in texts]
    return Parts(texts, lines, returns, cut)
