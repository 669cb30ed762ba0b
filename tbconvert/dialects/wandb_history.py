"""W&B's history of a run, saved by its API; and the folder that its old clients left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tbconvert.dialects import reshape
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.wandb_histograms import HISTOGRAM, histograms
from tbconvert.model import Origin, Problem, Raw, RawTable, Source

_STEP = "_step"
_TYPE = "/_type"
_OBJECT = re.compile(r"""\{\s*["']_type["']\s*:\s*["'](?P<type>[\w./-]+)""")
_MACHINE = "wandb-events.jsonl"
_LOOKED_AT = 1000
_SHOWN = 5


def _adapter(source: Source) -> Adapter:
    is_summary = bool(source.read_options.get("is_last"))
    return _History(Origin(source.uri), is_summary=is_summary).adapt


def _folder_adapter(source: Source) -> Adapter:
    if PurePath(source.uri).name.startswith(_MACHINE):
        return _machine
    return _adapter(source)


def _machine(raw: Raw) -> Iterator[Raw]:
    """Yield nothing of what the machine did meanwhile: W&B, too, shows it apart."""
    if isinstance(raw, RawTable) and raw.batch.num_rows and int(raw.lines[0]) == 1:
        said = "what the machine did meanwhile has steps of its own: it was left out"
        problem = Problem(raw.origin, said, "--dialect generic makes a run of this file")
        yield replace(reshape.select(raw, lambda name: False), problems=(*raw.problems, problem))
    elif not isinstance(raw, RawTable):
        yield raw


@dataclass(slots=True)
class _History:
    """Leaves out media, and rows that came twice where two pages meet; makes histograms whole.

    ``objects`` are the names of media and histograms, each with its type. Of a summary, in
    which all of them stand once more, nothing is said.
    """

    origin: Origin
    objects: dict[str, str] = field(default_factory=dict)
    looked: set[str] = field(default_factory=set)
    last: dict[str, Any] = field(default_factory=dict)
    is_summary: bool = False

    def adapt(self, raw: Raw) -> Iterator[Raw]:
        """Yield the numbers of a table."""
        if not isinstance(raw, RawTable):
            yield raw
            return
        known = len(self.objects)
        self._look(raw)
        problems = [*raw.problems, *self._remarks(known)]
        made: dict[str, pa.Array] = {}
        for name, kind in self.objects.items():
            if kind == HISTOGRAM:
                made[name], lost = histograms(raw, name)
                if lost:
                    where = replace(raw.origin, column=name)
                    said = f"{lost} histograms are none that W&B writes: they were left out"
                    problems.append(Problem(where, said, cells=lost))
        table = reshape.with_columns(replace(raw, problems=tuple(problems)), made)
        table = reshape.select(table, lambda name: name in made or self._is_wanted(name))
        yield reshape.rows(table, ~self._repeats(table))

    def _is_wanted(self, name: str) -> bool:
        if name == "_wandb" or name.startswith("_wandb/") or name in self.objects:
            return False
        return not any(name.startswith(f"{of}/") for of in self.objects)

    def _look(self, raw: RawTable) -> None:
        """Find the columns of objects: nested ones in JSON, texts of a dict in CSV."""
        for name, cells in zip(raw.batch.schema.names, raw.batch.columns, strict=True):
            if name in self.looked or not pa.types.is_string(cells.type):
                continue
            first = next((c for c in cells.slice(0, _LOOKED_AT).to_pylist() if c is not None), None)
            if first is None:
                continue
            self.looked.add(name)
            if name.endswith(_TYPE):
                self.objects[name.removesuffix(_TYPE)] = first
            elif found := _OBJECT.match(first):
                self.objects[name] = found["type"]

    def _remarks(self, known: int) -> Iterator[Problem]:
        """Say which media were met first."""
        new = [*self.objects.items()][known:]
        media = [f"{name!r} ({kind})" for name, kind in new if kind != HISTOGRAM]
        if media and not self.is_summary:
            more = f" and {len(media) - _SHOWN} more" if len(media) > _SHOWN else ""
            said = "media of W&B are in files of their own, and were left out: "
            yield Problem(self.origin, said + ", ".join(media[:_SHOWN]) + more)

    def _repeats(self, table: RawTable) -> NDArray[np.bool_]:
        """Return which rows say what the one before them said, step and all; (n,)."""
        count = table.batch.num_rows
        repeats = np.zeros(count, np.bool_)
        cells = reshape.column(table, _STEP)
        if cells is None or not count:
            return repeats
        if pa.types.is_integer(cells.type) and not cells.null_count:
            steps = np.asarray(cells, np.float64)
        else:
            steps = reshape.numbers(table, _STEP)
        same = np.flatnonzero(steps[1:] == steps[:-1]) + 1
        for at in [0, *same.tolist()]:
            row = _row(table, at)
            repeats[at] = _STEP in row and row == (_row(table, at - 1) if at else self.last)
        self.last = _row(table, count - 1)
        return repeats


def _row(table: RawTable, at: int) -> dict[str, Any]:
    """Return what stands in a row; NaN is the same as another."""
    (cells,) = reshape.records(reshape.span(table, at, 1), lambda name: True)
    return {name: str(c) if c != c else c for name, c in cells.items() if c is not None}


WANDB_HISTORY = on_generic(
    "wandb-history",
    "a run's history from Weights & Biases: run.history(), run.scan_history(), saved",
    Mark(columns=(_STEP, "_timestamp")),
    Mark(columns=(_STEP, "_runtime")),
    sample="tbconvert ingest history.csv --logdir runs",
    steps=(_STEP,),
    wall_times=("_timestamp",),
    adapt=_adapter,
)

WANDB_FOLDER = on_generic(
    "wandb-folder",
    "folders of Weights & Biases' clients: wandb-history.jsonl, wandb-summary.json, config.yaml",
    Mark(("wandb-history.jsonl",), columns=(_STEP,)),
    Mark(("config.yaml",), beside=("wandb-summary.json",)),
    Mark(("config.yaml",), beside=("wandb-metadata.json",)),
    Mark(("config.yaml",), beside=("wandb-history.jsonl",)),
    Mark((_MACHINE,), columns=("_runtime",), beside=("wandb-history.jsonl",)),
    Mark(("wandb-summary.json",), formats=("json", "jsonl"), columns=(_STEP,)),
    sample="tbconvert ingest wandb/ --logdir runs",
    steps=(_STEP,),
    wall_times=("_timestamp",),
    stock_names={"wandb-*"},
    stock_folders={"files"},
    joins=True,
    lasts=("wandb-summary.json",),
    adapt=_folder_adapter,
)
