"""Ludwig: lists of what each evaluation gave, by data set, output feature and metric."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tbconvert.dialects.cells import double
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import whole, with_columns
from tbconvert.model import Raw, RawSettings, RawTable, Setting, Source

_FREQUENCY = "evaluation_frequency"


def _adapt(source: Source) -> Adapter:
    return _Statistics(is_told=_FREQUENCY in source.read_options.get("keys", ())).adapt


class _Statistics:
    """Gives each evaluation its step; how many there are between two is told behind the lists.

    Before Ludwig told it, there was one in each epoch.
    """

    def __init__(self, *, is_told: bool) -> None:
        self._is_told = is_told
        self._held: list[RawTable] = []

    def adapt(self, raw: Raw) -> Iterator[Raw]:
        if isinstance(raw, RawTable) and self._is_told:
            self._held.append(raw)
        elif isinstance(raw, RawTable):
            yield _placed(raw, 1, "epoch")
        elif isinstance(raw, RawSettings) and self._is_told:
            yield from self._stepped(raw)
        else:
            yield raw

    def _stepped(self, settings: RawSettings) -> Iterator[Raw]:
        values = dict(settings.values)
        gap = values.pop(f"{_FREQUENCY}/frequency", 1)
        period = values.pop(f"{_FREQUENCY}/period", "epoch")
        for table in self._held:
            yield _placed(table, gap, "step" if period == "step" else "epoch")
        self._held = []
        if values or settings.problems:
            yield replace(settings, values=values)


def _placed(table: RawTable, gap: Setting, name: str) -> RawTable:
    number = double(gap) if isinstance(gap, int | float) and gap > 0 else 1.0
    return with_columns(table, {name: whole(np.floor(table.line_numbers() * number))})


LUDWIG = on_generic(
    "ludwig",
    "results of Ludwig: training_statistics.json and description.json",
    Mark(("training_statistics.json",), formats=("json",), columns=("*/combined/loss",)),
    Mark(("description.json",), formats=("json",), beside=("training_statistics.json",)),
    Mark(formats=("json",), keys=(_FREQUENCY,), columns=("*/combined/loss",)),
    sample="tbconvert ingest results --logdir runs",
    stock_names={"training_statistics"},
    settings_names={"description"},
    adapt=_adapt,
)
