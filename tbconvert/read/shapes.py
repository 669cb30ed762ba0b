"""A JSON document that is in memory as a whole, as tables and settings.

Its cells stand in no line of their own, so rows are numbered from 1 instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Setting
from tbconvert.read.foreign import flat_records
from tbconvert.read.histories import are_abreast, logs_of, names_in_logs, own_steps
from tbconvert.read.keyed import gathered, numbered, orientation
from tbconvert.read.nested import SHORT, flat_batch
from tbconvert.read.objects import ObjectReader, as_batch, meets, shown, whole_text
from tbconvert.read.outline import column_name
from tbconvert.read.parallel import is_numbers, pairs_in, series_in, series_keys, stepped
from tbconvert.read.records import renamed, unique_names
from tbconvert.read.settings import by_name, leaves, meet
from tbconvert.read.single import Columns, row_of_lists, single, texts


def read_shape(shape: str, value: Any, origin: Origin) -> Iterator[Raw]:
    """Yield what a document of some shape holds: tables, then settings.

    Raises
    ------
    ValueError
        It is not of that shape.
    """
    if shape == "several":
        yield from _several(value, origin)
        return
    notes: list[Problem] = []
    try:
        if shape == "lists":
            yield row_of_lists(value, origin)
            return
        table, beside = _READERS[shape](value, origin, notes)
    except (AttributeError, TypeError, LookupError) as err:
        raise ValueError(f"got a document that is not of the shape {shape!r} throughout") from err
    yield from _tables(table, origin, notes)
    if settings := settings_of(beside, origin):
        yield settings


def _tables(table: Columns, origin: Origin, notes: list[Problem]) -> Iterator[RawTable]:
    first = 0
    for stop in sorted({*map(len, table.values())}) or [0]:
        # where a list has ended there is no cell that could be missing
        part = {name: cells[first:stop] for name, cells in table.items() if len(cells) >= stop}
        batch, met = flat_batch(as_batch(part))
        if not first:
            notes += [Problem(_at(origin, name), meets(name, other)) for name, other in met]
        lines = range(first + 1, first + 1 + batch.num_rows)
        yield RawTable(origin, batch, lines, problems=() if first else tuple(notes))
        first = stop


def settings_of(
    value: Mapping[str, Any], origin: Origin, *, every: bool = False, known: Sequence[str] = ()
) -> RawSettings | None:
    """Return the values in an object, flat, if there are any.

    Arrays are left out, and told, if they are long or have more than values in them and
    ``every`` is not wanted; those that are ``known`` were told before.
    """
    found: list[tuple[str, Setting]] = []
    problems: list[Problem] = []
    for name, cell in leaves(value) if value else ():
        if cell == {} and not every:  # maybe what is left when the records were taken out of it
            continue
        if isinstance(cell, bool | int | float):
            found.append((_text(name), cell))
        elif every or isinstance(cell, str) or _is_short(cell):
            text = cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
            found.append((_text(name), _text(text)))
        elif cell and name not in known:
            said = f"an array of {len(cell)} beside the log was left out"
            problems.append(Problem(_at(origin, name), said))
    values, met = by_name(found)
    problems += (meet(name, other, origin) for name, other in met.items())
    return RawSettings(origin, values, tuple(problems)) if values or problems else None


def _is_short(cell: Any) -> bool:
    """Tell whether an array beside a log may say what a training was started with."""
    is_plain = isinstance(cell, list) and not any(isinstance(i, list | dict) for i in cell)
    return is_plain and 0 < len(cell) <= SHORT


def _rows(value: Any, origin: Origin, notes: list[Problem]) -> tuple[Columns, dict[str, Any]]:
    """Read pandas' "split": names, and arrays of cells."""
    given = [column_name(name) for name in value["columns"]]
    names = unique_names(given)
    for name, other in renamed(given, names):
        notes.append(Problem(_at(origin, name), f"stands there before: read as {other!r}"))
    columns: dict[str, list[Any]] = {name: [] for name in names}
    index = value.get("index") or []
    kept: list[Any] = []
    for row, (cells, label) in enumerate(zip_longest(value["data"], index), 1):
        if not isinstance(cells, list):
            if row <= len(value["data"]):
                said = f"got {shown(json.dumps(cells))}, wanted an array of cells; it was left out"
                notes.append(Problem(_at(origin, None, row), said, cells=1))
            continue
        if len(cells) > len(names):
            said = f"got {len(cells)} cells, wanted {len(names)}; what is more was left out"
            lost = len(cells) - len(names)
            notes.append(Problem(_at(origin, None, row), said, cells=lost))
        for name, cell in zip_longest(names, cells[: len(names)]):
            columns[name].append(cell)
        kept.append(column_name(label) if isinstance(label, list) else label)
    table: Columns = columns
    if index and kept != list(range(len(kept))):
        table = {_free("index", columns): kept, **columns}
    return table, _without(value, "columns", "data", "index", "index_names", "column_names")


