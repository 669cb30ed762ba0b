"""Spinning Up's EpochLogger: progress.txt, and what the training was called with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.model import Raw, RawSettings, Source

_OBJECT = re.compile(r"<.* at 0x[0-9a-fA-F]+>")


def _adapt(source: Source) -> Adapter:
    """Leave out what is inside of objects: their names have addresses, each run has its own."""
    left = LeftOut(source, "what is inside of objects is no setting: they have addresses in memory")

    def adapt(raw: Raw) -> Iterator[Raw]:
        if isinstance(raw, RawSettings):
            raw = left.settings(raw, lambda name: not _object_in(name))
        yield raw

    return left.after(adapt)


def _object_in(name: str) -> str:
    """Return the part of a name up to an object that something is inside of; "" if none is."""
    parts = name.split("/")
    for at, part in enumerate(parts[:-1]):
        if _OBJECT.fullmatch(part):
            return "/".join(parts[: at + 1])
    return ""


SPINNINGUP = on_generic(
    "spinningup",
    "logs of Spinning Up: progress.txt, config.json",
    Mark(("progress.txt", "progress.csv"), ("csv",), columns=("totalenvinteracts", "epoch")),
    Mark(formats=("csv",), columns=("totalenvinteracts", "averageepret", "epoch")),
    Mark(("config.json",), ("json",), beside=("progress.txt",)),
    sample="tbconvert ingest data/ --logdir runs",
    steps=("totalenvinteracts", "epoch"),
    clocks=("time",),
    adapt=_adapt,
)
