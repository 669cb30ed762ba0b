"""Keras: its CSVLogger, and what people save of the history that fit() returns."""

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

# what Keras never writes by itself, and others do beside a loss
_NOT_KERAS = ("*step*", "*iter*", "*time*", "train*", "valid*", "test*", "*/*", "run*", "tag")

KERAS = on_generic(
    "keras",
    "CSVLogger of Keras; the history of fit() as JSON",
    Mark(formats=("csv",), columns=("epoch", "loss", "val_loss"), but=_NOT_KERAS),
    Mark(
        ("training*.log", "*history*.csv", "*log.csv"),
        formats=("csv",),
        columns=("epoch", "loss"),
        but=_NOT_KERAS,
    ),
    Mark(("*history*.json",), formats=("json",), columns=("loss",), but=("epoch*", *_NOT_KERAS)),
    sample="tbconvert ingest training.log --logdir runs",
    steps=("epoch",),
    stock_names=("training", "history", "model_history", "model_history_log", "training_history"),
)
