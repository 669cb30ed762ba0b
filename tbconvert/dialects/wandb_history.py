"""W&B's history of a run, saved by its API; and the folder that its old clients left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePath

import pyarrow as pa

from tbconvert.dialects import reshape
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.wandb_histograms import HISTOGRAM, histograms
from tbconvert.model import Problem, Raw, RawTable, Source

_STEP = "_step"
_TYPE = "/_type"
_OBJECT = re.compile(r"""\{\s*["']_type["']\s*:\s*["'](?P<type>[\w./-]+)""")
_MACHINE = "wandb-events.jsonl"
_LOOKED_AT = 1000


def _adapter(source: Source) -> Adapter:
    left = LeftOut(source, "media of W&B are in files of their own, and '_wandb' is its own")
    return left.after(_History(left).adapt)


def _folder_adapter(source: Source) -> Adapter:
    if PurePath(source.uri).name.startswith(_MACHINE):
        return _machine(source)
    return _adapter(source)


def _machine(source: Source) -> Adapter:
    """Return what leaves out what the machine did meanwhile: W&B, too, shows it apart."""
    why = "what the machine did meanwhile has steps of its own"
    left = LeftOut(source, why, "--dialect generic makes a run of this file")

    @reshape.of_tables
    def adapt(raw: RawTable) -> Iterator[Raw]:
        yield left.of(raw, raw.batch.schema.names)

    return left.after(adapt)


@dataclass(slots=True, eq=False)
class _History:
    """Leaves out media, and makes histograms whole.

    ``objects`` are the names of media and histograms, each with its type.
    """

    left: LeftOut
    objects: dict[str, str] = field(default_factory=dict)
    looked: set[str] = field(default_factory=set)

    @reshape.of_tables
    def adapt(self, raw: RawTable) -> Iterator[Raw]:
        """Yield the numbers of a table."""
        self._look(raw)
        problems = [*raw.problems]
        made: dict[str, pa.Array] = {}
        for name, kind in self.objects.items():
            if kind == HISTOGRAM:
                made[name], lost = histograms(raw, name)
                if lost:
                    where = replace(raw.origin, column=name)
                    said = f"{lost} histograms are none that W&B writes: they were left out"
                    problems.append(Problem(where, said, cells=lost))
        parts = [name for name in raw.batch.schema.names if self._object(name) in made]
        table = reshape.without(replace(raw, problems=tuple(problems)), parts)
        table = self.left.unless(table, lambda name: not self._object(name))
        yield reshape.with_columns(table, made)

    def _object(self, name: str) -> str:
        """Return the object that a column is of, "" if of none."""
        objects = ("_wandb", *self.objects)
        return next((of for of in objects if name == of or name.startswith(f"{of}/")), "")

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
