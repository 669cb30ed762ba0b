"""XGBoost's evals_result, saved as JSON: lists by data set and metric."""

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

XGBOOST = on_generic(
    "xgboost",
    "evals_result of XGBoost as JSON; data sets of other names are read as well",
    Mark(formats=("json",), keys=("validation_0",), columns=("validation_0/*",)),
    sample="tbconvert ingest evals_result.json --logdir runs",
    stock_names={"evals_result", "evals_results"},
)
