"""EleutherAI's lm-evaluation-harness: one evaluation, which is one point of each metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import renamed, select, with_columns
from tbconvert.model import Problem, Raw, RawSettings, RawTable, Source

_RESULTS = "results/"
_CONFIG = "config/"
_DATE = "date"
_OF_RESULTS = ("results", "groups", "group_subtasks", "config", _DATE)
"""Keys of what is shown, and of what says it again."""

_NAMED = 5
"""Keys that are left out and told by name."""


def _adapt(source: Source) -> Adapter:
    def adapted(raw: Raw) -> Iterator[Raw]:
        if not isinstance(raw, RawTable):
            yield raw
            return
        names = raw.batch.schema.names
        if not any(name.startswith(_RESULTS) for name in names):
            yield raw
            return
        yield _scores(raw)
        if raw.batch.num_rows and any(name.startswith(_CONFIG) for name in names):
            yield _config(raw)

    return adapted


def _scores(table: RawTable) -> RawTable:
    """Return the numbers under the names of their tasks, at step 0."""
    kinds = dict(zip(table.batch.schema.names, table.batch.schema.types, strict=True))

    def is_shown(name: str) -> bool:
        # texts are a task's names, or "N/A" where there is no standard error
        return name == _DATE or (name.startswith(_RESULTS) and not _is_text(kinds[name]))

    keys = {name.partition("/")[0]: None for name in kinds}
    left = [key for key in keys if key not in _OF_RESULTS]
    problems = table.problems
    if left:
        what = ", ".join(left[:_NAMED]) + (", …" if len(left) > _NAMED else "")
        said = f"left out: what tells of the evaluation, and is no result: {what}"
        problems += (Problem(table.origin, said),)
    shown = renamed(select(table, is_shown), lambda name: name.removeprefix(_RESULTS))
    steps = np.zeros(shown.batch.num_rows, np.int64)
    return replace(with_columns(shown, {"step": steps}), problems=problems)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_null(kind))


def _config(table: RawTable) -> RawSettings:
    cells = table.batch.to_pylist()[0]
    values = {
        name.removeprefix(_CONFIG): cell
        for name, cell in cells.items()
        if name.startswith(_CONFIG) and isinstance(cell, bool | int | float | str)
    }
    return RawSettings(table.origin, values)


def _copies(paths: Sequence[str]) -> Mapping[str, str]:
    """Return the answers to each question, whose means are the results beside them."""
    results: dict[str, str] = {}
    samples: list[str] = []
    for path in sorted(paths):
        folder, _, name = path.rpartition("/")
        if name.startswith("samples_"):
            samples.append(path)
        else:
            results[folder] = path
    found = {path: results.get(path.rpartition("/")[0]) for path in samples}
    return {path: original for path, original in found.items() if original is not None}


LM_EVAL = on_generic(
    "lm_eval",
    "results of the lm-evaluation-harness: results_*.json",
    Mark(
        formats=("json",),
        keys=("results", "config", "configs", "versions"),
        columns=("results/*/*",),
    ),
    # before release 0.4
    Mark(
        formats=("json",),
        keys=("results", "config", "versions"),
        columns=("results/*/*", "versions/*", "config/model", "config/model_args*"),
    ),
    Mark(("samples_*.jsonl",), formats=("jsonl",), columns=("doc_id", "target", "filtered_resps*")),
    sample="tbconvert ingest results/ --logdir runs",
    steps=("step",),
    wall_times=(_DATE,),
    stock_names=("results_*",),
    read={"shape": "single"},
    adapt=_adapt,
    copies=_copies,
)
