"""Optuna's journal: a line for each thing that befell a study, a trial, or one of its values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import plain_setting
from tbconvert.dialects.left_out import LeftOut
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Setting

OP = "op_code"

_START, _END = "datetime_start", "datetime_complete"
_BETWEEN = "intermediate_value"
_USED = {
    *(OP, "study_id", "study_name", "trial_id", "state", "value", _START, _END, "step", _BETWEEN),
    *("param_name", "param_value_internal", "distribution"),
}
_IDS = {OP, "study_id", "trial_id"}
_GROUPS = ("values", "user_attr", "user_attrs", "params", "distributions", "intermediate_values")

_STATES = ("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING")
"""Those of ``optuna.trial.TrialState``, by number."""

Cells = Mapping[str, Any]
Point = tuple[int, str, Any, str | None, tuple[Any, ...]]
"""In which of the rows it stands; its run, step, and time; and its values."""


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
        is_used = {name: _is_used(name) for name in raw.batch.schema.names}
        problems = list(raw.problems)
        points: dict[tuple[str, ...], list[Point]] = {}
        for row, cells in enumerate(_rows(raw)):
            for name in cells:
                if not is_used[name]:
                    self.left.count(name)
            take = _TAKES.get(cells.get(OP, -1), _pass_over)
            try:
                for names, trial, step, time, values in take(self, cells):
                    points.setdefault(names, []).append((row, trial.run, step, time, values))
            except LookupError as err:
                where = replace(raw.origin, row=int(raw.line_numbers()[row]))
                lost = sum(is_used[name] and name not in _IDS for name in cells)
                problems.append(Problem(where, f"{err.args[0]}; it was left out", cells=lost))
        if problems:
            yield replace(reshape.select(raw, lambda name: False), problems=tuple(problems))
        for names, of_names in points.items():
            yield _table(raw, names, of_names)

    def finish(self) -> Iterator[Raw]:
        """Yield what each trial was given, and what became of it."""
        for trial in self.trials:
            if trial is not None:
                yield RawSettings(Origin(self.left.source.uri), trial.settings, run=trial.run)

    def trial(self, cells: Cells) -> _Trial:
        """Return the trial that a row is of.

        Raises
        ------
        LookupError
            It was not created in a row before.
        """
        at = cells.get("trial_id")
        trial = self.trials[at] if isinstance(at, int) and 0 <= at < len(self.trials) else None
        if trial is None:
            raise LookupError(f"got trial {at}, wanted one that a row before creates")
        return trial


# ------------------------------------------------------------------- what a row may say

Measured = tuple[tuple[str, ...], _Trial, Any, str | None, tuple[Any, ...]]
"""Names, trial, step, time, and values."""


def _pass_over(journal: Journal, cells: Cells) -> Iterator[Measured]:
    for name in cells:
        if _is_used(name) and name not in _IDS:
            journal.left.count(name)
    yield from ()


def _study(journal: Journal, cells: Cells) -> Iterator[Measured]:
    journal.studies.append(_Study(str(cells.get("study_name", len(journal.studies)))))
    yield from ()


def _created(journal: Journal, cells: Cells) -> Iterator[Measured]:
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
    yield from _state_of(trial, cells)
    for step, value in _group(cells, "intermediate_values").items():
        at = int(step) if step.isdecimal() else step
        yield (_BETWEEN,), trial, at, trial.start, (value,)


def _param(journal: Journal, cells: Cells) -> Iterator[Measured]:
    value = cells.get("param_value_internal")
    name = str(cells.get("param_name"))
    journal.trial(cells).settings[name] = _external(value, cells.get("distribution"))
    yield from ()


def _state(journal: Journal, cells: Cells) -> Iterator[Measured]:
    yield from _state_of(journal.trial(cells), cells)


def _between(journal: Journal, cells: Cells) -> Iterator[Measured]:
    # when it was is not noted
    trial = journal.trial(cells)
    yield (_BETWEEN,), trial, cells.get("step"), trial.start, (cells.get(_BETWEEN),)


def _attr(journal: Journal, cells: Cells) -> Iterator[Measured]:
    trial = journal.trial(cells)
    for name, value in _group(cells, "user_attr").items():
        trial.settings[f"user_attrs_{name}"] = plain_setting(value)
    yield from ()


_TAKES: dict[int, Callable[[Journal, Cells], Iterator[Measured]]] = {
    0: _study,
    4: _created,
    5: _param,
    6: _state,
    7: _between,
    8: _attr,
}
"""What is made of a row, by what ``optuna.storages.journal.JournalOperation`` calls its kind."""


def _state_of(trial: _Trial, cells: Cells) -> Iterator[Measured]:
    """Take what became of a trial, and yield the values that it has in the end."""
    at = cells.get("state")
    if isinstance(at, int):
        trial.settings["state"] = _STATES[at] if 0 <= at < len(_STATES) else at
    if _START in cells:
        trial.start = str(cells[_START])
    values = [*_group(cells, "values").values()]
    if "value" in cells:
        values = [cells["value"]]
    if values:
        names = [f"values_{at}" for at in range(len(values))] if len(values) > 1 else ["value"]
        end = str(cells[_END]) if _END in cells else trial.start
        yield tuple(names), trial, trial.number, end, tuple(values)


def _external(value: Any, distribution: Any) -> Setting:
    """Return a parameter as it was given to the trial, not as Optuna counts it."""
    try:
        space = json.loads(distribution)
        kind, attributes = space["name"], space["attributes"]
        if kind == "CategoricalDistribution":
            value = attributes["choices"][int(value)]
        elif kind.startswith("Int"):
            value = int(value)
    except (TypeError, ValueError, LookupError, AttributeError):
        pass
    return plain_setting(value)


# ------------------------------------------------------------------------------- tables


def _rows(raw: RawTable) -> Iterator[Cells]:
    """Yield the cells of each row that are there."""
    rows: list[dict[str, Any]] = [{} for _ in range(raw.batch.num_rows)]
    for name, column in zip(raw.batch.schema.names, raw.batch.columns, strict=True):
        for row, cell in zip(rows, reshape.plain(column), strict=True):
            if cell is not None:
                row[name] = cell
    return iter(rows)


def _table(raw: RawTable, names: tuple[str, ...], points: list[Point]) -> RawTable:
    places, runs, steps, times, values = zip(*points, strict=True)
    columns = {"run": runs, "number": steps, _END: times}
    columns |= dict(zip(names, zip(*values, strict=True), strict=True))
    arrays = [*map(_array, columns.values())]
    batch = pa.RecordBatch.from_arrays(arrays, names=[*columns])
    return replace(raw, batch=batch, lines=raw.line_numbers()[[*places]], problems=())


def _array(cells: Sequence[Any]) -> pa.Array:
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
