"""What a JSON document is, by a look at its values: which of the shapes that logs have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tbconvert.read.nested import SHORT
from tbconvert.read.objects import ObjectReader
from tbconvert.read.parallel import (
    STEP_WORD,
    has_curves,
    is_numbers,
    is_pairs,
    is_series,
    numbered,
    pairs_in,
    series_in,
)
from tbconvert.read.records import is_number

WANTED = "wanted an array of records, lists of numbers by name, or numbers by name"

_DEEPEST_PATH = 4
_MOST_NAMES = 10_000
_SAMPLED = 200
_LONG_TEXTS = 200
_WORDS = 3
_FEW = 3
_VOCABULARY = 100
_EPOCH = 1e8
"""Seconds since 1970, from some day in 1973 on: what may be a wall time."""
_WHOLE = re.compile(r"-?\d{1,18}")
_IDENTIFIER = re.compile(
    r"(?i)(.*/)?(id|idx|index|uid|uuid|line|offset|.*_id|.*_idx)|.*[a-z]Id", re.DOTALL
)

_STEP = re.compile(rf"(?i)(.*[/_ .])?({STEP_WORD})s?")
_ROLE = re.compile(
    rf"(?i)_?((global_)?{STEP_WORD}s?"
    r"|time|timestamp|date|datetime|wall_?time|runtime|elapsed|elapsed_time)"
)
"""What several arrays of records have in common: steps and times."""

# What has numbers in it and is no log, by keys that it has; the reason it is passed over.
_FOREIGN = (
    (("cells", "nbformat"), "a notebook"),
    (("images", "annotations"), "an annotated data set"),
    (("traceEvents",), "a profiler's trace"),
    (("features", "type"), "geographic data"),
    (("added_tokens", "model"), "a tokenizer"),
    (("weight_map",), "an index of weights"),
    (("lockfileVersion",), "a list of packages"),
    (("name", "version", "dependencies"), "a list of packages"),
    (("$schema", "properties"), "a JSON schema"),
    (("modelTopology", "weightsManifest"), "a model"),
)

_FOREIGN_RECORDS = (
    (("image_id", "category_id"), "an array of what was found in images"),
    (("image_id", "caption"), "an array of what was said of images"),
)
"""As above, by keys that all objects of an array have."""


class NoLogError(ValueError):
    """A document is no training log; the text says what it is."""


class Records(NamedTuple):
    """An array of objects: the keys that lead to it, and itself.

    What ``is_keyed`` is an object in the document, by epochs or the like.
    """

    path: tuple[str, ...]
    items: list[Any]
    is_keyed: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """The shape of a document; ``path`` leads to the records, ``others`` are not the longest.

    ``logs`` are all arrays of records, if there are several that go together;
    ``is_even`` tells that most lists are of one length.
    """

    shape: str
    columns: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    others: tuple[Records, ...] = ()
    logs: tuple[Records, ...] = ()
    length: int = 0
    is_even: bool = True


def outline(value: Any, *, asked: bool = False) -> Outline:
    """Return the shape of a document; with ``asked``, also if it hardly is a log.

    Raises
    ------
    NoLogError
        It has none of the shapes that logs have.
    """
    if not isinstance(value, dict):
        return _of_array(value, asked)
    if not value:
        raise NoLogError("an empty object")
    if not asked:
        for keys, what in _FOREIGN:
            if all(key in value for key in keys):
                raise NoLogError(what)
    if is_triples(value.values()):
        return Outline("triples", ("wall_time", "step", "value", "tag"))
    if is_series(value) or series_in(value):
        return Outline("series", ("step", "tag", "value"))
    if pairs_in(value):
        return Outline("pairs", ("step", "tag", "value"))
    if is_split(value):
        return Outline("rows", tuple(map(column_name, value["columns"])))
    if orientation(value):
        return Outline("columns", tuple(_oriented_names(value)))
    arrays = list(_arrays(without_schema(value), ()))
    logs = [found for found in arrays if asked or _is_log(found.items)]
    cells = ObjectReader().flat(value)
    lists = {name: cell for name, cell in cells.items() if is_numbers(cell)}
    longest = max(map(len, lists.values()), default=0)
    together = _together(logs)
    if any(found.is_keyed for found in together):
        others = tuple(found for found in arrays if found not in together)
        columns = dict.fromkeys(n for names in names_in_logs(together) for n in names.values())
        return Outline("several", tuple(columns), (), others, together)
    if logs:
        best = max(logs, key=lambda found: len(found.items))
        if len(best.items) > 1 or longest < 2:
            others = tuple(found for found in arrays if found is not best)
            names = _names(best.items)
            return Outline("records", names, best.path, others, together, len(best.items))
    scalars = sum(_is_scalar(cell) for cell in cells.values())
    if lists and (len(lists) >= scalars or longest > SHORT or has_curves(value)):
        lengths = Counter(map(len, lists.values()))
        return Outline("columns", tuple(lists), is_even=2 * max(lengths.values()) >= len(lists))
    return _single(cells, scalars, arrays)


def _of_array(value: Any, asked: bool) -> Outline:
    if not isinstance(value, list):
        raise NoLogError(_kind(value))
    if not value:
        raise NoLogError("an empty array")
    if is_triples([value]) and all(row[0] > _EPOCH for row in value[:_SAMPLED]):
        return Outline("triples", ("wall_time", "step", "value"))
    if is_pairs(value):
        return Outline("pairs", ("step", "value"))
    if is_numbers(value) and (asked or any(type(item) is float for item in value)):
        return Outline("values", ("value",))
    objects = [item for item in value if isinstance(item, dict)]
    if 2 * len(objects) < len(value):
        raise NoLogError(f"an array of {_kind(value[0]).removeprefix('a ').removeprefix('an ')}s")
    if all(map(is_series, objects)):
        return Outline("series", ("run", "step", "tag", "value"))
    if not asked and (reason := why_no_log(value)):
        raise NoLogError(reason)
    return Outline("records", _names(value), length=len(value))


def _single(cells: Mapping[str, Any], scalars: int, arrays: list[Records]) -> Outline:
    if len(cells) > _MOST_NAMES:
        raise NoLogError(f"an object of more than {_MOST_NAMES} names")
    numbers = [cell for cell in cells.values() if type(cell) in (int, float)]
    is_distinct = len({*numbers}) == len(numbers) == len(cells)
    if len(numbers) > _VOCABULARY and is_distinct and {*map(type, numbers)} == {int}:
        raise NoLogError("a vocabulary: many names, each with a whole number of its own")
    if not scalars:
        reason = (
            why_no_log(arrays[0].items) or "an object of lists, none of them a log"
            if arrays
            else ""
        )
        raise NoLogError(reason or "an object without numbers")
    return Outline("single", tuple(cells))


def is_triples(curves: Collection[Any]) -> bool:
    """Tell whether curves are arrays of wall time, step and value."""
    return (
        all(isinstance(rows, list) for rows in curves)
        and any(curves)
        and all(
            isinstance(row, list) and len(row) == 3 and all(map(_is_number, row[:2]))
            for rows in curves
            for row in rows[:_SAMPLED]
        )
    )


def is_split(value: Mapping[str, Any]) -> bool:
    """Tell whether an object has names of columns and arrays of cells: pandas' "split"."""
    names, rows = value.get("columns"), value.get("data")
    if not isinstance(names, list) or not names or not isinstance(rows, list) or not rows:
        return False
    return 2 * sum(isinstance(row, list) for row in rows) > len(rows)


