"""PEFT's method comparison: one document for each experiment, its series deep inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.reshape import Names, numbers, with_columns
from tbconvert.model import Raw, RawSettings, RawTable, Source

_ELAPSED = "elapsed time"
_RUN = "run_info/"
_CHOSEN = ("run_info/train_config/", "run_info/peft_config/")


@dataclass(slots=True, eq=False)
class _Experiment:
    """Holds the few rows of an experiment back, until the time at which it began is known."""

    left: LeftOut
    called: Names = field(default_factory=Names)
    held: list[RawTable] = field(default_factory=list)
    last: float = np.nan

    def __call__(self, raw: Raw) -> Iterator[Raw]:
        if isinstance(raw, RawTable):
            self.held.append(self.called.renamed(raw, lambda name: name.replace(" / ", "/")))
        elif isinstance(raw, RawSettings):
            yield from self.timed(_began(raw))
            chosen = self.left.settings(raw, _is_chosen)
            values = {name.removeprefix(_RUN): value for name, value in chosen.values.items()}
            yield replace(chosen, values=values)
        else:
            yield raw

    def finish(self) -> Iterator[Raw]:
        """Yield what is left where nothing stood beside the series."""
        yield from self.timed(None)

    def timed(self, began: float | None) -> Iterator[RawTable]:
        """Yield the rows, with their times; one without has that of the row before."""
        for table in self.held:
            elapsed = numbers(table, _ELAPSED)
            if began is None or np.isnan([*elapsed, self.last]).all():
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


def _is_chosen(name: str) -> bool:
    return name.startswith(_CHOSEN)


def _adapt(source: Source) -> Adapter:
    left = LeftOut(source, "what 'meta_info' tells, and single numbers, are no curves")
    return left.after(_Experiment(left))


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
