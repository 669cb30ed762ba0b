"""Optuna's journal: a line for each thing that befell a study, a trial, or one of its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import from_json, plain_setting
from tbconvert.dialects.left_out import LeftOut
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Setting

OP = "op_code"

_START, _END = "datetime_start", "datetime_complete"
BETWEEN = "intermediate_value"
_REPORT = 7
"""The kind of a row that has one."""

_USED = {
    *(OP, "study_id", "study_name", "trial_id", "state", "value", _START, _END, "step", BETWEEN),
    *("param_name", "param_value_internal", "distribution"),
}
_IDS = {OP, "study_id", "trial_id"}
_GROUPS = ("values", "user_attr", "user_attrs", "params", "distributions", "intermediate_values")

_STATES = ("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING")
"""Those of ``optuna.trial.TrialState``, by number."""

Cells = Mapping[str, Any]
Point = tuple[int, str, Any, str | None, tuple[Any, ...]]
"""In which of the rows it stands; its run, step, and time; and its values."""


class _Report(NamedTuple):
    """Rows below one another of what one trial reported; its run, and when it began."""

    rows: range
    run: str
    start: str | None


@dataclass(slots=True, eq=False)
class _Study:
    """A study, and how many trials it has by now."""

    name: str
    trials: int = 0


@dataclass(slots=True, eq=False)
class _Trial:
    """A trial: its run, its number in the study, when it began, and what it was given."""

    run: str
    number: int
    start: str | None = None
    settings: dict[str, Setting] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Journal:
    """Makes a run of each trial, called by its study and its number there.

    Both ``studies`` and ``trials`` stand where their ids say; of a trial of an unknown study
    nothing is known.
    """

    left: LeftOut
    studies: list[_Study] = field(default_factory=list)
    trials: list[_Trial | None] = field(default_factory=list)

    @reshape.of_tables
    def __call__(self, raw: RawTable) -> Iterator[Raw]:
        """Yield the values in a table, those of the same names together."""
        table = self.left.unless(raw, _is_used)
        names = [name for name in table.batch.schema.names if name not in _IDS]
        cells_there = sum((reshape.is_there(table, name) for name in names), start=np.array(0))
        ops, ids = _listed(table, OP), _listed(table, "trial_id")
        others = _rows(reshape.rows(table, np.array([op != _REPORT for op in ops], np.bool_)))
        problems = list(raw.problems)
        points: dict[tuple[str, ...], list[Point]] = {}
        reports: list[_Report] = []
        for rows in _stretches(ops, ids):
            try:
                if ops[rows.start] == _REPORT:
                    trial = self.trial(ids[rows.start])
                    reports.append(_Report(rows, trial.run, trial.start))
                    continue
                cells = next(others)
                take = _TAKES.get(cells.get(OP, -1), _pass_over)
                for called, trial, step, time, values in take(self, cells):
                    point = rows.start, trial.run, step, time, values
                    points.setdefault(called, []).append(point)
            except LookupError as err:
                for row in rows:
                    where = replace(raw.origin, row=int(raw.line_numbers()[row]))
                    said = f"{err.args[0]}; it was left out"
                    problems.append(Problem(where, said, cells=int(cells_there[row])))
        if problems:
            yield replace(reshape.select(raw, lambda name: False), problems=tuple(problems))
        for called, of_names in points.items():
            yield _table(raw, called, of_names)
        if reports:
            yield _reported(raw, reports)

    def finish(self) -> Iterator[Raw]:
        """Yield what each trial was given, and what became of it."""
        # which was met first depends on how the file was cut
        self.left.cells = dict(sorted(self.left.cells.items()))
        for trial in self.trials:
            if trial is not None:
                yield RawSettings(Origin(self.left.source.uri), trial.settings, run=trial.run)

    def trial(self, at: Any) -> _Trial:
        """Return the trial of an id.

        Raises
        ------
        LookupError
            It was not created in a row before.
        """
        trial = self.trials[at] if isinstance(at, int) and 0 <= at < len(self.trials) else None
        if trial is None:
            raise LookupError(f"got trial {at}, wanted one that a row before creates")
        return trial


# ------------------------------------------------------------------- what a row may say

Measured = tuple[tuple[str, ...], _Trial, Any, str | None, tuple[Any, ...]]
"""Names, trial, step, time, and values."""


def _pass_over(journal: Journal, cells: Cells) -> Sequence[Measured]:
    for name in cells.keys() - _IDS:
        journal.left.count(name)
    return ()


def _study(journal: Journal, cells: Cells) -> Sequence[Measured]:
    journal.studies.append(_Study(str(cells.get("study_name", len(journal.studies)))))
    return ()


def _created(journal: Journal, cells: Cells) -> Sequence[Measured]:
    """Take a new trial, which may come with all that it is."""
    of = cells.get("study_id")
    if not (isinstance(of, int) and 0 <= of < len(journal.studies)):
        journal.trials.append(None)
        raise LookupError(f"got study {of}, wanted one that a row before creates")
    study = journal.studies[of]
    trial = _Trial(f"{study.name}/trial-{study.trials}", study.trials)
    study.trials += 1
    journal.trials.append(trial)
    trial.settings["state"] = _STATES[0]
    spaces = _group(cells, "distributions")
    for name, value in _group(cells, "params").items():
        trial.settings[name] = _external(value, spaces.get(name))
    for name, value in _group(cells, "user_attrs").items():
        trial.settings[f"user_attrs_{name}"] = plain_setting(value)
    measured = [*_state_of(trial, cells)]
    for step, value in _group(cells, "intermediate_values").items():
        at = int(step) if step.isdecimal() else step
        measured.append(((BETWEEN,), trial, at, trial.start, (value,)))
    return measured


def _param(journal: Journal, cells: Cells) -> Sequence[Measured]:
    value = cells.get("param_value_internal")
    name = str(cells.get("param_name"))
    journal.trial(cells.get("trial_id")).settings[name] = _external(
        value, cells.get("distribution")
    )
    return ()


def _state(journal: Journal, cells: Cells) -> Sequence[Measured]:
    return _state_of(journal.trial(cells.get("trial_id")), cells)


def _attr(journal: Journal, cells: Cells) -> Sequence[Measured]:
    trial = journal.trial(cells.get("trial_id"))
    for name, value in _group(cells, "user_attr").items():
        trial.settings[f"user_attrs_{name}"] = plain_setting(value)
    return ()


_TAKES: dict[int, Callable[[Journal, Cells], Sequence[Measured]]] = {
    0: _study,
    4: _created,
    5: _param,
    6: _state,
    8: _attr,
}
"""What is made of a row, by what ``optuna.storages.journal.JournalOperation`` calls its kind.

