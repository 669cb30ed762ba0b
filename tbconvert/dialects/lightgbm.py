"""LightGBM's record_evaluation and cv, saved as JSON: lists by data set and metric."""

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

LIGHTGBM = on_generic(
    "lightgbm",
    "record_evaluation and cv of LightGBM as JSON; data sets of other names are read as well",
    Mark(formats=("json",), keys=("valid_0",), columns=("valid_0/*",)),
    Mark(formats=("json",), columns=("valid *-mean", "valid *-stdv")),
    sample="tbconvert ingest evals_result.json --logdir runs",
    stock_names={"evals_result", "evals_results"},
)
