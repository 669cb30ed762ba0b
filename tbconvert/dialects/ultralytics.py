"""Ultralytics' YOLO: results by epochs; a clock since YOLOv8, and arguments beside them."""

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

ULTRALYTICS = on_generic(
    "ultralytics",
    "YOLOv5, YOLOv8 and later of Ultralytics: results.csv, args.yaml, opt.yaml, hyp.yaml",
    Mark(("results*.csv",), formats=("csv",), columns=("epoch", "train/*loss", "metrics/*")),
    Mark(formats=("csv",), columns=("epoch", "train/*_loss", "val/*_loss", "metrics/map*")),
    sample="tbconvert ingest runs/detect/ --logdir runs",
    steps=("epoch",),
    clocks=("time",),
    stock_names=("results",),
)
