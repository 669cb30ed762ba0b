"""Names of snapshots, or what is in them → the step of each, and the series that it is one of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import takewhile

from tbconvert.errors import UsageError
from tbconvert.naming import Place

# a minus is a sign behind another separator, as in step_-5, and else separates itself: ckpt-100
_NUMBER = r"(?:[=_.]|-?(?=\d))(-?\d+)"
_COUNTED = r"(?:global[_-]?)?(?:steps?|iter(?:ation)?s?|it|timesteps?|batch|updates?)"
_STEP = re.compile(rf"(?<![a-z]){_COUNTED}{_NUMBER}(?!\d)", re.IGNORECASE)
_EPOCH = re.compile(rf"(?<![a-z])(?:epochs?|ep){_NUMBER}(?!\d)", re.IGNORECASE)
_LAST = re.compile(r"(?:^|[=_.]|-(?=\d))(-?\d+)$")
_FOLDER = re.compile(
    rf"(?:checkpoints?|ckpt|snapshot|model|weights|epochs?|{_COUNTED}){_NUMBER}$", re.IGNORECASE
)
# a day, also with the time of it; seconds since 1970 from 2001 to 2033, or milliseconds
_DATE = re.compile(
    r"\d{4}[-_.]\d{2}[-_.]\d{2}$"
    r"|(?<!\d)20[0-3]\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])[-_.T]"
    r"(?:[01]\d|2[0-3])[-_.h]?[0-5]\d(?:[-_.m]?[0-5]\d)?$"
    r"|(?<!\d)1\d{9}(?:\d{3})?$"
)
_VERSION = re.compile(r"-v\d+$")
_WHOLE = re.compile(r"[+-]?\d+")
_SHARD = re.compile(r"[-_]\d{5}-of-\d{5}$")


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A snapshot as its name tells it: ``place`` is that of its series, without the step.

    ``remark`` says why there is no step where one was to be expected.
    """

    place: Place
    step: int | None
    remark: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """What is told in a snapshot whose name tells no step: that of its ``step_array``.

    ``arrays`` are the names of all that it holds. ``series`` is what the names of its series
    have in common, None if it is in none; ``word`` tells that series from others.
    """

    step: int
    step_array: str
    arrays: frozenset[str]
    series: str | None = None
    word: str = ""


def snapshot_of(place: Place, step_from: str | None) -> Snapshot:
    """Return what the name of a file tells: ``ckpt-100``, ``epoch=3-step=500``, ``weights.012``.

    A file whose own name has no step may lie in a folder that has, as ``checkpoint-500/``.
    ``step_from`` is a regular expression for the last folder and the name; its group
    ``step``, or its first one, is the step.
    """
    stem = _SHARD.sub("", _VERSION.sub("", place.stem()))
    if step_from is not None:
        return _asked(place, compiled(step_from))
    for pattern in (_STEP, _EPOCH, _LAST):
        last = None if pattern is _LAST and _DATE.search(stem) else pattern.search(stem)
        if last is not None:
            return _at(replace(place, name=_without_steps(stem)), last[1])
    folder = _FOLDER.fullmatch(place.folders[-1]) if place.folders else None
    if folder is None:
        return Snapshot(replace(place, name=stem), None)
    below = None if place.below is None else max(place.below - 1, 0)
    return _at(Place(place.folders[:-1], stem, below), folder[1])


def _at(place: Place, digits: str) -> Snapshot:
    """Return a snapshot at the step that some digits tell, unless it is beyond all steps."""
    step = int(digits)
    if not -(2**63) <= step < 2**63:
        return Snapshot(place, None, f"got {digits} for a step, wanted a number of 64 bits")
    return Snapshot(place, step)


def series_inside(found: Mapping[str, tuple[str, Inside]]) -> dict[str, Inside]:
    """Return what is told inside of the snapshots of one folder, and of which series each is.

    ``found`` has the name, and what was found, of each file. Those that hold the same arrays
    at several steps are one series. Else a file that has its step in common with another one
    is a part of the same moment, as a generator and its discriminator: a series of its own.
    """
    alike: dict[frozenset[str], list[str]] = {}
    at: dict[int, list[str]] = {}
    for uri, (_, inside) in found.items():
        alike.setdefault(inside.arrays, []).append(uri)
        at.setdefault(inside.step, []).append(uri)
    told = {uri: inside for uri, (_, inside) in found.items()}
    words: set[str] = set()
    for uris in alike.values():
        if len({told[uri].step for uri in uris}) > 1:
            parts = [uris]
        else:
            parts = [[uri] for uri in uris if len(at[told[uri].step]) > 1]
        for part in parts:
            names = [found[uri][0] for uri in part]
            series = _in_common(names)
            word = _unused(series or names[0] or "arrays", words)
            told |= {uri: replace(told[uri], series=series, word=word) for uri in part}
    return told


def _in_common(names: list[str]) -> str:
    """Return how all names begin, up to where a word ends."""
    if len(names) == 1:
        return names[0]
    signs = takewhile(lambda signs: len({*signs}) == 1, zip(*names, strict=False))
    ends = _WORDS.match("".join(sign for sign, *_ in signs))
    return "" if ends is None else ends[0].rstrip("_-. =")


_WORDS = re.compile(r".*[\W_]")


def _unused(word: str, words: set[str]) -> str:
    """Return a word that is not one of those yet, which it then is."""
    unused, number = word, 1
    while unused.casefold() in words:
        number += 1
        unused = f"{word}-{number}"
    words.add(unused.casefold())
    return unused


def compiled(step_from: str) -> re.Pattern[str]:
    """Return the pattern that ``--step-from`` asks for.

    Raises
    ------
    UsageError
        It is no regular expression, or has no group.
    """
    try:
        pattern = re.compile(step_from)
    except re.error as err:
        said = f"--step-from: got {step_from!r}, wanted a regular expression: {err}"
        raise UsageError(said, "step_from") from err
    if not pattern.groups:
        said = f"--step-from: got {step_from!r}, wanted a group in it, as (\\d+)"
        raise UsageError(said, "step_from")
    return pattern


def _asked(place: Place, pattern: re.Pattern[str]) -> Snapshot:
    """Return what a pattern of the user's finds in the last folder and the name."""
    *above, folder, name = ("", *place.folders, place.name)
    text = f"{folder}/{name}"
    found = pattern.search(text)
    group = "step" if "step" in pattern.groupindex else 1
    if found is None or not _WHOLE.fullmatch(found[group] or ""):
        asked = f"--step-from {pattern.pattern!r}"
        remark = f"{asked} does not match {text!r}"
        if found is not None:
            got = found[group] or ""
            remark = f"the group of {asked} holds {got!r} of {text!r}, wanted a whole number"
        return Snapshot(replace(place, name=_without_steps(place.stem())), None, remark)
    start, end = found.span(group)
    if start < len(folder):
        below = None if place.below is None else max(place.below - 1, 0)
        return _at(Place(tuple(above[1:]), place.stem(), below), found[group])
    name = text[len(folder) + 1 : start] + text[end:]
    bare = replace(place, name=name).stem()
    return _at(replace(place, name=_without_steps(bare)), found[group])


def _without_steps(stem: str) -> str:
    for pattern in (_STEP, _EPOCH):
        stem = pattern.sub(lambda match: match[0].rstrip("0123456789").rstrip("=_.-"), stem)
    return stem if _DATE.search(stem) else _LAST.sub("", stem)
