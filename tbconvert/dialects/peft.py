"""PEFT's method comparison: one document for each experiment, its series deep inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import numbers, renamed, with_columns
from tbconvert.model import Problem, Raw, RawSettings, RawTable, Source

_ELAPSED = "elapsed time"
_RUN = "run_info/"
_CHOSEN = ("run_info/train_config/", "run_info/peft_config/")


@dataclass(slots=True)
class _Experiment:
    """Holds the few rows of an experiment back, until the time at which it began is known."""

    held: list[RawTable] = field(default_factory=list)
    last: float = np.nan

    def __call__(self, raw: Raw) -> Iterator[Raw]:
        if isinstance(raw, RawTable):
            self.held.append(renamed(raw, lambda name: name.replace(" / ", "/")))
        elif isinstance(raw, RawSettings):
            yield from self.timed(_began(raw))
            yield _chosen(raw)
        else:
            yield raw

    def finish(self) -> Iterator[Raw]:
        """Yield what is left where nothing stood beside the series."""
        yield from self.timed(None)

    def timed(self, began: float | None) -> Iterator[RawTable]:
        """Yield the rows, with their times; one without has that of the row before."""
        for table in self.held:
            elapsed = numbers(table, _ELAPSED)
            if began is None or np.isnan(elapsed).all():
                yield table
                continue
            places = np.maximum.accumulate(np.where(np.isnan(elapsed), -1, np.arange(len(elapsed))))
            elapsed = np.where(places < 0, self.last, elapsed[places])
            self.last = float(elapsed[-1])
            yield with_columns(table, {"wall_time": began + elapsed})
        self.held.clear()


def _began(raw: RawSettings) -> float | None:
    """Return when the experiment began, in seconds since the epoch; None if it is not told."""
    try:
        began = datetime.fromisoformat(str(raw.values.get(f"{_RUN}created_at")))
    except ValueError:
        return None
    return (began if began.tzinfo else began.replace(tzinfo=UTC)).timestamp()


def _chosen(raw: RawSettings) -> RawSettings:
    """Return what was chosen, and say that there are results beside the series."""
    values = {
        name.removeprefix(_RUN): value
        for name, value in raw.values.items()
        if name.startswith(_CHOSEN)
    }
    said = "the single numbers of 'train_info', and what 'meta_info' tells, are no curves"
    left = Problem(raw.origin, f"{said}: they were left out")
    return replace(raw, values=values, problems=(*raw.problems, left))


def _adapt(source: Source) -> Adapter:
    return _Experiment()


PEFT = on_generic(
    "peft",
    "results of PEFT's method comparison: one JSON document for each experiment",
    Mark(formats=("json",), keys=("run_info", "train_info"), columns=("step", "elapsed time")),
    sample="tbconvert ingest results/ --logdir runs",
    steps=("step",),
    clocks=(_ELAPSED,),
    read={"shape": "records", "path": ("train_info", "metrics")},
    adapt=_adapt,
)
