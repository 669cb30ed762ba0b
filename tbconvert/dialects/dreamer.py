"""Dreamer's logs, and its published scores: a curve for each task, method and seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tbconvert.dialects.dialect import Adapter, Mark, beside
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import numbers, of_tables, with_columns
from tbconvert.model import Problem, Raw, RawTable, Source

_STEP = "step"


def _adapt(source: Source) -> Adapter:
    @of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        yield _rounded(raw) if source.format == "json" else raw

    return adapt


def _rounded(table: RawTable) -> RawTable:
    """Round steps that are means of several runs; they are shown as whole numbers."""
    steps = numbers(table, _STEP)
    whole = np.isfinite(steps) & (np.abs(steps) < 2**53)
    odd = whole & (steps != np.rint(steps))
    if not odd.any():
        return table
    place = int(np.argmax(odd))
    where = replace(table.origin, row=int(table.line_numbers()[place]), column=_STEP)
    remark = Problem(where, f"{steps[place]} and others like it were rounded: steps are whole")
    table = with_columns(table, {_STEP: np.where(whole, np.rint(steps), steps)})
    return replace(table, problems=(*table.problems, remark))


DREAMER = on_generic(
    "dreamer",
    "logs of Dreamer: metrics.jsonl, scores.jsonl; and its published scores",
    Mark(("metrics.jsonl",), ("jsonl",), ("step", "episode/*")),
    Mark(("metrics.jsonl",), ("jsonl",), ("step",), beside=("scores.jsonl",)),
    Mark(("scores.jsonl",), ("jsonl",), ("step", "episode/score")),
    Mark(("scores/**.json", "*scores*.json"), ("json",), ("run", "step", "tag", "value")),
    sample="tbconvert ingest logdir/ --logdir runs",
    steps=(_STEP,),
    run="run",
    stock_names={"scores"},
    adapt=_adapt,
    copies=beside("metrics.jsonl", "scores.jsonl"),
)
