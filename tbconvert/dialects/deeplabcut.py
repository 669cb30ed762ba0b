"""DeepLabCut's learning_stats.csv: with TensorFlow it has no header, with PyTorch it has one."""

from __future__ import annotations

from collections.abc import Iterator

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import renamed
from tbconvert.model import Raw, RawTable, Source

_FILE = "learning_stats.csv"
_NAMES = {"column_1": "iteration", "column_2": "loss", "column_3": "lr"}


def _adapter(source: Source) -> Adapter:
    def adapt(raw: Raw) -> Iterator[Raw]:
        if isinstance(raw, RawTable):
            raw = renamed(raw, lambda name: _NAMES.get(name, name))
        yield raw

    return adapt


DEEPLABCUT = on_generic(
    "deeplabcut",
    "learning_stats.csv of DeepLabCut",
    Mark((_FILE,), ("csv",), tuple(_NAMES), but=("column_4",)),
    Mark((_FILE,), ("csv",), ("step", "losses/train.*")),
    sample="tbconvert ingest dlc-models/ --logdir runs",
    steps=("iteration",),
    stock_names=("learning_stats",),
    stock_folders=("train",),
    names_columns=True,
    adapt=_adapter,
)
