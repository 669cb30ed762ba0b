"""loss_log.txt of pytorch-CycleGAN-and-pix2pix, and of what was made of it."""

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

CYCLEGAN = on_generic(
    "cyclegan",
    "loss_log.txt of pytorch-CycleGAN-and-pix2pix and its heirs",
    Mark(formats=("text",), columns=("epoch", "iters", "time")),
    sample="tbconvert ingest checkpoints/ --logdir runs",
    steps=("iters", "epoch"),
    marker=b"================ Training Loss (",
    pattern=(r"(?P<key>\w+): (?P<value>[-+]?\d[-+.\deE]*|nan|-?inf)",),
    stock_names=("loss_log",),
)
