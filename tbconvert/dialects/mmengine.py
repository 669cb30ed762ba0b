"""MMEngine's LocalVisBackend: a folder of the lines, the lines once more, and the config."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from tbconvert.dialects.dialect import Adapter, Mark, beside
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import Names, is_there, numbers, of_tables, part, without
from tbconvert.model import Raw, RawTable, Source

_CONFIG = "config.py"
_SECONDS = ("time", "data_time")


def _adapt(source: Source) -> Adapter:
    config = [source.read_options.get("texts", {}).get(_CONFIG, "")]
    called = Names()

    @of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        if not raw.batch.num_rows:
            yield raw
            return
        yield from _of_loops(raw, called)
        if text := config.pop() if config else "":
            batch = pa.RecordBatch.from_pydict({"step": [0], "config": [text]})
            yield RawTable(raw.origin, batch, range(1, 2), raw.segment)

    return adapt


def _of_loops(table: RawTable, called: Names) -> Iterator[RawTable]:
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
            lines = replace(part(table, chosen), problems=problems)
            of_loop = {name: prefix + name for name in _SECONDS}
            yield called.renamed(lines, lambda name, of=of_loop: of.get(name, name))  # type: ignore[misc]
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
