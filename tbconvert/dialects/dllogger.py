"""NVIDIA's DLLogger: JSON behind a mark in each line, or the one document of its first version."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import double, from_json, plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import Ending, LeftOut
from tbconvert.model import Problem, Raw, RawSettings, RawTable, Source

_STEP, _TIME, _DATA = "step", "timestamp", "data/"
_PARAMETER = "PARAMETER"
_ARGS = "run/args/"
_ITER, _EPOCH, _X = "iter/", "epoch/", "x"
_POSITIONS = ("step/0", "step/1", "step/2")
_NUMBERS = {int, float}

Place = tuple[float, ...]


def _adapter(source: Source) -> Adapter:
    if source.format == "text":
        return lines_adapter(source)
    left = LeftOut(source, "what tells of the machine is no curve")
    return left.after(_Store(left))


def lines_adapter(source: Source) -> Ending:
    """Return what makes tables of lines that are a step and what was logged for it.

    They have the columns of its file of JSON: ``step``, ``type``, ``timestamp`` and ``data/…``.
    """
    left = LeftOut(source, "what tells of lines and metrics is no curve")
    return left.after(_Lines(left))


@dataclass(slots=True, eq=False)
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


@dataclass(slots=True, eq=False)
class _Lines:
    """Parts lines by what their steps are: iterations in epochs, epochs, or the whole run.

    ``fine`` are the metrics of iterations; those of their names that are logged for an epoch
    are told apart. Any line may come to have one, so what is of epochs is held back: with its
    steps, and without the text around it.
    """

    left: LeftOut
    counter: _Counter = field(default_factory=_Counter)
    fine: set[str] = field(default_factory=set)
    held: list[RawTable] = field(default_factory=list)
    called: reshape.Names = field(default_factory=reshape.Names)

    @reshape.of_tables
    def __call__(self, raw: RawTable) -> Iterator[Raw]:
        """Yield the settings, then the rows of iterations."""
        raw = _with_data(raw)
        is_log = _is_log(raw)
        self.left.unless(reshape.rows(raw, ~is_log), _is_place)
        raw = self.left.unless(reshape.rows(raw, is_log), lambda n: _is_place(n) or _is_data(n))
        texts, places = _places(raw)
        is_setting = np.array([text == _PARAMETER for text in texts], np.bool_)
        yield from _settings(reshape.rows(raw, is_setting))
        logged = np.array([place is not None for place in places], np.bool_)
        fine = np.array([place is not None and len(place) > 1 for place in places], np.bool_)
        steps = [None if place is None else self._step(place) for place in places]
        problems = (*raw.problems, *_odd(reshape.rows(raw, ~logged & ~is_setting)))
        if problems:
            yield replace(reshape.select(raw, lambda name: False), problems=problems)
        for keep in (fine, logged & ~fine):
            table = _metrics(reshape.rows(raw, keep))
            if table.batch.num_rows:
                at = [step for step, kept in zip(steps, keep, strict=True) if kept]
                table = reshape.with_columns(table, {_STEP: pa.array(at, pa.float64())})
                table = replace(table, problems=())
                if keep is fine:
                    self.fine |= {*filter(_is_data, table.batch.schema.names)}
                    yield self._named(table, "")
                else:
                    self.held.append(table)

    def finish(self) -> Iterator[Raw]:
        """Yield what is of epochs, and of the whole run."""
        for table in self.held:
            yield self._named(table, "_epoch")

    def _named(self, table: RawTable, suffix: str) -> RawTable:
        return self.called.renamed(
            table, lambda name: name.removeprefix(_DATA) + suffix * (name in self.fine)
        )

    def _step(self, place: Place) -> float:
        if len(place) > 1:
            return self.counter.step(*place[:2])
        return place[0] if place else self.counter.count


def _metrics(rows: RawTable) -> RawTable:
    """Return the metrics of rows of one scale, and their times."""
    there = {
        name
        for name, cells in zip(rows.batch.schema.names, rows.batch.columns, strict=True)
        if cells.null_count < len(cells) and (_is_data(name) or name == _TIME)
    }
    return reshape.select(rows, lambda name: name in there)


def _settings(rows: RawTable) -> Iterator[RawSettings]:
    """Yield what each row tells that is logged for the step of parameters."""
    for row in reshape.records(rows, _is_data):
        there = {name: cell for name, cell in row.items() if cell is not None}
        found = {name.removeprefix(_DATA): plain_setting(cell) for name, cell in there.items()}
        if found:
            yield RawSettings(rows.origin, found)


def _odd(rows: RawTable) -> Iterator[Problem]:
    """Say which rows have a step that is none."""
    lines, steps = rows.line_numbers().tolist(), reshape.column(rows, _STEP)
    for line, step, row in zip(
        lines,
        [None] * len(lines) if steps is None else reshape.plain(steps),
        reshape.records(rows, _is_data),
        strict=True,
    ):
        cells = sum(cell is not None for cell in row.values())
        said = f"got {step!r:.80}, wanted numbers or {_PARAMETER} as step; the row was left out"
        yield Problem(replace(rows.origin, row=line, column=_STEP), said, cells=cells)


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
    return reshape.with_columns(reshape.without(raw, (_DATA.rstrip("/"),)), columns)


def _literal(text: str) -> dict[Any, Any]:
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _texts(cells: Sequence[Any]) -> pa.Array:
    return pa.array([None if cell is None else str(cell) for cell in cells], pa.string())


def _is_data(name: str) -> bool:
    return name.startswith(_DATA)


def _is_place(name: str) -> bool:
    return name in (_STEP, _TIME, "type") or name.startswith(f"{_STEP}/")


def _places(raw: RawTable) -> tuple[Sequence[Any], Sequence[Place | None]]:
    """Return what each row has as step, and its parts; None where that is none.

    Where the log begins with lists of numbers they are columns, one for each place of them, in
    blocks in which no step is a text.
    """
    cells = reshape.column(raw, _STEP)
    given = [None] * raw.batch.num_rows if cells is None else reshape.plain(cells)
    parts = np.column_stack([reshape.numbers(raw, name) for name in _POSITIONS])
    lists = [row[~np.isnan(row)].tolist() for row in parts]
    steps = [of or one for of, one in zip(lists, given, strict=True)]
    return steps, [*map(_place, steps)]


def _is_log(raw: RawTable) -> NDArray[np.bool_]:
    cells = reshape.column(raw, "type")
    if cells is None:
        return np.ones(raw.batch.num_rows, np.bool_)
    return np.array([cell in (None, "LOG") for cell in reshape.plain(cells)], np.bool_)


@cache
def _parsed(text: str) -> Place | None:
    try:
        value = from_json(text) if text else []
    except ValueError:
        return None
    parts = value if isinstance(value, list) else [value]
    return tuple(map(double, parts)) if {*map(type, parts)} <= {int, float} else None


def _place(step: Any) -> Place | None:
    if isinstance(step, str):
        return _parsed(step)
    if isinstance(step, list):
        return tuple(step)
    if isinstance(step, int | float):
        return (double(step),)
    return () if step is None else None


# ------------------------------------------------------------------------------ documents


@dataclass(frozen=True, slots=True, eq=False)
class _Store:
    """Reads the document of the first version: lists by epochs, and lists by iterations in them."""

    left: LeftOut

    @reshape.of_tables
    def __call__(self, raw: RawTable) -> Iterator[Raw]:
        """Yield the two scales of a document, then its settings."""
        if not {_ITER + _X, _EPOCH + _X} & {*raw.batch.schema.names}:
            yield raw
            return
        raw = self.left.unless(raw, lambda name: name.startswith((_ARGS, _ITER, _EPOCH)))
        pairs = zip(raw.batch.schema.names, raw.batch.columns, strict=True)
        columns = {name: column for name, column in pairs if column.null_count < len(column)}
        if raw.problems:
            yield reshape.select(raw, lambda name: False)
        for prefix in (_ITER, _EPOCH):
            of_scale = {
                name.removeprefix(prefix): _Parts.of(column)
                for name, column in columns.items()
                if name.startswith(prefix)
            }
            yield _of_scale(raw, prefix, of_scale)
        args = {n.removeprefix(_ARGS): c for n, c in columns.items() if n.startswith(_ARGS)}
        settings = {name: plain_setting(column[0].as_py()) for name, column in args.items()}
        yield RawSettings(raw.origin, settings)


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """What stands under one name, epoch by epoch.

    ``cells`` (m,) are those of all epochs, ``sizes`` (n,) how many each of them has.
    """

    cells: pa.Array
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, column: pa.Array) -> _Parts:
        """Return the parts of a cell that is there: a list of lists, of cells, or a lone cell."""
        kind = column.type
        if not pa.types.is_list(kind):
            return cls._of_json(column[0].as_py())
        epochs = column.flatten()
        if not pa.types.is_list(epochs.type):
            return cls(epochs, np.ones(len(epochs), np.int64))
        return cls(epochs.flatten(), np.diff(epochs.offsets.to_numpy()).astype(np.int64))

    @classmethod
    def _of_json(cls, cell: Any) -> _Parts:
        try:
            value = from_json(cell) if isinstance(cell, str) else cell
        except ValueError:
            value = cell
        epochs = value if isinstance(value, list) else [cell]
        parts = [part if isinstance(part, list) else [part] for part in epochs]
        return cls(_array([*chain(*parts)]), np.array([*map(len, parts)], np.int64))

    def numbers(self) -> NDArray[np.float64]:
        """Return the cells as float64, NaN where there is none; (m,)."""
        if pa.types.is_string(self.cells.type):
            found = [None if text is None else from_json(text) for text in self.cells.to_pylist()]
            return np.array([at if type(at) in _NUMBERS else np.nan for at in found], np.float64)
        return np.array(self.cells.to_numpy(zero_copy_only=False), np.float64)

    def fitted(self, sizes: NDArray[np.int64]) -> tuple[pa.Array, int]:
        """Return the cells of epochs of other sizes (k,), and how many were too many."""
        if np.array_equal(self.sizes, sizes):
            return self.cells, 0
        own = np.zeros(max(len(self.sizes), len(sizes)), np.int64)
        own[: len(self.sizes)] = self.sizes
        wanted = np.zeros_like(own)
        wanted[: len(sizes)] = sizes
        epochs = np.repeat(np.arange(len(wanted)), wanted)
        inside = np.arange(len(epochs)) - (np.cumsum(wanted) - wanted)[epochs]
        places = (np.cumsum(own) - own)[epochs] + inside
        cells = self.cells.take(pa.array(places, mask=inside >= own[epochs]))
        return cells, int(np.maximum(own - wanted, 0).sum())


def _of_scale(raw: RawTable, prefix: str, of_scale: Mapping[str, _Parts]) -> RawTable:
    """Return what stands under one scale, epoch by epoch, each list as far as its steps go."""
    steps = of_scale.get(_X) or _Parts(pa.array([], pa.float64()), np.zeros(0, np.int64))
    at = _counted_on(steps) if prefix == _ITER else steps.numbers()
    columns: dict[str, pa.Array] = {_STEP: pa.array(at, mask=~np.isfinite(at))}
    problems: list[Problem] = []
    for name, parts in of_scale.items():
        if name == _X:
            continue
        cells, lost = parts.fitted(steps.sizes)
        if lost:
            where = replace(raw.origin, column=prefix + name)
            said = f"{lost} values have no {prefix}{_X} beside them: they were left out"
            problems.append(Problem(where, said, cells=lost))
        columns[name] = cells
    batch = pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])
    lines = range(1, 1 + batch.num_rows)
    return replace(raw, batch=batch, lines=lines, problems=tuple(problems))


def _counted_on(iterations: _Parts) -> NDArray[np.float64]:
    """Return the steps of the iterations of each epoch, as ``_Counter`` has them one by one."""
    steps = iterations.numbers()
    there = np.isfinite(steps)
    at = steps[there]
    epochs = np.repeat(np.arange(len(iterations.sizes)), iterations.sizes)[there]
    is_anew = (epochs[1:] != epochs[:-1]) & (at[1:] <= at[:-1])
    steps[there] = (
        at + np.append(0, np.cumsum(np.where(is_anew, at[:-1] + 1 - at[:1], 0)))[: len(at)]
    )
    return steps


def _array(values: Sequence[Any]) -> pa.Array:
    try:
        return pa.array(values, pa.float64())
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([None if v is None else json.dumps(v) for v in values], pa.string())


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
    read={"shape": "lists"},
    adapt=_adapter,
)
