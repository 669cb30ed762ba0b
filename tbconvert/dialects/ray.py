"""Ray Tune and RLlib: a folder for each trial, which holds everything twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from tbconvert.dialects.cells import from_json
from tbconvert.dialects.dialect import Adapter, Mark, beside
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.reshape import column, of_tables, with_columns
from tbconvert.model import Raw, RawTable, Setting, Source

_CONFIG = "config/"

_BLANKS = " \t\n\r"
"""What JSON may have around a list."""


def _adapt(source: Source) -> Adapter:
    left = LeftOut(source, "the date is that of the timestamps")

    @of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        stamps = column(raw, "timestamp")
        has_dates = stamps is not None and not stamps.null_count
        yield _with_lists(left.of(raw, ("date",)) if has_dates else raw)

    return left.after(adapt)


def _with_lists(table: RawTable) -> RawTable:
    """Return a table whose lists are lists: progress.csv has them as Python's text."""
    pairs = zip(table.batch.schema.names, table.batch.columns, strict=True)
    texts = ((name, cells) for name, cells in pairs if pa.types.is_string(cells.type))
    lists = {name: found for name, cells in texts if (found := _lists(cells)) is not None}
    return with_columns(table, lists) if lists else table


def _lists(cells: pa.Array) -> pa.Array | None:
    """Return the lists of numbers whose texts stand in a column; None if there is other text.

    All of them are parsed as one: a call for each takes several times as long.
    """
    if cells.null_count == len(cells):
        return None
    first = next(cell.as_py() for cell in cells if cell.is_valid)
    if not first.startswith("["):
        return None
    texts = [text.strip(_BLANKS) for text in cells.to_pylist() if text is not None]
    if not all(text.startswith("[") and text.endswith("]") for text in texts):
        return None
    joined = f"[{','.join(texts)}]".replace("nan", "NaN").replace("inf", "Infinity")
    try:
        lists = from_json(joined)
        numbers = [*chain.from_iterable(lists)]
        values = np.array(numbers, np.float64)
    except (ValueError, OverflowError, TypeError):
        return None
    # so a text is no part of a list, nor several: that would make one of lists of another
    if len(lists) != len(texts) or not {*map(type, numbers)} <= {int, float}:
        return None
    sizes = np.zeros(len(cells), np.int32)
    sizes[cells.is_valid().to_numpy(zero_copy_only=False)] = [*map(len, lists)]
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
    missing = pa.array(sizes == 0)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values), mask=missing)


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
