"""Which dialects claim a file: by the marks that it fits, and how much they say."""

from __future__ import annotations

from functools import lru_cache

from tbconvert.dialects.dialect import Dialect, Mark, Peek


def claimants(peek: Peek, dialects: tuple[Dialect, ...]) -> list[Dialect]:
    """Return the dialects whose marks say most of a file that fits them, in their order."""
    inside = (peek.format, peek.columns, peek.comments, peek.keys)
    weights: dict[Dialect, int] = {}
    for dialect, mark in _with_inside(dialects, *inside):
        if mark.fits_name(peek.path) and not mark.lacks_around(peek):
            weights[dialect] = max(mark.weight, weights.get(dialect, 0))
    most = max(weights.values(), default=0)
    return [dialect for dialect, weight in weights.items() if weight == most]


@lru_cache(256)  # the logs of an archive are much alike
def _with_inside(
    dialects: tuple[Dialect, ...],
    format: str,
    columns: tuple[str, ...],
    comments: tuple[str, ...],
    keys: tuple[str, ...],
) -> list[tuple[Dialect, Mark]]:
    """Return the marks that what is in a file fits, whatever it is called."""
    peek = Peek("", format, columns, comments, keys)
    return [(of, mark) for of in dialects for mark in of.marks if not mark.lacks_inside(peek)]
