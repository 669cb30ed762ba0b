"""DeepLabCut's learning_stats.csv: with TensorFlow it has no header, with PyTorch it has one."""

from __future__ import annotations

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import renaming
from tbconvert.model import Source

_FILE = "learning_stats.csv"
_NAMES = {"column_1": "iteration", "column_2": "loss", "column_3": "lr"}


def _adapter(source: Source) -> Adapter:
    return renaming(lambda name: _NAMES.get(name, name))


DEEPLABCUT = on_generic(
    "deeplabcut",
    "learning_stats.csv of DeepLabCut",
    Mark((_FILE,), ("csv",), tuple(_NAMES), but=("column_4",)),
    Mark((_FILE,), ("csv",), ("step", "losses/train.*")),
    Mark(("pose_cfg.yaml",), beside=(_FILE,)),
    Mark(("pytorch_config.yaml",), beside=(_FILE,)),
    sample="tbconvert ingest dlc-models/ --logdir runs",
    steps=("iteration",),
    stock_names=("learning_stats",),
    stock_folders=("train",),
    settings_names={"pose_cfg", "pytorch_config"},
    names_columns=True,
    adapt=_adapter,
)
