"""NVIDIA's DLLogger: JSON behind a mark in each line, or the one document of its first version."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Setting, Source

_STEP, _TIME, _DATA = "step", "timestamp", "data/"
_PARAMETER = "PARAMETER"
_ARGS = "run/args/"
_ITER, _EPOCH, _X = "iter/", "epoch/", "x"
_POSITIONS = ("step/0", "step/1", "step/2")

Place = tuple[float, ...]


def _adapter(source: Source) -> Adapter:
    if source.format == "text":
        return _Lines(Origin(source.uri)).adapt
    return _stored


@dataclass(slots=True)
class _Counter:
    """Counts iterations on, where they begin anew with each epoch."""

    before: float = 0
    first: float | None = None
    last: tuple[float, float] | None = None
    count: float = 0

    def step(self, epoch: float, iteration: float) -> float:
        """Return the step of an iteration."""
        if self.first is None:
            self.first = iteration
        if self.last is not None and epoch != self.last[0] and iteration <= self.last[1]:
            self.before += self.last[1] + 1 - self.first
        self.last = (epoch, iteration)
        self.count = self.before + iteration
        return self.count


# ---------------------------------------------------------------------------------- lines


@dataclass(slots=True)
class _Lines:
    """Parts lines by what their steps are: iterations in epochs, epochs, or the whole run.

    ``fine`` are the metrics of iterations; those of their names that are logged for an epoch
    are told apart.
    """

    origin: Origin
    counter: _Counter = field(default_factory=_Counter)
    fine: set[str] = field(default_factory=set)

    def adapt(self, raw: Raw) -> Iterator[Raw]:
        """Yield the settings, then the rows of each scale."""
        if isinstance(raw, RawTable):
            raw = _with_data(raw)
        if not isinstance(raw, RawTable) or not any(map(_is_data, raw.batch.schema.names)):
            yield raw
            return
        texts, places = _places(raw)
        problems = raw.problems
        if settings := self._settings(raw, texts):
            yield RawSettings(raw.origin, settings)
        logged = np.array([place is not None for place in places], np.bool_)
        fine = np.array([place is not None and len(place) > 1 for place in places], np.bool_)
        steps = [None if place is None else self._step(place) for place in places]
        for keep, suffix in ((fine, ""), (logged & ~fine, "_epoch")):
            table = self._scale(reshape.rows(raw, keep), suffix)
            if table.batch.num_rows:
                at = [step for step, kept in zip(steps, keep, strict=True) if kept]
                added = {_STEP: pa.array(at, pa.float64())}
                yield replace(reshape.with_columns(table, added), problems=problems)
                problems = ()
        if problems:
            yield replace(reshape.select(raw, lambda name: False), problems=problems)

    def _step(self, place: Place) -> float:
        if len(place) > 1:
            return self.counter.step(*place[:2])
        return place[0] if place else self.counter.count

    def _scale(self, rows: RawTable, suffix: str) -> RawTable:
        """Return the metrics of rows of one scale, and their times."""
        there = {
            name
            for name, cells in zip(rows.batch.schema.names, rows.batch.columns, strict=True)
            if cells.null_count < len(cells) and (_is_data(name) or name == _TIME)
        }
        if not suffix:
            self.fine |= {name for name in there if _is_data(name)}
        table = reshape.select(rows, lambda name: name in there)
        return reshape.renamed(
            table, lambda name: name.removeprefix(_DATA) + suffix * (name in self.fine)
        )

    def _settings(self, raw: RawTable, texts: Sequence[Any]) -> dict[str, Setting]:
        """Return what is logged for the step of parameters."""
        keep = np.array([text == _PARAMETER for text in texts], np.bool_)
        if not keep.any():
            return {}
        data = reshape.select(raw, _is_data)
        found: dict[str, Setting] = {}
        for row in reshape.records(reshape.rows(data, keep), _is_data):
            there = {name: cell for name, cell in row.items() if cell is not None}
            found |= {name.removeprefix(_DATA): _setting(cell) for name, cell in there.items()}
        return found


def _with_data(raw: RawTable) -> RawTable:
    """Return a table with a column for each metric, which a fork has as Python's text of a dict."""
    cells = reshape.column(raw, _DATA.rstrip("/"))
    if cells is None or not pa.types.is_string(cells.type):
        return raw
    found = [None if cell is None else _literal(cell) for cell in reshape.plain(cells)]
    rows = [row or {} for row in found]
    if lost := sum(row == {} for row in found):
        where = replace(raw.origin, column=_DATA.rstrip("/"))
        said = f"{lost} cells are no text of a dict: they were left out"
        raw = replace(raw, problems=(*raw.problems, Problem(where, said, cells=lost)))
    columns = {
        f"{_DATA}{name}": _texts([row.get(name) for row in rows])
        for name in dict.fromkeys(name for row in rows for name in row)
    }
    return reshape.with_columns(raw, columns)


def _literal(text: str) -> dict[Any, Any]:
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _texts(cells: Sequence[Any]) -> pa.Array:
    return pa.array([None if cell is None else str(cell) for cell in cells], pa.string())


def _setting(cell: Any) -> Setting:
    if isinstance(cell, list):
        return json.dumps(cell)
    # a column of texts and truths has these as JSON
    setting: Setting = cell == "true" if cell in ("true", "false") else cell
    return setting


def _is_data(name: str) -> bool:
    return name.startswith(_DATA)


