"""Detectron2's JSONWriter: times in it are seconds of an iteration, or those to come."""

from dataclasses import replace

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

DETECTRON2 = replace(
    on_generic(
        "detectron2",
        "metrics.json of Detectron2's JSONWriter",
        Mark(("metrics.json",), formats=("jsonl",), columns=("iteration", "data_time")),
        Mark(("metrics.json",), formats=("jsonl",), columns=("iteration", "eta_seconds")),
        Mark(("metrics.json",), formats=("jsonl",), columns=("iteration", "*/ap50")),
        Mark(formats=("jsonl",), columns=("iteration", "data_time", "eta_seconds", "total_loss")),
        sample="tbconvert ingest output/metrics.json --logdir runs",
        steps=("iteration",),
    ),
    wall_times=(),
    clocks=(),
)