def _triples(value: Any, origin: Origin, notes: list[Problem]) -> tuple[Columns, dict[str, Any]]:
    """Read wall time, step and value, by tag as in tensorboardX's ``all_scalars.json``."""
    times: list[Any] = []
    steps: list[Any] = []
    tags: list[str] = []
    values: list[Any] = []
    is_one = isinstance(value, list)
    for tag, rows in [("value", value)] if is_one else value.items():
        for row in rows:
            if not isinstance(row, list) or len(row) != 3:
                said = f"got {shown(json.dumps(row))}, wanted a time, a step and a value"
                notes.append(Problem(_at(origin, tag), f"{said}; it was left out", cells=1))
                continue
            for column, cell in zip((times, steps, values), row, strict=True):
                column.append(cell)
            tags.append(tag)
    points = {"wall_time": times, "step": steps, "value": values}
    return points if is_one else {**points, "tag": tags}, {}


def _series(value: Any, origin: Origin, notes: list[Problem]) -> tuple[Columns, dict[str, Any]]:
    """Read parallel lists of steps and values, by tag: Sacred's metrics, Dreamer's scores."""
    beside: dict[str, Any] = {}
    curves: list[tuple[str, str, Any]] = []
    if isinstance(value, list):
        curves = [(*_labels(curve), curve) for curve in value]
    elif series_keys(value):
        beside = {key: cell for key, cell in value.items() if not isinstance(cell, list)}
        curves = [("", "", value)]
    else:
        curves = [("", tag, curve) for tag, curve in series_in(value).items()]
    if not curves:
        raise LookupError
    return _long(curves, origin, notes), beside


def _pairs(value: Any, origin: Origin, notes: list[Problem]) -> tuple[Columns, dict[str, Any]]:
    """Read pairs of step and value, by tag: the history of Flower."""
    is_one = isinstance(value, list)
    curves: list[tuple[str, str, Any]] = []
    for tag, rows in [("value", value)] if is_one else pairs_in(value).items():
        kept = [row for row in rows if isinstance(row, list) and len(row) == 2]
        for row in rows:
            if not isinstance(row, list) or len(row) != 2:
                said = f"got {shown(json.dumps(row))}, wanted a step and a value"
                notes.append(Problem(_at(origin, tag), f"{said}; it was left out", cells=1))
        steps, values = map(list, zip(*kept, strict=True))
        curves.append(("", tag, {"steps": steps, "values": values}))
    if not curves:
        raise LookupError
    beside = {} if is_one else _without_lists(value)
    table = _long(curves, origin, notes)
    return {name: table[name] for name in ("step", "value")} if is_one else table, beside


def _values(value: Any, origin: Origin, notes: list[Problem]) -> tuple[Columns, dict[str, Any]]:
    """Read an array of numbers: one curve."""
    return {"value": value}, {}


