"""MLPerf's logging: JSON behind a mark, in the output of a training."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import double, from_json, plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Setting, Source

_STEP, _TIME, _KEY, _VALUE, _TOLD = "step", "time_ms", "key", "value", "metadata/"
_STEPS = ("step", "step_num", "samples_count", "epoch_num")
"""What stands beside a value and says when it was; the first that is there is taken."""

_KIND = "event_type"
_CALLER = ("file", "lineno")
_THOUSANDTHS = 1000


def _adapter(source: Source) -> Adapter:
    left = LeftOut(source, "intervals hold no value, and what is beside it is shown at steps")
    return left.after(_Events(Origin(source.uri), left).adapt)


@dataclass(slots=True, eq=False)
class _Events:
    """Makes a column of each key; what has no step is a setting.

    ``parts`` are the names of steps that had decimals.
    """

    origin: Origin
    left: LeftOut
    parts: set[str] = field(default_factory=set)

    @reshape.of_tables
    def adapt(self, raw: RawTable) -> Iterator[Raw]:
        """Yield the points in time of a block, then what holds for the whole run."""
        if _KEY not in raw.batch.schema.names:
            yield raw
            return
        raw = self.left.unless(self._points(raw), _is_used)
        rows: list[dict[str, Any]] = []
        lines: list[int] = []
        settings: dict[str, Setting] = {}
        problems = list(raw.problems)
        told = _named(raw, _TOLD)
        values = _named(raw, _VALUE)
        others = {name: of for name, of in told.items() if name not in (*_STEPS, *_CALLER)}
        steps = [(name, told[name]) for name in _STEPS if name in told]
        times = _cells(raw, _TIME)
        keys = _cells(raw, _KEY)
        for row, line in enumerate(raw.line_numbers().tolist()):
            found = {f"{keys[row]}{name}": of[row] for name, of in values.items()}
            name, at = next(((n, of[row]) for n, of in steps if _is_number(of[row])), ("", 0))
            if not name:
                for key, value in _there(found).items():
                    if settings.setdefault(key, value) != value:
                        settings[key] = value
                        problems.append(self._changed(key, line))
                for key in _there({name: of[row] for name, of in others.items()}):
                    self.left.count(_TOLD + key)
                continue
            found |= {name: of[row] for name, of in others.items()}
            step = self._step(name, double(at), problems)
            rows.append({_STEP: step, _TIME: times[row], **_there(found)})
            lines.append(line)
        names = dict.fromkeys(name for row in rows for name in row)
        batch = pa.RecordBatch.from_pydict(
            {name: _array([row.get(name) for row in rows]) for name in names}
        )
        places = np.array(lines, np.int64)
        yield replace(raw, batch=batch, lines=places, problems=tuple(problems))
        if settings:
            yield RawSettings(raw.origin, settings)

    def _points(self, raw: RawTable) -> RawTable:
        """Return the events that are points in time: intervals say when, and hold no value."""
        kinds = reshape.column(raw, _KIND)
        if kinds is None:
            return raw
        keep = [not str(kind).startswith("INTERVAL") for kind in reshape.plain(kinds)]
        intervals = reshape.rows(raw, ~np.array(keep, np.bool_))
        self.left.unless(intervals, lambda name: name in (_KEY, _KIND, _TIME))
        return reshape.rows(raw, np.array(keep, np.bool_))

    def _changed(self, key: str, line: int) -> Problem:
        where = replace(self.origin, row=line, column=key)
        return Problem(where, "has no step, and another value before: that was left out", cells=1)

    def _step(self, name: str, step: float, problems: list[Problem]) -> int:
        if step != int(step) and name not in self.parts:
            self.parts.add(name)
            said = f"{name!r} has decimals: steps count its thousandths from here on"
            problems.append(Problem(self.origin, said))
        return round(step * _THOUSANDTHS) if name in self.parts else int(step)


def _is_used(name: str) -> bool:
    is_kept = name.startswith((_VALUE, _TOLD)) and name.removeprefix(_TOLD) not in _CALLER
    return is_kept or name in (_KEY, _KIND, _TIME)


def _cells(raw: RawTable, name: str) -> list[Any]:
    cells = reshape.column(raw, name)
    return [None] * raw.batch.num_rows if cells is None else reshape.plain(cells)


def _named(raw: RawTable, prefix: str) -> dict[str, list[Any]]:
    """Return the columns of a name and those below it, by what stands behind it."""
    return {
        name.removeprefix(prefix): _cells(raw, name)
        for name in raw.batch.schema.names
        if name == prefix or name.startswith(prefix if prefix.endswith("/") else f"{prefix}/")
    }


def _there(cells: Mapping[str, Any]) -> dict[str, Setting]:
    return {name: _plain(cell) for name, cell in cells.items() if cell is not None}


def _plain(cell: Any) -> Setting:
    """Return a cell as it was logged: beside texts, numbers are their JSON text."""
    if isinstance(cell, str) and cell[:1] in _FIRST:
        try:
            value = from_json(cell)
        except ValueError:
            return cell
        return value if isinstance(value, bool | int | float) else cell
    return plain_setting(cell)


_FIRST = {*"-0123456789tfNI"}


def _is_number(cell: Any) -> bool:
    return type(cell) in (int, float) and math.isfinite(cell)


def _array(cells: list[Any]) -> pa.Array:
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {int, float, bool}:
        return pa.array([None if cell is None else double(cell) for cell in cells], pa.float64())
    return pa.array([None if cell is None else str(cell) for cell in cells], pa.string())


MLPERF = on_generic(
    "mlperf",
    "output of trainings with MLPerf's lines in it: :::MLLOG {...}",
    Mark(formats=("text",), columns=(_TIME, "event_type", _KEY)),
    sample="tbconvert ingest result_0.txt --logdir runs",
    steps=(_STEP,),
    wall_times=(_TIME,),
    marker=b":::MLLOG {",
    pattern=(r":::MLLOG (?P<json>\{.*\})",),
    tags=(),
    adapt=_adapter,
)
