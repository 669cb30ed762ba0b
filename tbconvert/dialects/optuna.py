"""Optuna's trials, each of which is a run: a table of them, or the journal of their studies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.optuna_journal import OP, Journal
from tbconvert.model import Raw, RawSettings, RawTable, Setting, Source

_RUN = "run"
_TIMES = ("datetime_complete", "datetime_start")
_PARAMS = "params_"
_SETTINGS = (_PARAMS, "user_attrs_")


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
        table = left.unless(raw, lambda name: _is_metric(name) or _is_setting(name))
        runs = [None if cell is None else f"trial-{cell}" for cell in reshape.plain(numbers)]
        metrics = reshape.select(table, _is_metric)
        yield reshape.with_columns(metrics, {_RUN: pa.array(runs, pa.string())})
        told = reshape.records(table, _is_setting)
        for run, cells in zip(runs, told, strict=True):
            if run is not None and (settings := _settings(cells)):
                yield RawSettings(raw.origin, settings, run=run)

    return left.after(adapted)


def _is_metric(name: str) -> bool:
    return name.startswith("value") or name in ("number", _TIMES[0])


def _is_setting(name: str) -> bool:
    return name == "state" or name.startswith(_SETTINGS)


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
