"""The loggers that came from rllab: rlkit's own, and dowel, which garage uses."""

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic


def _with(*columns: str) -> Mark:
    return Mark(("progress.csv",), ("csv",), columns)


RLKIT = on_generic(
    "rlkit",
    "logs of rlkit, garage and rllab: progress.csv, variant.json",
    _with("epoch", "time/*(s)"),
    _with("epoch", "*train time (s)"),
    _with("totalenvsteps"),
    _with("iteration", "averagereturn"),
    _with("evaluation/iteration"),
    Mark(("progress.csv",), ("csv",), beside=("variant.json",)),
    sample="tbconvert ingest data/ --logdir runs",
    # garage's own TensorBoard output has the steps, viskit draws rlkit's against epochs
    steps=("totalenvsteps", "epoch"),
    clocks=("time/global_time (s)", "time/total (s)", "total train time (s)", "time"),
)
