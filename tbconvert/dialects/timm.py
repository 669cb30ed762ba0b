"""timm's train.py: a summary by epochs beside all of its arguments."""

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

TIMM = on_generic(
    "timm",
    "train.py of timm: summary.csv, args.yaml",
    Mark(("summary.csv",), formats=("csv",), columns=("epoch", "train_loss", "eval_*")),
    sample="tbconvert ingest output/train/ --logdir runs",
    steps=("epoch",),
    stock_names=("summary",),
)
