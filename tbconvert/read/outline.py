"""What a JSON document is, by a look at its values: which of the shapes that logs have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tbconvert.read.foreign import is_log, is_plain_number, why_no_log
from tbconvert.read.histories import (
    Records,
    arrays_in,
    is_stepped,
    names_in_logs,
    names_of,
    together,
    without_schema,
)
from tbconvert.read.keyed import gathered, orientation
from tbconvert.read.nested import SHORT
from tbconvert.read.objects import ObjectReader
from tbconvert.read.parallel import (
    has_curves,
    is_numbers,
    is_pairs,
    is_series,
    pairs_in,
    series_in,
)

WANTED = "wanted an array of records, lists of numbers by name, or numbers by name"

_MOST_NAMES = 10_000
_SAMPLED = 200
_VOCABULARY = 100
_EPOCH = 1e8
"""Seconds since 1970, from some day in 1973 on: what may be a wall time."""
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


class NoLogError(ValueError):
    """A document is no training log; the text says what it is."""


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
    arrays = list(arrays_in(gathered(without_schema(value))))
    logs = [found for found in arrays if asked or is_log(found.items)]
    cells = ObjectReader().flat(value)
    lists = {name: cell for name, cell in cells.items() if is_numbers(cell)}
    longest = max(map(len, lists.values()), default=0)
    one_log = together(logs)
    if any(found.is_keyed for found in one_log):
        others = tuple(found for found in arrays if found not in one_log)
        columns = dict.fromkeys(n for names in names_in_logs(one_log) for n in names.values())
        return Outline("several", tuple(columns), (), others, one_log)
    if logs:
        best = max(logs, key=lambda found: len(found.items))
        are_curves = longest >= max(2, len(best.items)) and not is_stepped(best.items)
        if not (are_curves and (len(lists) > 1 or len(best.items) == 1)):
            others = tuple(found for found in arrays if found is not best)
            names = names_of(best.items)
            return Outline("records", names, best.path, others, one_log, len(best.items))
    scalars = sum(_is_scalar(cell) for cell in cells.values())
    has_table = lists and any(len(found.items) == longest for found in logs)
    if lists and (has_table or len(lists) >= scalars or longest > SHORT or has_curves(value)):
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
        histories = dict(zip(map(str, range(len(value))), value, strict=True))
        if has_curves(histories):
            return Outline("columns", tuple(ObjectReader().flat(histories)))
        raise NoLogError(reason)
    return Outline("records", names_of(value), length=len(value))


def _single(cells: Mapping[str, Any], scalars: int, arrays: list[Records]) -> Outline:
    if len(cells) > _MOST_NAMES:
        raise NoLogError(f"an object of more than {_MOST_NAMES} names")
    numbers = [cell for cell in cells.values() if is_plain_number(cell)]
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
            isinstance(row, list) and len(row) == 3 and all(map(is_plain_number, row[:2]))
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


def column_name(name: Any) -> str:
    """Return the name of a column, which may be a number, or have levels."""
    return "/".join(map(str, name)) if isinstance(name, list) else str(name)


def _oriented_names(value: Mapping[str, Any]) -> Iterator[str]:
    if orientation(value) == "index":
        yield from names_of(list(value.values()))
    else:
        yield from value


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
