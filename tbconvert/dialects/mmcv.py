"""MMCV's TextLoggerHook: a line of what was set up, then lines of the training and others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import (
    Names,
    column,
    is_there,
    numbers,
    of_tables,
    part,
    whole,
    with_columns,
    without,
)
from tbconvert.model import Origin, Raw, RawSettings, RawTable, Setting, Source

_MODE, _TRAIN = "mode", "train"


def _adapt(source: Source) -> Adapter:
    return _Log().adapt


class _Log:
    """Tells the lines of the training from those of a validation, and gives both their steps.

    A training by epochs counts its iterations anew in each, and nothing tells how many there
    are: the last that is seen is taken for it, as MMDetection's own tools do. The ``iter`` of a
    validation is how many batches it had, so it stands where the training is by then.
    """

    def __init__(self) -> None:
        self._called = Names()
        self._length = 0.0
        self._is_anew = False
        self._last = np.nan
        self._step = np.nan

    @of_tables
    def adapt(self, raw: RawTable) -> Iterator[Raw]:
        if not raw.batch.num_rows:
            yield raw
            return
        logged = is_there(raw, _MODE)
        is_first = raw.line_numbers() == 1
        texts: list[Raw] = []
        if (about := is_first & ~logged).any():
            settings, texts = _about(part(raw, about))
            yield from settings
        yield from self._modes(raw, logged)
        yield from texts
        others = ~logged & ~is_first
        if others.any():
            yield part(raw, others)
        if raw.problems:
            yield RawTable(raw.origin, _NOTHING, range(0), raw.segment, raw.problems)

    def _modes(self, table: RawTable, logged: NDArray[np.bool_]) -> Iterator[RawTable]:
        modes = column(table, _MODE)
        if modes is None or not logged.any():
            return
        cells = np.array(modes.to_pylist(), object)
        steps = self._steps(table, cells == _TRAIN)
        for mode in dict.fromkeys(cells[logged]):
            of_mode = cells == mode
            entries = without(part(table, of_mode), [_MODE, "iter"])
            lines = table.line_numbers()[of_mode]
            entries = RawTable(table.origin, entries.batch, lines, table.segment)
            entries = self._called.renamed(entries, lambda name, mode=mode: f"{mode}/{name}")  # type: ignore[misc]
            yield with_columns(entries, {"step": whole(steps[of_mode])})

    def _steps(self, table: RawTable, trains: NDArray[np.bool_]) -> NDArray[np.float64]:
        epochs, places = numbers(table, "epoch"), numbers(table, "iter")
        of_training = places[trains]
        with np.errstate(invalid="ignore"):
            falls = of_training <= np.concatenate(([self._last], of_training))[:-1]
        self._is_anew = self._is_anew or bool(falls.any())
        if len(of_training):
            self._last = of_training[-1]
            self._length = max(self._length, float(np.nanmax(of_training, initial=0)))
        steps = places + (epochs - 1) * self._length if self._is_anew else places.copy()
        latest = np.maximum.accumulate(np.where(trains, np.arange(len(steps)), -1))
        before = np.where(np.isnan(self._step), epochs, self._step)
        steps = np.where(latest < 0, before, steps[np.maximum(latest, 0)])
        if len(of_training):
            self._step = float(steps[-1])
        return steps


_NOTHING = pa.RecordBatch.from_arrays([], names=[])


def _about(line: RawTable) -> tuple[list[Raw], list[Raw]]:
    """Return what the first line tells as settings, and its long texts as those they are."""
    values: dict[str, Setting] = {}
    texts: dict[str, list[Any]] = {}
    for name, cells in zip(line.batch.schema.names, line.batch.columns, strict=True):
        cell = cells[0].as_py()
        if isinstance(cell, str) and "\n" in cell:
            texts[name] = [cell]
        else:
            is_plain = isinstance(cell, bool | int | float | str)
            values[name] = cell if is_plain else json.dumps(cell, default=str)
    batch = pa.RecordBatch.from_pydict({"step": [0], **texts})
    settings = [RawSettings(Origin(line.origin.uri), values)] if values else []
    tables = [RawTable(line.origin, batch, line.lines)] if texts else []
    return [*settings], [*tables]


MMCV = on_generic(
    "mmcv",
    "*.log.json of MMCV 1: MMDetection 2, MMSegmentation 0, …",
    Mark(("*.log.json",), formats=("jsonl",), columns=("mode", "epoch", "iter")),
    Mark(formats=("jsonl",), columns=("mode", "epoch", "iter", "data_time", "memory")),
    sample="tbconvert ingest work_dirs --logdir runs",
    steps=("step",),
    # by these names a file is called after the time of its start, or not at all
    stock_names={"????????_??????", "none"},
    adapt=_adapt,
)
