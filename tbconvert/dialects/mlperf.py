"""MLPerf's logging: JSON behind a mark, in the output of a training."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Setting, Source

_STEP, _TIME, _KEY, _VALUE, _TOLD = "step", "time_ms", "key", "value", "metadata/"
_STEPS = ("step", "step_num", "samples_count", "epoch_num")
"""What stands beside a value and says when it was; the first that is there is taken."""

_CALLER = ("file", "lineno")
_THOUSANDTHS = 1000


def _adapter(source: Source) -> Adapter:
    return _Events(Origin(source.uri)).adapt


@dataclass(slots=True)
class _Events:
    """Makes a column of each key; what has no step is a setting.

    ``parts`` are the names of steps that had decimals.
    """

    origin: Origin
    parts: set[str] = field(default_factory=set)

    def adapt(self, raw: Raw) -> Iterator[Raw]:
        """Yield the points in time of a block, then what holds for the whole run."""
        if not isinstance(raw, RawTable) or _KEY not in raw.batch.schema.names:
            yield raw
            return
        raw = _points(raw)
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
                continue
            found |= {name: of[row] for name, of in others.items()}
            step = self._step(name, float(at), problems)
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

    def _changed(self, key: str, line: int) -> Problem:
        where = replace(self.origin, row=line, column=key)
        return Problem(where, "has no step, and another value before: that was left out", cells=1)

    def _step(self, name: str, step: float, problems: list[Problem]) -> int:
        if step != int(step) and name not in self.parts:
            self.parts.add(name)
            said = f"{name!r} has decimals: steps count its thousandths from here on"
            problems.append(Problem(self.origin, said))
        return round(step * _THOUSANDTHS) if name in self.parts else int(step)


def _points(raw: RawTable) -> RawTable:
    """Return the events that are points in time: intervals say when, and hold no value."""
    kinds = reshape.column(raw, "event_type")
    if kinds is None:
        return raw
    keep = [not str(kind).startswith("INTERVAL") for kind in reshape.plain(kinds)]
    return reshape.rows(raw, np.array(keep, np.bool_))


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
    if isinstance(cell, list):
        return json.dumps(cell)
    if isinstance(cell, str) and cell[:1] in _FIRST:
        try:
            value = json.loads(cell)
        except ValueError:
            return cell
        return value if isinstance(value, bool | int | float) else cell
    return cell if isinstance(cell, bool | int | float | str) else str(cell)


_FIRST = {*"-0123456789tfNI"}


def _is_number(cell: Any) -> bool:
    return type(cell) in (int, float) and math.isfinite(cell)


def _array(cells: list[Any]) -> pa.Array:
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {int, float, bool}:
        return pa.array([None if cell is None else float(cell) for cell in cells], pa.float64())
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
