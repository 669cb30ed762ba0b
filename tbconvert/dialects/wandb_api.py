"""A project's runs as W&B's API tells them, saved by pandas: a row for each, as its guide does it.

``summary`` and ``config`` are objects as Python prints them; or their members are columns.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.cells import plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import GENERIC, on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.wandb_runs import RunNames, RunRows
from tbconvert.model import Origin, Problem, Raw, RawSettings, RawTable, Setting, Source

_RUN, _STEP, _TIME = "run", "step", "_timestamp"
_SUMMARY, _CONFIG, _NAME = "summary", "config", "name"
_NOT_FINITE = ("nan", "inf")


def _adapter(source: Source) -> Adapter:
    columns = source.read_options.get("columns", ())
    if _SUMMARY in columns:
        left = LeftOut(source, "a run is told by its name, its summary and its config")
        return left.after(_Objects(Origin(source.uri), RunNames(), left).adapt)
    rows, called = RunRows(Origin(source.uri)), reshape.Names()
    left = LeftOut(source, "the numbers that pandas gives to rows say nothing of a run")

    @reshape.of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        raw = left.of(raw, GENERIC.indexes)
        raw = called.renamed(raw, lambda name: "Name" if name == _NAME else name)
        yield from rows.adapt(raw)

    return left.after(adapt)


@dataclass(frozen=True, slots=True, eq=False)
class _Objects:
    """Makes a run of each row: numbers of its summary are curves, all else settings."""

    origin: Origin
    names: RunNames
    left: LeftOut

    @reshape.of_tables
    def adapt(self, raw: RawTable) -> Iterator[Raw]:
        """Yield the last values of all runs, then the settings of each."""
        if not raw.batch.num_rows:
            yield raw
            return
        raw = self.left.unless(raw, lambda name: name in (_SUMMARY, _CONFIG, _NAME))
        found = reshape.records(raw, lambda name: True)
        problems = list(raw.problems)
        rows: list[dict[str, Any]] = []
        lines: list[int] = []
        told: dict[str, dict[str, Setting]] = {}
        for line, row in zip(raw.line_numbers().tolist(), found, strict=True):
            run = self.names.of(row.get(_NAME))
            parts = {}
            for name in (_SUMMARY, _CONFIG):
                members = _object(row.get(name))
                if members is None:
                    where = Origin(self.origin.uri, row=line, column=name)
                    said = f"got {row[name]!r:.80}, wanted an object as Python prints it"
                    problems.append(Problem(where, said, cells=1))
                parts[name] = dict(_flat(members or {}))
            metrics = {key: cell for key, cell in parts[_SUMMARY].items() if _is_number(cell)}
            others = {key: cell for key, cell in parts[_SUMMARY].items() if key not in metrics}
            if metrics:  # else it broke off before anything was logged
                rows.append({_RUN: run, _STEP: 0} | {key: float(metrics[key]) for key in metrics})
                lines.append(line)
            settings = {**others, **parts[_CONFIG]}
            told[run] = {key: plain_setting(settings[key]) for key in settings}
        names = dict.fromkeys(name for row in rows for name in row)
        batch = pa.RecordBatch.from_pydict(
            {name: pa.array([row.get(name) for row in rows]) for name in names}
        )
        yield replace(raw, batch=batch, lines=np.array(lines, np.int64), problems=tuple(problems))
        for run, settings in told.items():
            yield RawSettings(raw.origin, settings, run=run)


def _object(cell: Any) -> dict[str, Any] | None:
    """Return what Python printed of a dictionary; None where it is something else."""
    if cell is None:
        return {}
    try:
        tree = _Finite().visit(ast.parse(str(cell).strip(), mode="eval"))
        found = ast.literal_eval(tree)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


class _Finite(ast.NodeTransformer):
    """Python prints numbers that are not finite as names."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Return the number that a name stands for."""
        return ast.Constant(float(node.id)) if node.id in _NOT_FINITE else node


def _flat(members: Mapping[Any, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the members of an object and of those in it, as W&B's page names them.

    What stands for a file, and what the client itself notes, stays one object.
    """
    for key, cell in members.items():
        name = f"{above}.{key}" if above else str(key)
        if isinstance(cell, dict) and cell and name != "_wandb" and "_type" not in cell:
            yield from _flat(cell, name)
        elif cell is not None:
            yield name, cell


def _is_number(cell: Any) -> bool:
    return type(cell) in (int, float)


WANDB_API = on_generic(
    "wandb-api",
    "a project's runs from Weights & Biases' API, saved by pandas: project.csv",
    Mark(formats=("csv",), columns=(_SUMMARY, _CONFIG, _NAME)),
    Mark(formats=("csv",), columns=("_wandb", "_step", _TIME, "_runtime", _NAME)),
    sample="tbconvert ingest project.csv --logdir runs",
    steps=(_STEP,),
    wall_times=(_TIME,),
    run=_RUN,
    names_runs=True,
    adapt=_adapter,
)
