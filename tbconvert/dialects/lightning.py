"""Lightning's CSVLogger: sparse rows, and the settings beside them."""

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

LIGHTNING = on_generic(
    "lightning",
    "CSVLogger of Lightning: metrics.csv, hparams.yaml",
    Mark(("metrics.csv",), formats=("csv",), columns=("epoch", "step")),
    Mark(("version_*/metrics.csv",), formats=("csv",), columns=("step",)),
    Mark(("metrics.csv",), formats=("csv",), columns=("step",), beside=("hparams.yaml",)),
    sample="tbconvert ingest lightning_logs/ --logdir runs",
    steps=("step",),
)
