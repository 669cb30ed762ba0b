"""Digests as they should be beside those that were read back: which tags differ, and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from tbconvert.checking.verdict import Difference
from tbconvert.digests import SCALAR, Told
from tbconvert.serving import counted

_PARTS = ("steps", "wall times", "values")
"""What the parts of a curve's digest are of, each of eight digits."""


def compare(wanted: Told, got: Told, against: Literal["ledger", "sources"]) -> Iterator[Difference]:
    """Yield the tags that are not the same on both sides, in the order in which they are wanted.

    Raises
    ------
    ValueError
        What is wanted is no digests.
    """
    kinds = dict.fromkeys((*_checked(wanted), *got))
    for kind in kinds:
        ours, theirs = wanted.get(kind, {}), got.get(kind, {})
        for tag in dict.fromkeys((*ours, *theirs)):
            one, other = ours.get(tag, _NONE), theirs.get(tag, _NONE)
            if [*one] != [*other]:
                said = _said(kind, one, other)
                yield Difference(against, kind, tag, one[0], other[0], said)


_NONE = (0, "")


def _checked(told: Any) -> Told:
    """Return digests as they are; they may come from a file that somebody has edited."""
    try:
        for tags in told.values():
            for count, digest in tags.values():
                int(digest, 16) + int(count)
    except (AttributeError, OverflowError, TypeError, ValueError) as err:
        raise ValueError("no digests") from err
    return told  # type: ignore[no-any-return]


def _said(kind: str, wanted: Any, got: Any) -> str:
    if not got[0]:
        return "is not there"
    if not wanted[0]:
        return "is there, and should not be"
    if wanted[0] != got[0]:
        return f"has {counted(got[0], 'point')}, wanted {wanted[0]:,}"
    if kind != SCALAR or len(wanted[1]) != 8 * len(_PARTS):
        return "is another one"
    parts = [
        name
        for place, name in enumerate(_PARTS)
        if wanted[1][8 * place : 8 * place + 8] != got[1][8 * place : 8 * place + 8]
    ]
    return f"has other {' and '.join(parts)}"
