"""The log.txt of DETR, DeiT, MAE, DINO and all that was made from them."""

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

DETR = on_generic(
    "detr",
    "log.txt of DETR, DeiT, MAE, DINO and others: JSON lines, one an epoch",
    Mark(("*log*.txt",), formats=("jsonl",), columns=("epoch", "train_lr")),
    Mark(("*log*.txt",), formats=("jsonl",), columns=("epoch", "train_loss")),
    Mark(formats=("jsonl",), columns=("epoch", "n_parameters", "train_l*")),
    sample="tbconvert ingest output_dir/ --logdir runs",
    steps=("epoch",),
)
