"""Names of snapshots → the step of each, and the series that it is one of."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from tbconvert.errors import UsageError
from tbconvert.naming import Place

_SIGN = r"[=_.\-]?"
_COUNTED = r"(?:global[_-]?)?(?:steps?|iter(?:ation)?s?|it|timesteps?|batch|updates?)"
_STEP = re.compile(rf"(?<![a-z]){_COUNTED}{_SIGN}(\d+)(?!\d)", re.IGNORECASE)
_EPOCH = re.compile(rf"(?<![a-z])(?:epochs?|ep){_SIGN}(\d+)(?!\d)", re.IGNORECASE)
_LAST = re.compile(r"(?:^|[=_.\-])(\d+)$")
_FOLDER = re.compile(
    rf"(?:checkpoints?|ckpt|snapshot|model|weights|epochs?|{_COUNTED}){_SIGN}(\d+)$", re.IGNORECASE
)
_DATE = re.compile(r"\d{4}[-_.]\d{2}[-_.]\d{2}$")
_VERSION = re.compile(r"-v\d+$")
_SHARD = re.compile(r"[-_]\d{5}-of-\d{5}$")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot as its name tells it: ``place`` is that of its series, without the step."""

    place: Place
    step: int | None


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
            return Snapshot(replace(place, name=_without_steps(stem)), int(last[1]))
    folder = _FOLDER.fullmatch(place.folders[-1]) if place.folders else None
    if folder is None:
        return Snapshot(replace(place, name=stem), None)
    below = None if place.below is None else max(place.below - 1, 0)
    return Snapshot(Place(place.folders[:-1], stem, below), int(folder[1]))


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
        raise UsageError(said) from err
    if not pattern.groups:
        raise UsageError(f"--step-from: got {step_from!r}, wanted a group in it, as (\\d+)")
    return pattern


def _asked(place: Place, pattern: re.Pattern[str]) -> Snapshot:
    """Return what a pattern of the user's finds in the last folder and the name."""
    *above, folder, name = ("", *place.folders, place.name)
    text = f"{folder}/{name}"
    found = pattern.search(text)
    group = "step" if "step" in pattern.groupindex else 1
    if found is None or not (found[group] or "").isdecimal():
        return Snapshot(replace(place, name=_without_steps(place.stem())), None)
    start, end = found.span(group)
    if start < len(folder):
        below = None if place.below is None else max(place.below - 1, 0)
        return Snapshot(Place(tuple(above[1:]), place.stem(), below), int(found[group]))
    name = text[len(folder) + 1 : start] + text[end:]
    bare = replace(place, name=name).stem()
    return Snapshot(replace(place, name=_without_steps(bare)), int(found[group]))


def _without_steps(stem: str) -> str:
    for pattern in (_STEP, _EPOCH):
        stem = pattern.sub(lambda match: match[0].rstrip("0123456789").rstrip("=_.-"), stem)
    return stem if _DATE.search(stem) else _LAST.sub("", stem)
