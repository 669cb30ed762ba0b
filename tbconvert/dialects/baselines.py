"""The logger of OpenAI's Baselines and its heirs: up to three files that say the same.

Stable-Baselines, Stable-Baselines3 and the diffusion models of OpenAI have it from there.
"""

from __future__ import annotations

from collections.abc import Iterator

from tbconvert.dialects import boxes
from tbconvert.dialects.dialect import Adapter, Mark, beside
from tbconvert.dialects.generic import on_generic
from tbconvert.model import Raw, Source

_TABLES = ("progress.csv", "progress.json")
_FORMATS = ("csv", "jsonl")


def _with(*columns: str) -> Mark:
    return Mark(_TABLES, _FORMATS, columns)


def _adapt(source: Source) -> Adapter:
    return boxes.Boxes() if source.format == "text" else _as_it_is


def _as_it_is(raw: Raw) -> Iterator[Raw]:
    yield raw


BASELINES = on_generic(
    "baselines",
    "logger of Stable-Baselines3, Baselines and guided-diffusion: progress.csv, progress.json, "
    "log.txt, and what Stable-Baselines3 prints",
    _with("time/total_timesteps"),
    _with("misc/total_timesteps"),
    _with("total_timesteps", "fps"),
    _with("timestepssofar", "episodessofar"),
    _with("total/steps", "rollout/return"),
    _with("% time spent exploring", "steps"),
    _with("stats_o/mean", "epoch"),
    _with("step", "samples", "grad_norm"),
    Mark(_TABLES, _FORMATS, beside=("log.txt",)),
    Mark(("log.txt",), ("text",), (boxes.NAME, boxes.CELL, boxes.RULER)),
    Mark(formats=("text",), columns=(boxes.NAME, boxes.INNER, boxes.CELL, boxes.RULER)),
    sample="tbconvert ingest logs/ --logdir runs",
    steps=("time/total_timesteps", "misc/total_timesteps", "total_timesteps", "timestepssofar"),
    clocks=("time/time_elapsed", "misc/time_elapsed", "timeelapsed", "total/duration"),
    marker=b"\n| time/ ",
    pattern=(boxes.LINE,),
    asks={"pattern": (boxes.LINE,)},
    adapt=_adapt,
    # the boxes have the same numbers with three digits
    copies=beside("progress.csv", "progress.json", "log.txt"),
)
