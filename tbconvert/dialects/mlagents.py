"""Unity's ML-Agents: the last numbers of a training, among the timers of its trainer.

A gauge is called after its behaviour, ``Agent.Policy.Entropy.mean``; that of the behaviour's
steps says where it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyarrow as pa

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.reshape import of_tables
from tbconvert.model import Raw, RawTable, Source

_GAUGES, _VALUE = "gauges/", "/value"
_STEP, _STEPS = ".Step.mean", (".Step.mean", ".Step.sum")
_END = "metadata/end_time_seconds"
_LEFT_OUT = "gauges hold the last values, the curves are in the event files of ML-Agents"


def _adapt(source: Source) -> Adapter:
    left = LeftOut(source, _LEFT_OUT)

    @of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        yield from _ends(raw, left)

    return left.after(adapt)


def _ends(table: RawTable, left: LeftOut) -> Iterator[RawTable]:
    """Yield a row for each behaviour: its last values, at its last step."""
    cells = dict(zip(table.batch.schema.names, table.batch.columns, strict=True))
    gauges = {
        name.removeprefix(_GAUGES).removesuffix(_VALUE): cell
        for name, cell in cells.items()
        if _is_value(name)
    }
    if not gauges or not table.batch.num_rows:
        yield table
        return
    left.unless(table, lambda name: name == _END or _is_value(name))
    steps = {name.removesuffix(_STEP): cell for name, cell in gauges.items() if _is_step(name)}
    of_rows: dict[str, dict[str, pa.Array]] = {}
    for name, cell in gauges.items():
        behaviour = next((b for b in steps if name.startswith(f"{b}.")), "")
        if not (behaviour and name.removeprefix(behaviour) in _STEPS):
            of_rows.setdefault(behaviour, {})[name] = cell
    problems = table.problems
    end = _time(cells.get(_END))
    for behaviour, row in of_rows.items():
        # what is of no behaviour ends where the longest of them does
        step = _step(steps[behaviour]) if behaviour else _last(steps.values())
        places = {"step": step, "wall_time": end}
        added = {name: pa.array([place]) for name, place in places.items() if place is not None}
        one = {name: cell.slice(0, 1) for name, cell in row.items()}
        batch = pa.RecordBatch.from_pydict({**added, **one})
        yield replace(table, batch=batch, lines=range(1, 2), problems=problems)
        problems = ()


def _is_value(name: str) -> bool:
    return name.startswith(_GAUGES) and name.endswith(_VALUE)


def _is_step(name: str) -> bool:
    return name.endswith(_STEP)


def _step(cell: pa.Array) -> int | None:
    value = cell[0].as_py()
    is_number = isinstance(value, int | float) and abs(value) < 2**53
    return int(value) if is_number else None


def _last(cells: Iterable[pa.Array]) -> int | None:
    return max((step for cell in cells if (step := _step(cell)) is not None), default=None)


def _time(cell: pa.Array | None) -> float | None:
    try:
        return None if cell is None else float(cell[0].as_py())
    except (TypeError, ValueError):
        return None


MLAGENTS = on_generic(
    "mlagents",
    "the end of a training with Unity's ML-Agents: run_logs/timers.json",
    Mark(("timers.json", "*_timers.json"), ("json",), keys=("gauges", "metadata")),
    Mark(formats=("json",), columns=("gauges/*.mean/value",), keys=("gauges", "metadata")),
    sample="tbconvert ingest results/ --logdir runs",
    stock_names={"timers", "*_timers"},
    stock_folders={"run_logs"},
    adapt=_adapt,
)
