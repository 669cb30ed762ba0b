"""Monitor of Baselines and Stable-Baselines: a row for each episode of one environment.

A row tells how long its episode was, so the step is the sum so far; and the seconds since the
beginning, which only the header tells: a JSON object behind a #, or on a line of its own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import column, numbers, rows, with_columns, without
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Setting, Source

_STEP = "sum of l"
_TIME = "t_start + t"
_START = "t_start"


def _adapt(source: Source) -> Adapter:
    return _Monitor(source).adapt


class _Monitor:
    """Adds steps and times to the rows of one environment; remembers those of the last one."""

    def __init__(self, source: Source) -> None:
        self._origin = Origin(source.uri)
        self._header = _header(source.read_options.get("comments", ()))
        self._start: float | None = None
        self._steps = 0.0
        self._seconds = 0.0
        self._is_told = False

    def adapt(self, raw: Raw) -> Iterator[Raw]:
        if not isinstance(raw, RawTable):
            yield raw
            return
        yield from self._settings(self._header)
        self._header = {}
        started = _is_there(raw, _START)
        if started.any() and raw.batch.num_rows:  # JSON lines have it as an object of its own
            yield from self._settings(_first(raw, started))
            raw = rows(raw, ~started)
            names = raw.batch.schema.names
            raw = without(raw, [name for name in names if not _is_there(raw, name).any()])
        yield self._placed(raw)

    def _settings(self, header: Mapping[str, Any]) -> Iterator[Raw]:
        start = header.get(_START)
        if self._start is None and isinstance(start, int | float) and math.isfinite(start):
            self._start = float(start)
        values = {name: _setting(value) for name, value in header.items() if name != _START}
        known = {name: value for name, value in values.items() if value is not None}
        if known:
            yield RawSettings(self._origin, known)

    def _placed(self, table: RawTable) -> RawTable:
        """Return rows with steps; one without a length has none, and gets none."""
        lengths = numbers(table, "l")
        counted = np.isfinite(lengths)
        steps = np.cumsum(np.where(counted, lengths, 0.0)) + self._steps
        added: dict[str, Any] = {}
        if counted.any():
            self._steps = float(steps[-1])
            whole = (steps == np.trunc(steps)).all() and abs(self._steps) < 2**53
            exact = steps.astype(np.int64) if whole else steps
            added[_STEP] = pa.array(exact, mask=~counted)
        seconds = numbers(table, "t")
        timed = np.isfinite(seconds)
        if self._start is not None and timed.any():
            added[_TIME] = pa.array(self._start + seconds, mask=~timed)
        return self._told(with_columns(table, added) if added else table, seconds[timed], timed)

    def _told(self, table: RawTable, seconds: Any, timed: Any) -> RawTable:
        """Say where another process went on: its clock starts over, nobody knows when."""
        back = np.diff(seconds, prepend=self._seconds) < 0
        self._seconds = float(seconds[-1]) if len(seconds) else self._seconds
        if self._is_told or self._start is None or not back.any():
            return table
        self._is_told = True
        place = np.flatnonzero(timed)[int(np.argmax(back))]
        where = replace(table.origin, row=int(table.line_numbers()[place]), column="t")
        said = "the clock starts over, and no header tells when: times are from the first t_start"
        remark = Problem(where, said, "--wall-time none has the file's time")
        return replace(table, problems=(*table.problems, remark))


def _header(comments: tuple[str, ...]) -> dict[str, Any]:
    """Return the object that stands behind a # before the table."""
    for line in comments:
        try:
            found = json.loads(line.strip().lstrip("#"))
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}


def _is_there(table: RawTable, name: str) -> Any:
    cells = column(table, name)
    if cells is None:
        return np.zeros(table.batch.num_rows, np.bool_)
    return np.asarray(cells.is_valid().to_numpy(zero_copy_only=False), np.bool_)


def _first(table: RawTable, there: Any) -> dict[str, Any]:
    return dict(table.batch.slice(int(np.argmax(there)), 1).to_pylist()[0])


def _setting(value: Any) -> Setting | None:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return json.dumps(value, ensure_ascii=False)


MONITOR = on_generic(
    "monitor",
    "episodes as Monitor of Stable-Baselines and Baselines logs them: *.monitor.csv, "
    "*.monitor.json",
    Mark(formats=("csv",), columns=("r", "l", "t"), comments=("#*t_start*",)),
    Mark(("*monitor.json",), ("jsonl",), columns=("r", "l", "t", "t_start")),
    sample="tbconvert ingest logs/0.monitor.csv --logdir runs",
    steps=(_STEP,),
    wall_times=(_TIME,),
    stock_names={"monitor", ".monitor"},
    yields=True,
    adapt=_adapt,
)