def _long(
    curves: Sequence[tuple[str, str, Any]], origin: Origin, notes: list[Problem]
) -> dict[str, list[Any]]:
    """Return a long table of curves, each with its run, its tag, and its lists."""
    table: dict[str, list[Any]] = {}
    columns = ["run"] if any(run for run, _, _ in curves) else []
    if any("timestamps" in curve for _, _, curve in curves):
        columns.append("wall_time")
    table = {name: [] for name in [*columns, "step", "tag", "value"]}
    for run, tag, curve in curves:
        steps_key, values_key = series_keys(curve) or ("steps", "values")
        steps, values = curve[steps_key], curve[values_key]
        count = min(len(steps), len(values))
        if count < len(values):
            said = f"got {len(steps)} steps for {len(values)} values; the last were left out"
            lost = len(values) - count
            notes.append(Problem(_at(origin, tag or values_key), said, cells=lost))
        times = [*curve.get("timestamps", ())][:count]
        table["step"] += steps[:count]
        table["tag"] += [tag or values_key] * count
        # what Sacred was given as a number of numpy it writes as an object around it
        table["value"] += [
            cell.get("value") if isinstance(cell, dict) else cell for cell in values[:count]
        ]
        if "run" in table:
            table["run"] += [run] * count
        if "wall_time" in table:
            table["wall_time"] += times + [None] * (count - len(times))
    return table


def _columns(value: Any, origin: Origin, notes: list[Problem]) -> tuple[Columns, dict[str, Any]]:
    """Read lists by name, however deep they stand; or pandas' columns and rows by index."""
    if isinstance(value, list):
        value = {str(at): history for at, history in enumerate(value)}
    elif way := orientation(value):
        return _oriented(value, way), {}
    reader = ObjectReader()
    cells = reader.flat(value)
    for name, other in reader.met.items():
        notes.append(Problem(_at(origin, name), meets(name, other)))
    lists = {name: cell for name, cell in cells.items() if is_numbers(cell)}
    if clocks := stepped(lists):
        return _by_their_own(lists, clocks, origin, notes), _without(cells, *lists)
    lengths = {name: len(cell) for name, cell in lists.items()}
    longest = max(lengths.values(), default=0)
    found = {
        name: cell
        for name, cell in cells.items()
        if name in lengths or (isinstance(cell, list) and len(cell) == longest)
    }
    columns = {name: of for key, cell in found.items() for name, of in _flat_columns(key, cell)}
    if {*lengths.values()} - {longest}:
        short = ", ".join(f"{name!r} {n}" for name, n in lengths.items() if n < longest)
        full = next(name for name, n in lengths.items() if n == longest)
        said = f"lists are not of one length: {full!r} has {longest}, {short}"
        notes.append(Problem(origin, f"{said[:300]}; all begin with the first row"))
    return columns, {name: cell for name, cell in cells.items() if name not in found}


