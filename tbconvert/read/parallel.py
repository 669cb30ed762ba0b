"""Lists that stand side by side in a document: the steps and the values of curves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tbconvert.read.step_names import STEP_WORD

SERIES = (("steps", "values"), ("xs", "ys"), ("x", "y"))
"""What the parallel lists of one curve are called: its steps, its values."""

_STEPS = re.compile(rf"(?i)((?:.*[/_ .])?)(?:global_)?{STEP_WORD}s?")
_MEASURED = re.compile(
    r"(?i)(.*[/_ .])?(loss|acc|accuracy|error|reward|return|score|f1|auc|ppl)(e?s)?"
    r"|(.*[/_ .])?(accuracies|(train|training|val|valid|validation|test|eval)[/_ .].*)"
)
_SAMPLED = 200


def is_series(value: Any) -> bool:
    """Tell whether an object has parallel lists of steps and values."""
    return isinstance(value, dict) and series_keys(value) is not None


def series_keys(value: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return what the parallel lists of steps and values are called, if they are there."""
    lists = {key for key, cells in value.items() if isinstance(cells, list)} - {"timestamps"}
    for steps, values in SERIES:
        if lists == {steps, values} and (steps != "x" or _are_whole(value[steps])):
            return steps, values
    return None


def series_in(value: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return such objects by the keys that lead there; none if there is anything else."""
    found: dict[str, Mapping[str, Any]] = {}
    for key, part in value.items():
        if is_series(part):
            found[key] = part
        elif isinstance(part, dict) and (inner := series_in(part)):
            found |= {f"{key}/{tag}": curve for tag, curve in inner.items()}
        else:
            return {}
    return found


def is_pairs(value: Any) -> bool:
    """Tell whether a value is an array of pairs: a step that rises, and what was measured."""
    if not isinstance(value, list) or not value:
        return False
    rows = value[:_SAMPLED]
    if isinstance(rows[-1], list) and len(rows[-1]) < 2:
        rows = rows[:-1]  # cut off
    if not rows or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        return False
    measured = {type(row[1]) for row in rows}
    return (
        _are_rising([row[0] for row in rows])
        and measured <= {int, float, type(None)}
        and float in measured
    )


def pairs_in(value: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return such arrays by the keys that lead there; none if there are lists of other kinds."""
    found = {tag: cells for tag, cells in _lists(value, "") if cells}
    return found if all(map(is_pairs, found.values())) else {}


def _lists(value: Mapping[str, Any], begin: str) -> Iterator[tuple[str, list[Any]]]:
    for key, part in value.items():
        if isinstance(part, dict):
            yield from _lists(part, f"{begin}{key}/")
        elif isinstance(part, list):
            yield f"{begin}{key}", part


def stepped(lists: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    """Return which list has the steps of which, where several have: ``val_steps`` of ``val_loss``.

    It is the one whose name begins alike, or else the only one of the same length; a list
    that has none has "". Nothing is returned where all rows have the same steps: where there
    are no more steps than those of one list, and no rows without one.
    """
    clocks: dict[str, str] = {}
    for name, cells in lists.items():
        found = _STEPS.fullmatch(name)
        if found and _are_rising(cells):
            clocks[name] = found[1]
    owners = {
        name: _clock(name, cells, clocks, lists)
        for name, cells in lists.items()
        if name not in clocks
    }
    longest = max(map(len, lists.values()), default=0)
    is_short = any(_STEPS.fullmatch(name) and len(cells) < longest for name, cells in lists.items())
    return owners if is_short or len({*owners.values()} - {""}) > 1 else {}


def _clock(
    name: str,
    cells: Sequence[Any],
    clocks: Mapping[str, str],
    lists: Mapping[str, Sequence[Any]],
) -> str:
    near = [
        clock
        for clock, begin in clocks.items()
        if begin and name.startswith(begin) and len(lists[clock]) >= len(cells)
    ]
    alike = [clock for clock in clocks if len(lists[clock]) == len(cells)]
    return next((found[0] for found in (near, alike) if len(found) == 1), "")


def is_numbers(cell: Any) -> bool:
    """Tell whether a cell is a list of numbers, or of truths, some of which may be missing."""
    if type(cell) is not list or not {*map(type, cell)} <= {int, float, bool, type(None)}:
        return False
    return any(item is not None for item in cell)


def has_curves(value: Mapping[str, Any]) -> bool:
    """Tell whether an object, or one in it, has curves: lists of one length, named like losses.

    Short lists that stand for themselves may as well be settings; so it takes two of them, or
    an object that holds nothing else.
    """
    lists = {name: cells for name, cells in value.items() if is_numbers(cells)}
    lengths = [
        len(cells)
        for name, cells in lists.items()
        if _MEASURED.fullmatch(name) and (float in map(type, cells) or len(lists) == len(value))
    ]
    are_curves = min(lengths, default=0) > 1 and len({*lengths}) == 1
    is_alone = len(lists) == len(value) and len({*map(len, lists.values())}) == 1
    if are_curves and (len(lengths) > 1 or is_alone):
        return True
    return any(has_curves(part) for part in value.values() if isinstance(part, dict))


def _are_rising(cells: Sequence[Any]) -> bool:
    return _are_whole(cells) and all(one < other for one, other in pairwise(cells))


def _are_whole(cells: Sequence[Any]) -> bool:
    return {*map(type, cells)} == {int}
