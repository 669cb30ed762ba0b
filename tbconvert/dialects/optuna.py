"""Optuna's trials, each of which is a run: a table of them, or the journal of their studies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.optuna_journal import BETWEEN, OP, Journal, as_array
from tbconvert.model import Raw, RawSettings, RawTable, Setting, Source

_RUN = "run"
_TIMES = ("datetime_complete", "datetime_start")
_PARAMS = "params_"
_SETTINGS = (_PARAMS, "user_attrs_")
_REPORTED = re.compile(r"intermediate_values_(-?\d+)")


def _adapter(source: Source) -> Adapter:
    if OP in source.read_options.get("columns", ()):
        left = LeftOut(source, "what tells of workers, and of studies as a whole, is no curve")
        return left.after(Journal(left))
    left = LeftOut(source, "the time of a trial is that of its end")

    @reshape.of_tables
    def adapted(raw: RawTable) -> Iterator[Raw]:
        numbers = reshape.column(raw, "number")
        if numbers is None:
            yield raw
            return
        reports = _reports(raw)
        starts = _TIMES[1:] if reports else ()
        used = {*reports.values(), *starts}
        table = left.unless(raw, lambda n: _is_metric(n) or _is_setting(n) or n in used)
        runs = [None if cell is None else f"trial-{cell}" for cell in reshape.plain(numbers)]
        names = pa.array(runs, pa.string())
        metrics = reshape.select(table, _is_metric)
        yield reshape.with_columns(metrics, {_RUN: names})
        if reports:
            yield _reported(raw, reports, names)
        told = reshape.records(table, _is_setting)
        for run, cells in zip(runs, told, strict=True):
            if run is not None and (settings := _settings(cells)):
                yield RawSettings(raw.origin, settings, run=run)

    return left.after(adapted)


def _is_metric(name: str) -> bool:
    return name.startswith("value") or name in ("number", _TIMES[0])


def _is_setting(name: str) -> bool:
    return name == "state" or name.startswith(_SETTINGS)


def _reports(raw: RawTable) -> dict[int, str]:
    """Return the columns of what trials reported on their way, by their steps."""
    found = (_REPORTED.fullmatch(name) for name in raw.batch.schema.names)
    return dict(sorted((int(match[1]), match[0]) for match in found if match))


def _reported(raw: RawTable, reports: Mapping[int, str], runs: pa.Array) -> RawTable:
    """Return a row for each value of ``reports``, when its trial began: more is not noted."""
    there = np.stack([reshape.is_there(raw, name) for name in reports.values()], axis=1)
    rows, at = np.nonzero(there)
    cells = [reshape.plain(raw.batch.column(name)) for name in reports.values()]
    values = [cells[column][row] for row, column in zip(rows.tolist(), at.tolist(), strict=True)]
    places = pa.array(rows)
    starts = reshape.column(raw, _TIMES[1])
    columns = {
        _RUN: runs.take(places),
        "number": pa.array(np.array([*reports], np.int64)[at]),
        _TIMES[0]: pa.nulls(len(rows)) if starts is None else starts.take(places),
        BETWEEN: as_array(values),
    }
    batch = pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])
    return replace(raw, batch=batch, lines=raw.line_numbers()[rows], problems=())


def _settings(cells: Mapping[str, Any]) -> dict[str, Setting]:
    return {
        name.removeprefix(_PARAMS): plain_setting(cell)
        for name, cell in cells.items()
        if cell is not None
    }


OPTUNA = on_generic(
    "optuna",
    "trials of an Optuna study: study.trials_dataframe().to_csv(), or Parquet; its journal",
    Mark(columns=("number", "datetime_start", "datetime_complete", "state", "value*")),
    Mark(formats=("jsonl",), columns=(OP, "worker_id", "study_id")),
    sample="tbconvert ingest trials.csv --logdir runs",
    steps=("number",),
    wall_times=_TIMES,
    run=_RUN,
    names_runs=True,
    adapt=_adapter,
)
