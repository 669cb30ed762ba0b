"""Ray Tune and RLlib: a folder for each trial, which holds everything twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from tbconvert.dialects.dialect import Adapter, Mark, beside
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import column, with_columns, without
from tbconvert.model import Raw, RawTable, Setting, Source

_CONFIG = "config/"


def _adapt(source: Source) -> Adapter:
    def adapt(raw: Raw) -> Iterator[Raw]:
        yield _with_lists(_without_date(raw)) if isinstance(raw, RawTable) else raw

    return adapt


def _without_date(table: RawTable) -> RawTable:
    """Return a table without the text that says the same as its timestamps."""
    stamps = column(table, "timestamp")
    if stamps is None or stamps.null_count:
        return table
    return without(table, ("date",))


def _with_lists(table: RawTable) -> RawTable:
    """Return a table whose lists are lists: progress.csv has them as Python's text."""
    pairs = zip(table.batch.schema.names, table.batch.columns, strict=True)
    texts = ((name, cells) for name, cells in pairs if pa.types.is_string(cells.type))
    lists = {name: found for name, cells in texts if (found := _lists(cells)) is not None}
    return with_columns(table, lists) if lists else table


def _lists(cells: pa.Array) -> pa.Array | None:
    """Return the lists of numbers whose texts stand in a column; None if there is other text."""
    if cells.null_count == len(cells):
        return None
    first = next(cell.as_py() for cell in cells if cell.is_valid)
    if not first.startswith("["):
        return None
    try:
        lists = [None if text is None else _numbers(text) for text in cells.to_pylist()]
    except (ValueError, RecursionError):
        return None
    return pa.array(lists, pa.list_(pa.float64()))


def _numbers(text: str) -> list[float] | None:
    found = json.loads(text.replace("nan", "NaN").replace("inf", "Infinity"))
    if not isinstance(found, list) or not all(type(item) in (int, float) for item in found):
        raise ValueError
    return [float(item) for item in found] or None


def _told(settings: Mapping[str, Setting]) -> dict[str, Setting]:
    """Return what the columns say of the settings, named as in params.json: it is the same."""
    told = {name: value for name, value in settings.items() if not name.startswith(_CONFIG)}
    lists: dict[str, dict[int, Any]] = {}
    for name, value in settings.items():
        if name.startswith(_CONFIG):
            name = name.removeprefix(_CONFIG)
            of, _, place = name.rpartition("/")
            if of and place.isdecimal() and isinstance(value, int | float):
                lists.setdefault(of, {})[int(place)] = value
            else:
                told.setdefault(name, value)
    for of, items in lists.items():
        if sorted(items) == [*range(len(items))]:
            told.setdefault(of, json.dumps([items[place] for place in range(len(items))]))
        else:
            told |= {f"{of}/{place}": value for place, value in items.items()}
    return told


RAY = on_generic(
    "ray",
    "trials of Ray Tune and RLlib: result.json, progress.csv, params.json",
    Mark(("result.json", "progress.csv"), columns=("training_iteration", "time_total_s")),
    Mark(columns=("training_iteration", "time_total_s", "time_this_iter_s", "trial_id")),
    Mark(columns=("training_iteration", "time_total_s", "time_this_iter_s", "experiment_id")),
    sample="tbconvert ingest ~/ray_results --logdir runs",
    steps=("timesteps_total", "num_env_steps_sampled_lifetime", "training_iteration"),
    wall_times=("timestamp",),
    settings=("trial_id", "hostname", "node_ip", "pid", "experiment_id", "experiment_tag"),
    adapt=_adapt,
    told=_told,
    copies=beside("result.json", "progress.csv"),
)
