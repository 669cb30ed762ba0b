"""PyMARL and its heirs: Sacred's info.json, with the steps of each list in another one.

EPyMARL gives its curves to Sacred's metrics.json as well, which has their times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import double, from_json, is_step, plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import of_curves, on_generic
from tbconvert.model import Problem, Raw, RawSettings, RawTable, Source

_STEPS = "_T"
_STEP = "steps of the list"
"""What no list is called."""


def _adapter(source: Source) -> Adapter:
    return _curves


@reshape.of_tables
def _curves(raw: RawTable) -> Iterator[Raw]:
    """Yield the curves of all lists, those of the same steps together; then what is in no list."""
    cells = next(iter(reshape.records(raw, lambda name: True)), {})
    lists = {name: _list(cell) for name, cell in cells.items()}
    curves: dict[tuple[int, ...], dict[str, list[float]]] = {}
    problems = list(raw.problems)
    for name, values in lists.items():
        is_counter = name.endswith(_STEPS) and lists.get(name.removesuffix(_STEPS)) is not None
        if values is None or is_counter:
            continue
        steps = lists.get(name + _STEPS)
        if steps is None:
            steps = list(range(len(values)))
        pairs = zip(_numbers(steps), _numbers(values), strict=False)
        kept = [(int(at), value) for at, value in pairs
                if at is not None and value is not None and is_step(at)]  # fmt: skip
        curves.setdefault(tuple(at for at, _ in kept), {})[name] = [value for _, value in kept]
        if lost := max(len(steps), len(values)) - len(kept):
            said = f"{lost} cells are no number or have no step: they were left out"
            problems.append(Problem(replace(raw.origin, column=name), said, cells=lost))
    for places, values_of in curves.items():
        yield _table(raw, places, values_of, tuple(problems))
        problems = []
    if problems:
        yield _table(raw, (), {}, tuple(problems))
    others = {name: cells[name] for name, found in lists.items() if found is None}
    settings = {name: plain_setting(cell) for name, cell in others.items() if cell is not None}
    if settings:
        yield RawSettings(raw.origin, settings)


def _table(
    raw: RawTable,
    steps: Sequence[int],
    values_of: Mapping[str, Sequence[float]],
    problems: tuple[Problem, ...],
) -> RawTable:
    """Return the curves that share their steps as the columns of a table."""
    columns = {name: pa.array(values, pa.float64()) for name, values in values_of.items()}
    columns = {_STEP: pa.array(steps, pa.int64()), **columns}
    batch = pa.RecordBatch.from_arrays([*columns.values()], names=[*columns])
    return replace(raw, batch=batch, lines=range(1, 1 + len(steps)), problems=problems)


def _list(cell: Any) -> list[Any] | None:
    try:
        found = from_json(cell) if isinstance(cell, str) else None
    except ValueError:
        return None
    return found if isinstance(found, list) else None


def _numbers(cells: Sequence[Any]) -> list[float | None]:
    # most lists are nothing but numbers, and long
    return [*map(double if {*map(type, cells)} <= {int, float} else _number, cells)]


def _number(cell: Any) -> float | None:
    if isinstance(cell, dict):  # what Sacred writes around a number of numpy
        cell = cell.get("value")
    return double(cell) if isinstance(cell, int | float) else None


PYMARL = of_curves(
    on_generic(
        "pymarl",
        "PyMARL and EPyMARL: info.json of Sacred, with lists such as return_mean and return_mean_T",
        Mark(("info.json",), formats=("json",), keys=(f"*{_STEPS}",), beside=("run.json",)),
        sample="tbconvert ingest results/sacred/ --logdir runs",
        stock_names={"info"},
        joins=True,
        family="sacred",
        lasts=("info.json",),
        read={"shape": "texts"},
        adapt=_adapter,
    ),
    step=_STEP,
)