def _places(raw: RawTable) -> tuple[Sequence[Any], Sequence[Place | None]]:
    """Return what each row has as step, and its parts; None where the row logs no metrics."""
    count = raw.batch.num_rows
    cells = reshape.column(raw, _STEP)
    texts: Sequence[Any] = [None] * count if cells is None else reshape.plain(cells)
    is_log = _is_log(raw)
    if cells is None:  # lists of numbers throughout: each place of them is a column
        parts = np.column_stack([reshape.numbers(raw, name) for name in _POSITIONS])
        places = [tuple(row[~np.isnan(row)].tolist()) for row in parts]
        return texts, [p if log else None for p, log in zip(places, is_log, strict=True)]
    return texts, [_place(t) if log else None for t, log in zip(texts, is_log, strict=True)]


def _is_log(raw: RawTable) -> NDArray[np.bool_]:
    cells = reshape.column(raw, "type")
    if cells is None:
        return np.ones(raw.batch.num_rows, np.bool_)
    return np.array([cell in (None, "LOG") for cell in reshape.plain(cells)], np.bool_)


@cache
def _parsed(text: str) -> Place | None:
    try:
        value = json.loads(text) if text else []
    except ValueError:
        return None
    parts = value if isinstance(value, list) else [value]
    return tuple(map(float, parts)) if {*map(type, parts)} <= {int, float} else None


def _place(step: Any) -> Place | None:
    if isinstance(step, str):
        return _parsed(step)
    if isinstance(step, list):
        return tuple(step)
    if isinstance(step, int | float):
        return (float(step),)
    return () if step is None else None


# ------------------------------------------------------------------------------ documents


def _stored(raw: Raw) -> Iterator[Raw]:
    """Yield the two scales of the first version's document, and its settings."""
    if not isinstance(raw, RawTable) or not _is_store(raw):
        yield raw
        return
    cells = next(iter(reshape.records(reshape.span(raw, 0, 1), lambda name: True)), {})
    counter = _Counter()
    places = [
        counter.step(epoch, at)
        for epoch, of_epoch in enumerate(_list(cells.get(_ITER + _X)))
        for at in (of_epoch if isinstance(of_epoch, list) else [])
        if isinstance(at, int | float)
    ]
    problems = raw.problems
    others = [name for name in cells if not name.startswith((_ARGS, _ITER, _EPOCH))]
    if lost := [name for name in others if cells[name] is not None]:
        said = f"{', '.join(lost[:5])}{', …' if len(lost) > 5 else ''}: no curve, and left out"
        problems += (Problem(raw.origin, said),)
    epochs = _list(cells.get(_EPOCH + _X))
    for prefix, steps, flat in ((_ITER, places, _joined), (_EPOCH, epochs, list)):
        table = _of_scale(raw, cells, prefix, steps, flat)
        yield replace(table, problems=problems)
        problems = ()
    args = {n.removeprefix(_ARGS): c for n, c in cells.items() if n.startswith(_ARGS)}
    settings = {name: plain_setting(cell) for name, cell in args.items() if cell is not None}
    yield RawSettings(raw.origin, settings)


def _is_store(raw: RawTable) -> bool:
    return bool({_ITER + _X, _EPOCH + _X} & {*raw.batch.schema.names})


def _of_scale(
    raw: RawTable,
    cells: Mapping[str, Any],
    prefix: str,
    steps: Sequence[Any],
    flat: Callable[[Any], list[Any]],
) -> RawTable:
    """Return what stands under one scale, each list as far as it goes."""
    at = [float(step) if isinstance(step, int | float) else None for step in steps]
    columns: dict[str, pa.Array] = {_STEP: pa.array(at, pa.float64())}
    for name, cell in cells.items():
        if name.startswith(prefix) and name != prefix + _X:
            values = flat(_list(cell))[: len(steps)]
            values += [None] * (len(steps) - len(values))
            columns[name.removeprefix(prefix)] = _array(values)
    batch = pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])
    return replace(raw, batch=batch, lines=range(1, 1 + len(steps)))


def _array(values: Sequence[Any]) -> pa.Array:
    try:
        return pa.array(values, pa.float64())
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([None if v is None else json.dumps(v) for v in values], pa.string())


def _joined(lists: Any) -> list[Any]:
    return [value for of_epoch in lists if isinstance(of_epoch, list) for value in of_epoch]


def _list(cell: Any) -> list[Any]:
    try:
        value = json.loads(cell) if isinstance(cell, str) else cell
    except ValueError:
        return []
    return value if isinstance(value, list) else []


DLLOGGER = on_generic(
    "dllogger",
    "NVIDIA's DLLogger: lines that begin with DLLL, and nvlog.json of its first version",
    Mark(formats=("text",), columns=("data/*", "type")),
    Mark(formats=("text",), columns=("data", "type", "step*", "elapsedtime")),
    Mark(("nvlog.json",), formats=("json",), keys=("run", "epoch", "iter")),
    sample="tbconvert ingest nvlog.json --logdir runs",
    steps=(_STEP,),
    wall_times=(_TIME,),
    stock_names={"nvlog", "dllogger*"},
    marker=b'LL {"timestamp"',  # a fork writes TCAPPDLL
    pattern=(r"\b(?:DLLL|TCAPPDLL) (?P<json>\{.*\})",),
    asks={"format": "json"},
    read={"shape": "texts"},
    adapt=_adapter,
)
