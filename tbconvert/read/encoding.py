"""Which encoding a text is in, and how it becomes UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from tbconvert.errors import UsageError

UTF8 = "utf-8"

# The longest first: the mark of UTF-16 is the beginning of that of UTF-32.
_MARKS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def known_encoding(name: str) -> str:
    """Return the usual spelling of an encoding's name.

    Raises
    ------
    UsageError
        Python knows no such encoding.
    """
    try:
        b"".decode(name)  # there are codecs, of no text, that only lookup would find
        return codecs.lookup(name).name.removesuffix("-sig")
    except LookupError:
        raise UsageError(f"encoding: got {name!r}, wanted one such as utf-8 or latin-1") from None


def encoding_of(head: bytes) -> str:
    """Return the encoding of a text that begins with ``head``, which may end anywhere."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if head.isascii() and b"\0" not in head:
        return UTF8
    # Text of digits in UTF-16 is every other byte a NUL.
    if head[1::2].count(0) > 0.4 * len(head) / 2 > 10 * head[::2].count(0):
        return "utf-16-le"
    if head[::2].count(0) > 0.4 * len(head) / 2 > 10 * head[1::2].count(0):
        return "utf-16-be"
    # A few broken characters among many good ones are damage; otherwise it is another encoding.
    text = codecs.getincrementaldecoder(UTF8)("replace").decode(head)
    broken = text.count("\ufffd")
    if 2 * broken <= len(text) - len(text.encode("ascii", "ignore")):
        return UTF8
    try:
        head.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def utf8_chunks(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a text in UTF-8, without byte order mark; what is UTF-8 passes as it is."""
    mark = next((mark for mark, name in _MARKS if name == encoding), b"")
    first = next(chunks, b"")
    if encoding == UTF8:
        yield first.removeprefix(mark)
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield decoder.decode(first.removeprefix(mark)).encode()
    for chunk in chunks:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()
