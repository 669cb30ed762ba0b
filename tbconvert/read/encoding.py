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

_ORDERED = ("utf-16", "utf-32")
_PROBE = "step,0\n"
_MARKED = "tbconvert.marked"


def _marked(error: UnicodeError) -> tuple[str | bytes, int]:
    """Put an octet that no UTF-8 has where there is no text, for ``whole_utf8`` to find."""
    if isinstance(error, UnicodeDecodeError):
        return "\udcff", error.end
    if isinstance(error, UnicodeEncodeError):
        return b"\xff" * (error.end - error.start), error.end
    raise error


codecs.register_error(_MARKED, _marked)


def known_encoding(name: str) -> str:
    """Return the usual spelling of an encoding's name.

    Raises
    ------
    UsageError
        Python knows no such encoding, or it is one of no text, or of no text in pieces.
    """
    try:
        octets = _PROBE.encode(name)
        decoder = codecs.getincrementaldecoder(name)(_MARKED)
        if "".join(decoder.decode(bytes([octet])) for octet in octets) == _PROBE:
            return codecs.lookup(name).name.removesuffix("-sig")
    except (LookupError, ValueError):
        pass
    raise UsageError(f"--encoding: got {name!r}, wanted one such as utf-8 or latin-1", "encoding")


def with_byte_order(encoding: str, head: bytes) -> str | None:
    """Return the encoding with its byte order, by how a text begins; None if it cannot be told."""
    if encoding not in _ORDERED:
        return encoding
    found = encoding_of(head)
    return found if found.startswith(encoding) else None


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
    """Yield a text in UTF-8, without byte order mark; what is UTF-8 passes as it is.

    What cannot be decoded becomes octets that are not UTF-8 either.
    """
    mark = next((mark for mark, name in _MARKS if name == encoding), b"")
    first = next(chunks, b"")
    if encoding == UTF8:
        yield first.removeprefix(mark)
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)(_MARKED)
    yield decoder.decode(first.removeprefix(mark)).encode(errors=_MARKED)
    for chunk in chunks:
        yield decoder.decode(chunk).encode(errors=_MARKED)
    yield decoder.decode(b"", final=True).encode(errors=_MARKED)
