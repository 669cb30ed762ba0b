"""Monitor of Baselines and Stable-Baselines: a row for each episode of one environment.

A row tells how long its episode was, so the step is the sum so far; and the seconds since the
beginning, which only the header tells: a JSON object behind a #, or on a line of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from tbconvert.dialects.cells import from_json, plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import (
    Once,
    is_there,
    numbers,
    of_tables,
    records,
    rows,
    with_columns,
    without,
)
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Source

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
        self._started_over = Once()

    @of_tables
    def adapt(self, raw: RawTable) -> Iterator[Raw]:
        yield from self._settings(self._header)
        self._header = {}
        started = is_there(raw, _START)
        if started.any() and raw.batch.num_rows:  # JSON lines have it as an object of its own
            for header in records(rows(raw, started), lambda name: True):
                yield from self._settings(header)
            raw = rows(raw, ~started)
            names = raw.batch.schema.names
            raw = without(raw, [name for name in names if not is_there(raw, name).any()])
        yield self._placed(raw)

    def _settings(self, header: Mapping[str, Any]) -> Iterator[Raw]:
        start = header.get(_START)
        if self._start is None and isinstance(start, int | float) and math.isfinite(start):
            self._start = float(start)
        known = {name: value for name, value in header.items() if value is not None}
        known.pop(_START, None)
        if known:
            values = {name: plain_setting(value) for name, value in known.items()}
            yield RawSettings(self._origin, values)

    def _placed(self, table: RawTable) -> RawTable:
        """Return rows with steps; one without a length has none, and gets none.

        Nor has one whose length has decimals, where others have not: it is damaged.
        """
        lengths = numbers(table, "l")
        counted = np.isfinite(lengths)
        is_whole = counted & (lengths == np.trunc(lengths))
        if 2 * is_whole.sum() > counted.sum():
            counted = is_whole
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
        if self._start is None or not back.any():
            return table
        place = np.flatnonzero(timed)[int(np.argmax(back))]
        where = replace(table.origin, row=int(table.line_numbers()[place]), column="t")
        said = "the clock starts over, and no header tells when: times are from the first t_start"
        remark = Problem(where, said, "--wall-time none has the file's time")
        return self._started_over.say(table, remark)


def _header(comments: tuple[str, ...]) -> dict[str, Any]:
    """Return the object that stands behind a # before the table."""
    for line in comments:
        try:
            found = from_json(line.strip().lstrip("#"))
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}


MONITOR = on_generic(
    "monitor",
    "episodes as Monitor of Stable-Baselines and Baselines logs them: *.monitor.csv, "
    "*.monitor.json",
    Mark(formats=("csv",), columns=("r", "l", "t"), comments=("#*t_start*",)),
    # the name that it has where a path ends with a slash
    Mark((".monitor.csv",), ("csv",), columns=("r", "l", "t"), comments=("#*t_start*",)),
    Mark(("*monitor.json",), ("jsonl",), columns=("r", "l", "t", "t_start")),
    sample="tbconvert ingest logs/0.monitor.csv --logdir runs",
    steps=(_STEP,),
    wall_times=(_TIME,),
    stock_names={"monitor", ".monitor"},
    yields=True,
    adapt=_adapt,
)