def orientation(value: Mapping[str, Any]) -> str:
    """Return how an object of objects has rows: by "index" first, by "columns", or "" for none."""
    inner = [part for part in value.values() if part]
    if not inner or not all(isinstance(part, dict) for part in value.values()):
        return ""
    if numbered(value) and any(_has_number(part) for part in inner):
        return "index"
    if not any(map(_is_number, (cell for part in inner for cell in part.values()))):
        return ""
    if all(map(_WHOLE.fullmatch, value)):
        return "index"
    if all(not isinstance(cell, dict | list) for part in inner for cell in part.values()):
        return "columns" if all(_WHOLE.fullmatch(key) for part in inner for key in part) else ""
    return ""


def without_schema(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object without what pandas says of the table in it."""
    schema = value.get("schema")
    if isinstance(schema, dict) and "pandas_version" in schema:
        return {key: cell for key, cell in value.items() if key != "schema"}
    return value


def column_name(name: Any) -> str:
    """Return the name of a column, which may be a number, or have levels."""
    return "/".join(map(str, name)) if isinstance(name, list) else str(name)


def flat_records(items: list[Any], *, every: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the first records, or all of them, flat; without those that cannot be made so."""
    reader = ObjectReader()
    for item in items if every else items[:_SAMPLED]:
        if isinstance(item, dict):
            yield reader.flat(item)


def logs_of(value: Mapping[str, Any]) -> tuple[tuple[Records, ...], list[Records]]:
    """Return several arrays of records that go together, and the others in an object."""
    arrays = list(_arrays(without_schema(value), ()))
    logs = _together([found for found in arrays if _is_log(found.items)])
    return logs, [found for found in arrays if found not in logs]


def are_abreast(logs: Sequence[Records]) -> bool:
    """Tell whether arrays of records have no step, and most of their names in common."""
    names = [{*_names(found.items)} for found in logs]
    if len(names) < 2 or any(_STEP.fullmatch(n) or _ROLE.fullmatch(n) for n in set().union(*names)):
        return False
    return 2 * len(set.intersection(*names)) > max(map(len, names))


def _together(logs: list[Records]) -> tuple[Records, ...]:
    together = tuple(found for found in logs if len(found.items) > 1)
    names = [set(filter(_ROLE.fullmatch, _names(found.items))) for found in together]
    shared = set.intersection(*names) if len(together) > 1 else set()
    if any(map(_STEP.fullmatch, shared)) or are_abreast(together):
        return together
    longest = max(logs, key=lambda found: len(found.items), default=None)
    return (longest,) if longest and longest.is_keyed else ()


def names_in_logs(logs: Sequence[Records]) -> Iterator[dict[str, str]]:
    """Yield, for each of several arrays of records, what its names are beside the others.

    The keys that lead there stand in front, but for those that lead to all of them; those of
    steps and times are names that all have in common.
    """
    shared = 0
    for keys in zip(*(found.path[:-1] for found in logs), strict=False):
        if len({*keys}) > 1:
            break
        shared += 1
    for found in logs:
        keys = found.path[shared:] if len(logs) > 1 else ()
        yield {
            name: name if _ROLE.fullmatch(name) else "/".join((*keys, name))
            for name in _names(found.items, every=True)
        }


def _arrays(value: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Records]:
    for key, inner in value.items():
        if isinstance(inner, dict) and len(inner) > 1 and (items := _keyed(key, inner)):
            yield Records((*path, key), items, is_keyed=True)
        elif isinstance(inner, dict) and len(path) + 1 < _DEEPEST_PATH:
            yield from _arrays(inner, (*path, key))
        elif isinstance(inner, list):
            objects = sum(isinstance(item, dict) for item in inner)
            if 2 * objects > len(inner):
                yield Records((*path, key), inner)


def _keyed(key: str, value: Mapping[str, Any]) -> list[Any]:
    """Return the records of an object whose keys are epochs or the like, each with its own."""
    what = _STEP.fullmatch(key)
    count = numbered(value)
    if orientation(value) != "index" or not (count or what):
        return []
    word, numbers = count or (what[2].lower() if what else "", [*map(int, value)])
    pairs = sorted(zip(numbers, value.values(), strict=True), key=lambda pair: pair[0])
    return [{word: number} | record for number, record in pairs]


def _names(items: list[Any], *, every: bool = False) -> tuple[str, ...]:
    records = flat_records(items, every=every)
    return tuple(dict.fromkeys(name for record in records for name in record))


def why_no_log(items: list[Any]) -> str:
    """Return what an array of objects is, if it hardly is a log; else ""."""
    records = list(flat_records(items))
    for keys, what in _FOREIGN_RECORDS:
        if any(records) and all(key in record for record in records for key in keys):
            return what
    texts = numbers = 0
    for record in records:
        for name, cell in record.items():
            if isinstance(cell, str):
                texts += len(cell)
            if _is_figure(cell) and not _IDENTIFIER.fullmatch(name):
                numbers += 1
    if not numbers:
        return "an array of objects without numbers"
    if texts > _LONG_TEXTS * len(records):
        return "an array of objects that are texts for the most part, such as a data set"
    return ""


def is_prose(records: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether each record has a sentence of its own, and none has a step or a time."""
    names = {name for record in records for name in record}
    if len(records) < _FEW or any(_STEP.fullmatch(name) or _ROLE.fullmatch(name) for name in names):
        return False
    for name in names:
        texts = [cell for record in records if isinstance(cell := record.get(name), str)]
        words = sum(len(text.split()) for text in texts)
        if len({*texts}) == len(records) and words >= _WORDS * len(texts):
            return True
    return False


def _is_log(items: list[Any]) -> bool:
    """Tell whether an array of objects inside of a document is its log, and no mere list."""
    if why_no_log(items):
        return False
    cells = [(name, cell) for record in flat_records(items) for name, cell in record.items()]
    if any(_STEP.fullmatch(name) for name, _ in cells):
        return True
    numbers = [cell for _, cell in cells if _is_number(cell)]
    is_float = any(isinstance(number, float) for number in numbers)
    return len(items) > 1 and (is_float or 2 * len(numbers) >= len(cells))


def _oriented_names(value: Mapping[str, Any]) -> Iterator[str]:
    if orientation(value) == "index":
        yield from _names(list(value.values()))
    else:
        yield from value


def _has_number(value: Mapping[str, Any]) -> bool:
    return any(map(_is_number, ObjectReader().flat(dict(value)).values()))


def _is_figure(cell: Any) -> bool:
    return _is_number(cell) or (isinstance(cell, str) and len(cell) < 40 and is_number(cell))


def _is_number(cell: Any) -> bool:
    return type(cell) in (int, float)


def _is_scalar(cell: Any) -> bool:
    return isinstance(cell, bool | int | float | str)


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "a text"
    if value is None or isinstance(value, bool):
        return "a literal"
    if isinstance(value, int | float):
        return "a number"
    return "an array" if isinstance(value, list) else "an object"
