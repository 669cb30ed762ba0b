"""PyMARL and its heirs: Sacred's info.json, with the steps of each list in another one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.model import Problem, Raw, RawSettings, RawTable, Source

_STEPS = "_T"


def _adapter(source: Source) -> Adapter:
    return _curves


def _curves(raw: Raw) -> Iterator[Raw]:
    """Yield the points of all lists as rows of tags, then what is in no list."""
    if not isinstance(raw, RawTable):
        yield raw
        return
    cells = next(iter(reshape.records(raw, lambda name: True)), {})
    lists = {name: _list(cell) for name, cell in cells.items()}
    points: list[tuple[int, str, float]] = []
    problems = list(raw.problems)
    for name, values in lists.items():
        is_counter = name.endswith(_STEPS) and lists.get(name.removesuffix(_STEPS)) is not None
        if values is None or is_counter:
            continue
        steps = lists.get(name + _STEPS)
        if steps is None:
            steps = list(range(len(values)))
        pairs = [(_number(at), _number(value)) for at, value in zip(steps, values, strict=False)]
        kept = [(int(at), name, value) for at, value in pairs
                if at is not None and value is not None and at.is_integer()]  # fmt: skip
        points += kept
        if lost := max(len(steps), len(values)) - len(kept):
            said = f"{lost} cells are no number or have no step: they were left out"
            problems.append(Problem(replace(raw.origin, column=name), said, cells=lost))
    columns = {
        "step": pa.array([step for step, _, _ in points], pa.int64()),
        "tag": pa.array([tag for _, tag, _ in points], pa.string()),
        "value": pa.array([value for _, _, value in points], pa.float64()),
    }
    batch = pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])
    lines = range(1, 1 + batch.num_rows)
    yield replace(raw, batch=batch, lines=lines, problems=tuple(problems))
    others = {name: cells[name] for name, found in lists.items() if found is None}
    settings = {name: plain_setting(cell) for name, cell in others.items() if cell is not None}
    if settings:
        yield RawSettings(raw.origin, settings)


def _list(cell: Any) -> list[Any] | None:
    try:
        found = json.loads(cell) if isinstance(cell, str) else None
    except ValueError:
        return None
    return found if isinstance(found, list) else None


def _number(cell: Any) -> float | None:
    if isinstance(cell, dict):  # what Sacred writes around a number of numpy
        cell = cell.get("value")
    return float(cell) if isinstance(cell, int | float) else None


PYMARL = on_generic(
    "pymarl",
    "PyMARL and EPyMARL: info.json of Sacred, with lists such as return_mean and return_mean_T",
    Mark(("info.json",), formats=("json",), keys=(f"*{_STEPS}",), beside=("run.json",)),
    sample="tbconvert ingest results/sacred/ --logdir runs",
    steps=("step",),
    stock_names={"info"},
    yields=True,
    read={"shape": "texts"},
    adapt=_adapter,
)
