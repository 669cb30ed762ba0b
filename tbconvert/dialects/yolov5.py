"""results.txt of YOLOv5 before its CSV, and of YOLOv7, which has it from there: no header."""

from __future__ import annotations

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import renaming
from tbconvert.model import Source

# what the CSV of later versions calls the same, as far as it has it
_GROUPS = (
    *("train__box_loss", "train__obj_loss", "train__cls_loss", "train__total_loss"),
    *("labels", "img_size", "metrics__precision", "metrics__recall"),
    *("metrics__mAP_05", "metrics__mAP_05_095"),
    *("val__box_loss", "val__obj_loss", "val__cls_loss"),
)
_NAMES = {"metrics/mAP_05": "metrics/mAP_0.5", "metrics/mAP_05_095": "metrics/mAP_0.5:0.95"}
_LINE = (
    r"^ *(?P<epoch>\d+)/\d+ +(?P<gpu_mem>[\d.]+)G"
    + "".join(rf" +(?P<{group}>[-+.\deE]+|nan|inf)" for group in _GROUPS)
    + " *$"
)


def _adapter(source: Source) -> Adapter:
    return renaming(lambda name: _NAMES.get(name, name))


YOLOV5 = on_generic(
    "yolov5",
    "results.txt of YOLOv5 before version 6, and of YOLOv7",
    Mark(("results*.txt",), ("text",), ("epoch", "train/box_loss", "metrics/map_05")),
    sample="tbconvert ingest runs/train/ --logdir runs",
    steps=("epoch",),
    stock_names=("results",),
    pattern=(_LINE,),
    asks={"pattern": (_LINE,)},
    adapt=_adapter,
)
