"""Chainer's LogReport: one JSON array that is written anew each time, in a file without suffix."""

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

CHAINER = on_generic(
    "chainer",
    "log of Chainer's LogReport",
    Mark(("log", "log.json"), formats=("json",), columns=("iteration", "elapsed_time")),
    Mark(formats=("json",), columns=("iteration", "elapsed_time", "main/*")),
    sample="tbconvert ingest result/log --logdir runs",
    steps=("iteration",),
    clocks=("elapsed_time",),
)
