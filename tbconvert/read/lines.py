"""Lines of a delimited text as they look from outside, found without taking them apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_VALUE_STARTS = np.zeros(256, bool)
_VALUE_STARTS[list(b"0123456789+-.\0\n")] = True
_LOOKED_AT = 4


class Lines:
    """The lines of a text that ends in LF: where each is, and how many cells it seems to have.

    ``widths`` are right for every line in which quotes stand around whole cells; a line with
    an odd number of quotes (``is_odd``; ``odd`` are their positions) has a cell that goes on,
    or a stray quote; one with a quote in the midst of a cell ``is_stray``.
    """

    def __init__(self, text: bytes, delimiter: str) -> None:
        self.text = text
        octets = np.frombuffer(text, np.uint8)
        self.ends = np.flatnonzero(octets == 10)
        self.starts = np.concatenate([[0], self.ends[:-1] + 1])
        self.first = octets[self.starts]
        self.is_full = self.ends > self.starts
        quotes = np.flatnonzero(octets == 34)
        delimiters = np.flatnonzero(octets == ord(delimiter))
        self.has_quote = self.is_odd = self.is_stray = np.zeros(len(self.ends), bool)
        if len(quotes):
            before = np.searchsorted(quotes, self.starts)
            count = np.searchsorted(quotes, self.ends) - before
            self.has_quote, self.is_odd = count > 0, count % 2 == 1
            self.is_stray = np.zeros(len(self.ends), bool)
            self.is_stray[np.searchsorted(self.ends, _stray(octets, quotes, delimiter))] = True
            inside = np.searchsorted(quotes, delimiters)
            inside -= before[np.searchsorted(self.ends, delimiters)]
            delimiters = delimiters[inside % 2 == 0]
        self.odd = np.flatnonzero(self.is_odd)
        cell = np.searchsorted(delimiters, self.starts)
        self.widths = np.searchsorted(delimiters, self.ends) - cell + 1
        self.may_be_header = self._without_values(octets, delimiters, cell, ord(delimiter))

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, at: int) -> bytes:
        return self.text[self.starts[at] : self.ends[at]]

    def between(self, start: int, stop: int) -> bytes:
        """Return some lines with their ends."""
        return self.text[self.starts[start] : self.ends[stop - 1] + 1] if stop > start else b""

    def next_odd(self, at: int) -> int | None:
        """Return the next line with an odd number of quotes."""
        after = int(np.searchsorted(self.odd, at, "right"))
        return int(self.odd[after]) if after < len(self.odd) else None

    def next_width(self, at: int) -> int | None:
        """Return how many cells the next line seems to have that is not blank."""
        after = next((i for i in range(at + 1, len(self)) if self.is_full[i]), None)
        return None if after is None else int(self.widths[after])

    def _without_values(
        self,
        octets: NDArray[np.uint8],
        delimiters: NDArray[np.int64],
        cell: NDArray[np.int64],
        delimiter: int,
    ) -> NDArray[np.bool_]:
        """Tell of each line whether none of its first cells begins as a number does."""
        may_be: NDArray[np.bool_] = (
            self.is_full & ~_VALUE_STARTS[self.first] & (self.first != delimiter)
        )
        for number in range(1, _LOOKED_AT):
            lines = np.flatnonzero(may_be & (self.widths > number))
            start = octets[delimiters[cell[lines] + number - 1] + 1]
            may_be[lines] = ~_VALUE_STARTS[start]
        return may_be


def _stray(
    octets: NDArray[np.uint8], quotes: NDArray[np.int64], delimiter: str
) -> NDArray[np.int64]:
    """Return the quotes in the midst of a cell: nothing that separates cells is beside them."""
    separates = np.zeros(256, bool)
    separates[list(b' \t\r\n"%b' % delimiter.encode())] = True
    after = quotes + 1
    after[-1] = min(after[-1], len(octets) - 1)
    is_stray = ~(separates[octets[after]] | separates[octets[quotes - 1]])
    return quotes[is_stray & (quotes > 0)]


def quote_after_blank(text: bytes, delimiter: str) -> bool:
    """Tell whether some quote follows a blank that is not the delimiter."""
    octets = np.frombuffer(text, np.uint8)
    before = octets[np.flatnonzero(octets == 34) - 1]
    return bool(((before == 32) | ((before == 9) & (delimiter != "\t"))).any())


def has_stray_quotes(text: bytes, delimiter: str) -> bool:
    """Tell whether some quote stands in the midst of a cell."""
    if b'"' not in text:
        return False
    octets = np.frombuffer(text, np.uint8)
    return bool(len(_stray(octets, np.flatnonzero(octets == 34), delimiter)))


def record_lines(text: bytes, delimiter: str) -> NDArray[np.int64] | None:
    """Return the first line, from 0, of each record of a text that has quoted line ends.

    None if some quote is not where one may stand: before, or after, a whole cell.
    """
    octets = np.frombuffer(b"\n%b\n" % text.removesuffix(b"\n"), np.uint8)
    quotes = np.flatnonzero(octets == 34)
    beside = np.isin(octets, np.frombuffer(b'\r\n"%b' % delimiter.encode(), np.uint8))
    if len(quotes) % 2 or not (beside[quotes[::2] - 1].all() and beside[quotes[1::2] + 1].all()):
        return None
    ends = np.flatnonzero(octets == 10)[1:]
    is_end = np.searchsorted(quotes, ends) % 2 == 0
    last = np.flatnonzero(is_end)
    first = np.concatenate([[0], last[:-1] + 1])
    starts = np.concatenate([[1], ends[:-1] + 1])[first]
    is_blank = (starts == ends[last]) | ((octets[starts] == 13) & (starts + 1 == ends[last]))
    found: NDArray[np.int64] = first[~is_blank]
    return found
