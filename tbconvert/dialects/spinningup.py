"""Spinning Up's EpochLogger: progress.txt, and what the training was called with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.model import Problem, Raw, RawSettings, Source

_OBJECT = re.compile(r"<.* at 0x[0-9a-fA-F]+>")
_LOGGER = "logger"


def _adapt(source: Source) -> Adapter:
    return _without_objects


def _without_objects(raw: Raw) -> Iterator[Raw]:
    """Leave out what is inside of objects: their names have addresses, each run has its own.

    The insides of the logger are left out unsaid: they are known as its arguments, or empty.
    """
    if not isinstance(raw, RawSettings):
        yield raw
        return
    inside = {name: _object_in(name) for name in raw.values}
    kept = {name: value for name, value in raw.values.items() if not inside[name]}
    objects = dict.fromkeys(found for found in inside.values() if found)
    problems = tuple(
        Problem(
            replace(raw.origin, column=name.partition("/")[0]),
            f"what is inside of {name.partition('/')[2]} was left out: its name has an address "
            "in memory",
        )
        for name in objects
        if not name.startswith(f"{_LOGGER}/")
    )
    yield replace(raw, values=kept, problems=(*raw.problems, *problems))


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
