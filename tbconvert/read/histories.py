"""The arrays of records in a document: which of them are its log, and what their names are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from tbconvert.read.foreign import flat_records, is_log
from tbconvert.read.keyed import keyed
from tbconvert.read.step_names import COUNT, ROLE, STEP

_DEEPEST_PATH = 4


class Records(NamedTuple):
    """An array of objects: the keys that lead to it, and itself.

    What ``is_keyed`` is an object in the document, by epochs or the like.
    """

    path: tuple[str, ...]
    items: list[Any]
    is_keyed: bool = False


def without_schema(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object without what pandas says of the table in it."""
    schema = value.get("schema")
    if isinstance(schema, dict) and "pandas_version" in schema:
        return {key: cell for key, cell in value.items() if key != "schema"}
    return value


def logs_of(value: Mapping[str, Any]) -> tuple[tuple[Records, ...], list[Records]]:
    """Return several arrays of records that go together, and the others in an object."""
    arrays = list(arrays_in(without_schema(value)))
    logs = together([found for found in arrays if is_log(found.items)])
    paths = {found.path for found in logs}
    return logs, [found for found in arrays if found.path not in paths]


def are_abreast(logs: Sequence[Records]) -> bool:
    """Tell whether arrays of records have no step, and most of their names in common."""
    names = [{*names_of(found.items)} for found in logs]
    if len(names) < 2 or any(STEP.fullmatch(n) or ROLE.fullmatch(n) for n in set().union(*names)):
        return False
    return 2 * len(set.intersection(*names)) > max(map(len, names))


def names_in_logs(logs: Sequence[Records]) -> Iterator[dict[str, str]]:
    """Yield, for each of several arrays of records, what its names are beside the others.

    The keys that lead there stand in front, but for those that all have in common at their
    begin or at their end; those of steps and times are names that all have in common. Where
    their steps are named otherwise, all are called "step".
    """
    paths = [found.path for found in logs]
    shared = _in_common(paths)
    behind = _in_common([path[shared:][::-1] for path in paths])
    own = own_steps(logs)
    for found in logs:
        keys = found.path[shared : len(found.path) - behind] if len(logs) > 1 else ()
        step = own.get(found.path)
        yield {
            name: "step" if name == step else _beside(name, keys)
            for name in names_of(found.items, every=True)
        }


def _beside(name: str, keys: Sequence[str]) -> str:
    return name if ROLE.fullmatch(name) else "/".join((*keys, name))


def _in_common(paths: Sequence[Sequence[str]]) -> int:
    """Return how many keys all paths have in common, not counting the last of any."""
    levels = zip(*(path[:-1] for path in paths), strict=False)
    return len(list(takewhile(lambda keys: len({*keys}) == 1, levels)))


def own_steps(logs: Sequence[Records]) -> dict[tuple[str, ...], str]:
    """Return by its path what the steps of each log are called, where that is not one name.

    Those are the whole numbers that never fall, and of several the ones that rise most often.
    """
    counts = {frozenset(filter(COUNT.fullmatch, names_of(log.items))) for log in logs}
    if len(counts) < 2:
        return {}
    found = {log.path: _finest(log.items) for log in logs}
    if len({*found.values()}) < 2 or not all(found.values()):
        return {}
    is_free = all(
        found[log.path] == "step" or "step" not in names_of(log.items, every=True) for log in logs
    )
    return found if is_free else {}


def _finest(items: Sequence[Any]) -> str:
    rises: dict[str, int] = {}
    records = list(flat_records([*items], every=True))
    for name in dict.fromkeys(name for record in records for name in record):
        cells = [cell for record in records if (cell := record.get(name)) is not None]
        if COUNT.fullmatch(name) and {*map(type, cells)} == {int} and cells == sorted(cells):
            rises[name] = len({*cells})
    # an epoch is what is longest, where as many of each were counted
    return max(rises, key=lambda name: (rises[name], "epoch" not in name.lower()), default="")


def together(logs: Sequence[Records]) -> tuple[Records, ...]:
    """Return which arrays of records are one log.

    Their steps have a name in common; or each has its steps, and they measure the same.
    """
    several = tuple(found for found in logs if len(found.items) > 1)
    names = [{*names_of(found.items)} for found in several]
    shared = set.intersection(*names) if len(several) > 1 else set()
    if any(ROLE.fullmatch(name) and STEP.fullmatch(name) for name in shared):
        return several
    if are_abreast(several) or (shared and own_steps(several)):
        return several
    longest = max(logs, key=lambda found: len(found.items), default=None)
    return (longest,) if longest and longest.is_keyed else ()


def is_stepped(items: Sequence[Any]) -> bool:
    """Tell whether records have a step: what is named like one."""
    return any(map(STEP.fullmatch, names_of([*items])))


def arrays_in(value: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[Records]:
    """Yield the arrays of records in an object, and the objects that epochs are the keys of."""
    for key, inner in value.items():
        if isinstance(inner, dict) and len(inner) > 1 and (items := keyed(key, inner)):
            yield Records((*path, key), items, is_keyed=True)
        elif isinstance(inner, dict) and len(path) + 1 < _DEEPEST_PATH:
            yield from arrays_in(inner, (*path, key))
        elif isinstance(inner, list):
            objects = sum(isinstance(item, dict) for item in inner)
            if 2 * objects > len(inner):
                yield Records((*path, key), inner)


def names_of(items: list[Any], *, every: bool = False) -> tuple[str, ...]:
    """Return the names that the first records have when they are flat, or all of them."""
    records = flat_records(items, every=every)
    return tuple(dict.fromkeys(name for record in records for name in record))
