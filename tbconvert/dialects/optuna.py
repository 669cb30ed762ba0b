"""Optuna's table of a study's trials: each row is a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Setting, Source

_RUN = "run"
_TIMES = ("datetime_complete", "datetime_start")
_PARAMS = "params_"
_SETTINGS = (_PARAMS, "user_attrs_")
_LEFT_OUT = ("datetime_start", "duration")


def _adapter(source: Source) -> Adapter:
    is_told = False

    def adapted(raw: Raw) -> Iterator[Raw]:
        nonlocal is_told
        if not isinstance(raw, RawTable) or "number" not in raw.batch.schema.names:
            yield raw
            return
        table, known = raw, raw.batch.schema.names
        wanted = [n for n in known if n.startswith("value") or n in ("number", _TIMES[0])]
        if not is_told and (lost := [n for n in known if n not in wanted and _is_lost(n)]):
            is_told = True
            said = f"left out: {', '.join(lost)}; the time of a trial is that of its end"
            table = replace(table, problems=(*table.problems, Problem(Origin(source.uri), said)))
        numbers = reshape.column(raw, "number")
        assert numbers is not None
        runs = [None if cell is None else f"trial-{cell}" for cell in reshape.plain(numbers)]
        table = reshape.select(table, lambda name: name in wanted)
        yield reshape.with_columns(table, {_RUN: pa.array(runs, pa.string())})
        told = reshape.records(raw, lambda name: name == "state" or name.startswith(_SETTINGS))
        for run, cells in zip(runs, told, strict=True):
            if run is not None and (settings := _settings(cells)):
                yield RawSettings(raw.origin, settings, run=run)

    return adapted


def _is_lost(name: str) -> bool:
    return name in _LEFT_OUT or name.startswith("system_attrs_")


def _settings(cells: Mapping[str, Any]) -> dict[str, Setting]:
    return {
        name.removeprefix(_PARAMS): plain_setting(cell)
        for name, cell in cells.items()
        if cell is not None
    }


OPTUNA = on_generic(
    "optuna",
    "trials of an Optuna study: study.trials_dataframe().to_csv(), or Parquet",
    Mark(columns=("number", "datetime_start", "datetime_complete", "state", "value*")),
    sample="tbconvert ingest trials.csv --logdir runs",
    steps=("number",),
    wall_times=_TIMES,
    run=_RUN,
    names_runs=True,
    adapt=_adapter,
)
