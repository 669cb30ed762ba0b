"""MMEngine's LocalVisBackend: a folder of the lines, the lines once more, and the config."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from tbconvert.dialects.dialect import Adapter, Mark, beside
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import is_there, numbers, part, renamed, without
from tbconvert.model import Raw, RawTable, Source

_CONFIG = "config.py"
_SECONDS = ("time", "data_time")


def _adapt(source: Source) -> Adapter:
    config = [source.read_options.get("texts", {}).get(_CONFIG, "")]

    def adapt(raw: Raw) -> Iterator[Raw]:
        if not isinstance(raw, RawTable) or not raw.batch.num_rows:
            yield raw
            return
        yield from _of_loops(raw)
        if text := config.pop() if config else "":
            batch = pa.RecordBatch.from_pydict({"step": [0], "config": [text]})
            yield RawTable(raw.origin, batch, range(1, 2), raw.segment)

    return adapt


def _of_loops(table: RawTable) -> Iterator[RawTable]:
    """Yield the lines of the training, then those of validations.

    These have the epoch as their step where the training goes by epochs: their seconds would
    go back over those of the training, and they are of other batches, too.
    """
    iterations, steps = numbers(table, "iter"), numbers(table, "step")
    trains = is_there(table, "iter")
    if (iterations[trains] == steps[trains]).all():
        table = without(table, ["iter"])
    if trains.all():
        yield table
        return
    problems = table.problems
    for chosen, prefix in ((trains, ""), (~trains, "val/")):
        if chosen.any():
            lines = part(table, chosen)
            lines = renamed(lines, lambda n, p=prefix: p + n if n in _SECONDS else n)  # type: ignore[misc]
            yield RawTable(lines.origin, lines.batch, lines.lines, lines.segment, problems)
            problems = ()


MMENGINE = on_generic(
    "mmengine",
    "vis_data/scalars.json of MMEngine: MMDetection 3, MMSegmentation 1, …",
    Mark(("vis_data/scalars.json", "vis_data/*.json"), formats=("jsonl",), columns=("step",)),
    Mark(("scalars.json",), formats=("jsonl",), columns=("step", "iter", "data_time")),
    sample="tbconvert ingest work_dirs --logdir runs",
    steps=("step",),
    stock_names={"scalars", "????????_??????"},
    stock_folders={"vis_data"},
    texts=(_CONFIG,),
    adapt=_adapt,
    copies=beside("scalars.json", "*.json"),
)
