"""ms-swift: JSON lines whose step, share and durations are text, and a last one of another kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tbconvert.dialects import trainer_state
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.durations import in_seconds
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.reshape import column, is_there, of_tables, part, rows, with_columns
from tbconvert.model import Raw, RawTable, Source

_LOG = "logging.jsonl"
_STEP = "global_step/max_steps"
_TOTAL = "total_steps"
_END = "the last line says where the training ended, and has the whole history again"
_OF_THE_END = ("last_model_checkpoint", "model_parameter_info", "log_history")
"""What only the last line has: where the training ended."""


def _adapt(source: Source) -> Adapter:
    if source.format == "json":
        return trainer_state.adapt(source)

    left = LeftOut(source, _END)

    @of_tables
    def adapted(raw: RawTable) -> Iterator[Raw]:
        yield _in_numbers(_without_end(raw, left))

    return left.after(adapted)


def _without_end(table: RawTable, left: LeftOut) -> RawTable:
    """Return a table without the line that says where the training ended."""
    marks = np.logical_or.reduce([is_there(table, name) for name in _OF_THE_END])
    is_end = ~is_there(table, _STEP) & marks
    if not is_end.any():
        return table
    end = rows(table, is_end)
    left.of(end, end.batch.schema.names)
    return part(table, ~is_end)


def _in_numbers(table: RawTable) -> RawTable:
    """Read ``10/438`` as a step and how many there will be, ``10.00%`` and durations as numbers."""
    import pyarrow.compute as pc  # only such logs need it

    added: dict[str, Any] = {}
    counts = column(table, _STEP)
    if counts is not None and pa.types.is_string(counts.type):
        found = pc.extract_regex(counts, r"^\s*(?P<step>\d{1,18})\s*/\s*(?P<total>\d{1,18})\s*$")
        step, total = (pc.struct_field(found, name) for name in ("step", "total"))
        if step.null_count < len(step):
            # what else stands there is told as no step
            is_whole = step.null_count == counts.null_count
            added[_STEP] = pc.cast(step, pa.int64()) if is_whole else pc.coalesce(step, counts)
            added[_TOTAL] = pc.cast(total, pa.int64())
    shares = column(table, "percentage")
    if shares is not None and pa.types.is_string(shares.type):
        found = pc.extract_regex(shares, r"^\s*(?P<share>\d+(?:\.\d*)?)\s*%\s*$")
        share = pc.struct_field(found, "share")
        if share.null_count == shares.null_count:
            added["percentage"] = pc.cast(share, pa.float64())
    table = with_columns(table, added) if added else table
    return in_seconds(table, "elapsed_time", "remaining_time")


def _copies(paths: Sequence[str]) -> Mapping[str, str]:
    # the log has times, and the states have not
    return trainer_state.copies(paths, before=(_LOG,))


SWIFT = on_generic(
    "swift",
    "ms-swift: logging.jsonl, args.json",
    Mark(columns=(_STEP,)),
    Mark((_LOG,), formats=("jsonl",), columns=("global_step", "train_speed(*")),  # release 2
    *trainer_state.marks(_LOG),
    sample="tbconvert ingest output/ --logdir runs",
    steps=(_STEP, "global_step", "step"),
    clocks=("elapsed_time",),
    settings=(_TOTAL,),
    stock_names=("logging", "trainer_state", "all_results", "train_results", "eval_results"),
    stock_folders=(trainer_state.CHECKPOINTS,),
    adapt=_adapt,
    copies=_copies,
)