def _flat_columns(key: str, cells: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Yield a list, or what is in a list of objects, each by its name."""
    if {*map(type, cells)} != {dict}:
        yield key, cells
        return
    records = list(flat_records(cells, every=True))
    for name in dict.fromkeys(name for record in records for name in record):
        yield f"{key}/{name}", [record.get(name) for record in records]


def _by_their_own(
    lists: Mapping[str, Sequence[Any]],
    clocks: Mapping[str, str],
    origin: Origin,
    notes: list[Problem],
) -> Columns:
    """Return a long table of lists, each by the steps that another one has."""
    curves = []
    for name, clock in clocks.items():
        steps = lists[clock] if clock else range(len(lists[name]))
        curves.append(("", name, {"steps": [*steps], "values": lists[name]}))
    pairs = ", ".join(f"{name!r} by {clock or 'row'!r}" for name, clock in clocks.items())
    notes.append(Problem(origin, f"several lists have steps: {pairs[:300]}"))
    return _long(curves, origin, notes)


def _oriented(value: Mapping[str, Mapping[str, Any]], way: str) -> Columns:
    rows: dict[int, dict[str, Any]] = {}
    word, numbers = numbered(value) or ("", [])
    if way == "index":
        reader = ObjectReader()
        records = [reader.flat(dict(record)) for record in value.values()]
        # the keys of an object have no order, and some writers sort them as texts
        pairs = zip(numbers or map(int, value), records, strict=True)
        rows = dict(sorted(pairs, key=lambda pair: pair[0]))
    else:
        for name, column in value.items():
            for key, cell in column.items():
                rows.setdefault(int(key), {})[name] = cell
    names = dict.fromkeys(name for record in rows.values() for name in record)
    columns = {name: [record.get(name) for record in rows.values()] for name in names}
    index = list(rows)
    if word:
        return columns if columns.get(word) == index else {_free(word, names): index, **columns}
    return columns if index == [*range(len(index))] else {_free("index", names): index, **columns}


def _several(value: Any, origin: Origin) -> Iterator[Raw]:
    """Read several arrays of records, each as a table whose columns have its name in front."""
    value = gathered(value)
    logs, others = logs_of(value)
    if not logs:
        raise ValueError("got a document without several arrays of records that have one step")
    beside = _without_paths(value, [found.path for found in (*logs, *others)])
    first = 1
    abreast: dict[str, list[Any]] = {}
    is_abreast = are_abreast(logs)
    said: list[Problem] = []
    if own := own_steps(logs):
        pairs = ", ".join(f"{'/'.join(path)!r} by {name!r}" for path, name in own.items())
        said.append(Problem(origin, f"several arrays have steps: {pairs[:300]}"))
    for found, names in zip(logs, names_in_logs(logs), strict=True):
        notes = [
            Problem(
                _at(origin, "/".join(found.path)),
                f"got {shown(json.dumps(item))}, {_OBJECT}",
                cells=1,
            )
            for item in found.items
            if not isinstance(item, dict)
        ]
        rows = list(flat_records(found.items, every=True))
        columns = {other: [row.get(name) for row in rows] for name, other in names.items()}
        if is_abreast:
            abreast |= columns
            said += notes
            continue
        batch, met = flat_batch(as_batch(columns))
        notes += [Problem(_at(origin, name), meets(name, other)) for name, other in met]
        lines = range(first, first + batch.num_rows)
        yield RawTable(origin, batch, lines, problems=(*said, *notes))
        first, said = lines.stop, []
    if is_abreast:
        yield from _tables(abreast, origin, said)
    if settings := settings_of(beside, origin):
        yield settings


def _without_lists(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_lists(cell) if isinstance(cell, dict) else cell
        for key, cell in value.items()
        if not isinstance(cell, list)
    }


_OBJECT = "wanted an object; it was left out"


def _without_paths(value: Mapping[str, Any], paths: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return an object without what stands at the end of some paths of keys."""
    ends = {key for key, *rest in paths if not rest}
    below: dict[str, list[Sequence[str]]] = {}
    for key, *rest in paths:
        if rest:
            below.setdefault(key, []).append(rest)
    return {
        key: _without_paths(of, below[key]) if key in below else of
        for key, of in value.items()
        if key not in ends
    }


_READERS = {
    "rows": _rows,
    "triples": _triples,
    "series": _series,
    "pairs": _pairs,
    "values": _values,
    "columns": _columns,
    "single": single,
    "texts": texts,
}


def _at(origin: Origin, column: str | None, row: int | None = None) -> Origin:
    return Origin(origin.uri, origin.part, row, column)


def _free(name: str, taken: Mapping[str, Any]) -> str:
    while name in taken:
        name = f"_{name}"
    return name


_TAGS = ("tag", "metric", "name", "task")


def _labels(curve: Mapping[str, Any]) -> tuple[str, str]:
    """Return what tells a curve from the others of a list: its run, and its tag if it has one."""
    cells = {key: str(cell) for key, cell in curve.items() if isinstance(cell, str | int | float)}
    tag = next((cells.pop(key) for key in _TAGS if key in cells), "")
    return "/".join(cells.values()), tag


def _text(text: str) -> str:
    return whole_text(text) or ""


def _without(value: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: cell for key, cell in value.items() if key not in keys}
