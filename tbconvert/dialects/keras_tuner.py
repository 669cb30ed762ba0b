"""KerasTuner: a folder for each trial, which holds what was tried and the best that came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import double, from_json, plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Setting, Source

_SETTINGS = "hyperparameters/values/"
_METRICS, _OBSERVATIONS = "metrics/metrics/", "/observations"
_SCORE, _BEST = "score", "best_step"
_STATES = ("status", "message")

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
        points, several = _points(cells)
        steps = sorted({step for curve in points.values() for step in curve})
        columns: dict[str, Any] = {"step": pa.array(steps, pa.int64())}
        columns |= {
            name: pa.array(list(map(curve.get, steps)), pa.float64())
            for name, curve in points.items()
        }
        batch = pa.RecordBatch.from_pydict(columns)
        problems = raw.problems
        if several:
            said = f"of {several} executions of the trial, each value is the mean"
            problems += (Problem(Origin(source.uri), said),)
        lines = range(1, 1 + len(steps))
        yield replace(raw, batch=batch, lines=lines, problems=problems)
        yield RawSettings(raw.origin, _settings(cells), run="")

    return left.after(adapted)


def _is_used(name: str) -> bool:
    is_metric = name.startswith(_METRICS) and name.endswith(_OBSERVATIONS)
    return is_metric or name.startswith(_SETTINGS) or name in (_SCORE, _BEST, *_STATES)


def _points(cells: Mapping[str, Any]) -> tuple[Points, int]:
    """Return what was measured by name and step, and how often if that was not once."""
    from statistics import fmean  # slow to import, and few logs need it

    points: Points = {}
    several = 0
    for name, cell in cells.items():
        if name.startswith(_METRICS) and name.endswith(_OBSERVATIONS):
            tag = name.removeprefix(_METRICS).removesuffix(_OBSERVATIONS)
            for step, values in _observations(cell):
                points.setdefault(tag, {})[step] = fmean(values)
                several = max(several, len(values) if len(values) > 1 else 0)
    score, best = cells.get(_SCORE), cells.get(_BEST)
    if isinstance(score, int | float):
        points.setdefault(_SCORE, {})[best if type(best) is int else 0] = double(score)
    return points, several


def _observations(cell: Any) -> Iterator[tuple[int, list[float]]]:
    """Yield the step and the values of each execution, of what reads like those."""
    try:
        seen = from_json(cell)
        for entry in seen:
            values = entry["value"] if isinstance(entry["value"], list) else [entry["value"]]
            numbers = [float(value) for value in values]
            if numbers:
                yield int(entry["step"] or 0), numbers
    except (TypeError, ValueError, KeyError):
        return


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


KERAS_TUNER = on_generic(
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
)