Of a ``_REPORT`` nothing but a point, and most rows are such: they are taken together.
"""


def _state_of(trial: _Trial, cells: Cells) -> Sequence[Measured]:
    """Take what became of a trial, and return the values that it has in the end."""
    at = cells.get("state")
    if isinstance(at, int):
        trial.settings["state"] = _STATES[at] if 0 <= at < len(_STATES) else at
    if _START in cells:
        trial.start = str(cells[_START])
    values = [*_group(cells, "values").values()]
    if "value" in cells:
        values = [cells["value"]]
    if not values:
        return ()
    names = [f"values_{at}" for at in range(len(values))] if len(values) > 1 else ["value"]
    end = str(cells[_END]) if _END in cells else trial.start
    return ((tuple(names), trial, trial.number, end, tuple(values)),)


def _external(value: Any, distribution: Any) -> Setting:
    """Return a parameter as it was given to the trial, not as Optuna counts it."""
    try:
        space = from_json(distribution)
        kind, attributes = space["name"], space["attributes"]
        if kind == "CategoricalDistribution":
            value = attributes["choices"][int(value)]
        elif kind.startswith("Int"):
            value = int(value)
    except (TypeError, ValueError, LookupError, AttributeError):
        pass
    return plain_setting(value)


# ------------------------------------------------------------------------------- tables


def _listed(table: RawTable, name: str) -> list[Any]:
    cells = reshape.column(table, name)
    return [None] * table.batch.num_rows if cells is None else reshape.plain(cells)


def _stretches(ops: Sequence[Any], ids: Sequence[Any]) -> Iterator[range]:
    """Yield the rows one by one, but those of what one trial reported together."""
    start = 0
    for row in range(1, len(ops) + 1):
        is_over = row == len(ops) or ops[start] != _REPORT
        if is_over or (ops[row], ids[row]) != (_REPORT, ids[start]):
            yield range(start, row)
            start = row


def _rows(table: RawTable) -> Iterator[Cells]:
    """Yield the cells of each row that are there."""
    rows: list[dict[str, Any]] = [{} for _ in range(table.batch.num_rows)]
    for name, column in zip(table.batch.schema.names, table.batch.columns, strict=True):
        there = np.flatnonzero(reshape.is_there(table, name)).tolist()
        for row, cell in zip(there, reshape.plain(column.drop_null()), strict=True):
            rows[row][name] = cell
    return iter(rows)


def _reported(raw: RawTable, reports: Sequence[_Report]) -> RawTable:
    places = np.concatenate([np.asarray(report.rows) for report in reports])
    of_row = np.repeat(np.arange(len(reports)), [len(report.rows) for report in reports])
    columns = {
        "run": pa.array([report.run for report in reports]).take(pa.array(of_row)),
        "number": _cells(raw, "step").take(pa.array(places)),
        # when it was is not noted
        _END: pa.array([report.start for report in reports], pa.string()).take(pa.array(of_row)),
        BETWEEN: _cells(raw, BETWEEN).take(pa.array(places)),
    }
    batch = pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])
    return replace(raw, batch=batch, lines=raw.line_numbers()[places], problems=())


def _cells(raw: RawTable, name: str) -> pa.Array:
    cells = reshape.column(raw, name)
    return pa.nulls(raw.batch.num_rows) if cells is None else cells


def _table(raw: RawTable, names: tuple[str, ...], points: list[Point]) -> RawTable:
    places, runs, steps, times, values = zip(*points, strict=True)
    columns = {"run": runs, "number": steps, _END: times}
    columns |= dict(zip(names, zip(*values, strict=True), strict=True))
    arrays = [*map(as_array, columns.values())]
    batch = pa.RecordBatch.from_arrays(arrays, names=[*columns])
    return replace(raw, batch=batch, lines=raw.line_numbers()[[*places]], problems=())


def as_array(cells: Sequence[Any]) -> pa.Array:
    """Return a column of cells, as texts where not all of them are of one kind."""
    try:
        return pa.array(cells)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # what is no number among those that are
        return pa.array([None if cell is None else str(cell) for cell in cells])


def _is_used(name: str) -> bool:
    return name in _USED or name.startswith(tuple(f"{group}/" for group in _GROUPS))


def _group(cells: Cells, group: str) -> dict[str, Any]:
    start = f"{group}/"
    return {
        name.removeprefix(start): cell for name, cell in cells.items() if name.startswith(start)
    }
