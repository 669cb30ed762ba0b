"""EleutherAI's lm-evaluation-harness: one evaluation, which is one point of each metric.

It keeps those of one model in one folder, with their dates: each is a step of the model's run,
in the order of the dates. So each model has one color, and what was evaluated in parts is
together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from tbconvert.dialects.cells import plain_setting
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.reshape import Names, of_tables, records, select, with_columns
from tbconvert.model import Raw, RawSettings, RawTable, Setting, Source

_RESULTS = "results/"
_CONFIG = "config/"
_DATE = "date"
_DATED = re.compile(r"(?P<name>.+?)(?:_\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)?")
"""The name of a file without suffix: ``results``, or what ``--output_path`` says, and its date."""


def _adapt(source: Source) -> Adapter:
    step = int(source.read_options.get("nth", 0))
    left = LeftOut(source, "what tells of the evaluation is no result")

    @of_tables
    def adapted(raw: RawTable) -> Iterator[Raw]:
        if not any(name.startswith(_RESULTS) for name in raw.batch.schema.names):
            yield raw
            return
        pairs = zip(raw.batch.schema.names, raw.batch.schema.types, strict=True)
        # texts are a task's names, or "N/A" where there is no standard error
        shown = {name for name, kind in pairs if name.startswith(_RESULTS) and not _is_text(kind)}
        chosen = _config(raw)
        left.unless(raw, lambda name: name in shown or name == _DATE or name in chosen)
        scores = select(raw, lambda name: name in shown or name == _DATE)
        scores = Names().renamed(scores, lambda name: name.removeprefix(_RESULTS))
        yield with_columns(scores, {"step": np.full(scores.batch.num_rows, step, np.int64)})
        if chosen:
            values = {name.removeprefix(_CONFIG): value for name, value in chosen.items()}
            yield RawSettings(raw.origin, values)

    return left.after(adapted)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_null(kind))


def _config(table: RawTable) -> dict[str, Setting]:
    """Return what the evaluation was started with, under the names of its columns."""
    cells = next(iter(records(table, lambda name: name.startswith(_CONFIG))), {})
    return {name: plain_setting(cell) for name, cell in cells.items() if cell is not None}


def _called(stem: str) -> str:
    """Return what the run of an evaluation is called, "" if like its folder."""
    found = _DATED.fullmatch(stem)
    name = found["name"] if found else stem
    return "" if name == "results" else name


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
    joins=True,
    called=_called,
    read={"shape": "single"},
    adapt=_adapt,
    copies=_copies,
)
