"""KerasTuner: a folder for each trial, which holds what was tried and the best that came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import double, from_json, is_step, plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import of_curves, on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Setting, Source

_SETTINGS = "hyperparameters/values/"
_METRICS, _OBSERVATIONS = "metrics/metrics/", "/observations"
_SCORE, _BEST = "score", "best_step"
_STATES = ("status", "message")

_STEP = "step of the trial"
"""What no metric is called."""

Points = dict[str, dict[int, float]]


def _adapter(source: Source) -> Adapter:
    left = LeftOut(source, "what a search is made of is no curve")

    @reshape.of_tables
    def adapted(raw: RawTable) -> Iterator[Raw]:
        if "trial_id" not in raw.batch.schema.names:
            yield raw
            return
        left.unless(raw, _is_used)
        cells = next(iter(reshape.records(reshape.span(raw, 0, 1), lambda name: True)), {})
        problems = list(raw.problems)
        points = _points(cells, raw.origin, problems)
        steps = sorted({step for curve in points.values() for step in curve})
        columns: dict[str, Any] = {_STEP: pa.array(steps, pa.int64())}
        columns |= {
            name: pa.array(list(map(curve.get, steps)), pa.float64())
            for name, curve in points.items()
        }
        batch = pa.RecordBatch.from_pydict(columns)
        lines = range(1, 1 + len(steps))
        yield replace(raw, batch=batch, lines=lines, problems=tuple(problems))
        yield RawSettings(raw.origin, _settings(cells), run="")

    return left.after(adapted)


def _is_used(name: str) -> bool:
    is_metric = name.startswith(_METRICS) and name.endswith(_OBSERVATIONS)
    return is_metric or name.startswith(_SETTINGS) or name in (_SCORE, _BEST, *_STATES)


def _points(cells: Mapping[str, Any], origin: Origin, problems: list[Problem]) -> Points:
    """Return what was measured, by name and step; what did not come of it is a problem."""
    points: Points = {}
    several = 0
    for name, cell in cells.items():
        if name.startswith(_METRICS) and name.endswith(_OBSERVATIONS) and cell is not None:
            values_at, lost = _observations(cell)
            several = max(several, *map(len, values_at.values()), 0)
            tag = name.removeprefix(_METRICS).removesuffix(_OBSERVATIONS)
            if values_at:
                points[tag] = {step: _mean(values) for step, values in values_at.items()}
            if lost:
                said = f"{lost} of its values are no number or have no step: they were left out"
                problems.append(Problem(replace(origin, column=name), said, cells=lost))
    if several > 1:
        said = f"of {several} executions of the trial, each value is the mean"
        problems.append(Problem(origin, said))
    if (score := cells.get(_SCORE)) is not None:
        at = _step(cells.get(_BEST))
        if at is None or not isinstance(score, int | float):
            said = "the best score is no number or has no step: it was left out"
            problems.append(Problem(replace(origin, column=_SCORE), said, cells=1))
        elif points.setdefault(_SCORE, {}).setdefault(at, double(score)) != double(score):
            said = "a metric of that name has another value at its step: the best one was left out"
            problems.append(Problem(replace(origin, column=_SCORE), said, cells=1))
    return points


def _mean(values: Sequence[float]) -> float:
    from statistics import fmean  # slow to import, and few logs need it

    try:
        return fmean(values)
    except (OverflowError, ValueError):  # too large for their sum, or infinite both ways
        return sum(value / len(values) for value in values)


def _observations(cell: Any) -> tuple[dict[int, list[float]], int]:
    """Return the values of all executions by step, and how many are none or have no step."""
    values_at: dict[int, list[float]] = {}
    lost = 0
    try:
        entries = from_json(cell)
    except (TypeError, ValueError):
        return {}, 1
    for entry in entries if isinstance(entries, list) else [entries]:
        told = entry.get("value") if isinstance(entry, dict) else entry
        values = told if isinstance(told, list) else [told]
        step = _step(entry.get("step")) if isinstance(entry, dict) else None
        numbers = [double(value) for value in values if isinstance(value, int | float)]
        lost += len(values) - (0 if step is None else len(numbers))
        if step is not None and numbers:
            values_at.setdefault(step, []).extend(numbers)
    return values_at, lost


def _step(told: Any) -> int | None:
    """Return a step as told; a search that has only one execution may tell none, which is 0."""
    if told is None:
        return 0
    return int(told) if isinstance(told, int | float) and is_step(told) else None


def _settings(cells: Mapping[str, Any]) -> dict[str, Setting]:
    settings: dict[str, Setting] = {
        name.removeprefix(_SETTINGS): plain_setting(cell)
        for name, cell in cells.items()
        if name.startswith(_SETTINGS) and cell is not None
    }
    for name in _STATES:
        if cells.get(name):
            settings.setdefault(name, plain_setting(cells[name]))
    return settings


def _copies(paths: Sequence[str]) -> dict[str, str]:
    """Return the files that keep the search's own state, each with a trial of it."""
    trials = {
        path.rsplit("/", 2)[0]: path for path in paths if fnmatchcase(path, "*/trial_*/trial.json")
    }
    states = (path for path in paths if path.endswith("/oracle.json"))
    return {
        path: trials[folder] for path in states if (folder := path.rpartition("/")[0]) in trials
    }


KERAS_TUNER = of_curves(
    on_generic(
        "keras-tuner",
        "searches of KerasTuner: trial_*/trial.json",
        Mark(("trial_*/trial.json",), keys=("trial_id", "hyperparameters", "metrics")),
        Mark(("oracle.json",), keys=("ongoing_trials", "hyperparameters"), beside=("tuner0.json",)),
        sample="tbconvert ingest search/project/ --logdir runs",
        stock_names={"trial"},
        asks={"format": "json"},
        read={"shape": "texts"},
        adapt=_adapter,
        copies=_copies,
    ),
    step=_STEP,
)
