"""XGBoost's evals_result, saved as JSON: lists by data set and metric; and what it prints."""

from tbconvert.dialects import rounds
from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

_PATTERN = (rf"{rounds.ROUND}\t(?P<key>[^\t:]+-[^\t:]+):{rounds.VALUE}",)


def _name_of(printed: str) -> str:
    """Return what evals_result calls what is printed as ``eval-rmse``."""
    return printed.replace("-", "/", 1)


XGBOOST = on_generic(
    "xgboost",
    "evals_result of XGBoost as JSON, and what it prints; data sets of other names are read as "
    "well",
    Mark(formats=("json",), keys=("validation_0",), columns=("validation_0/*",)),
    Mark(formats=("text",), columns=(rounds.STEP, "validation_0-*")),
    Mark(formats=("text",), line=r"\[0\](\t[^\t:]+-[^\t:]+:[^\t:]+)+"),
    sample="tbconvert ingest evals_result.json --logdir runs",
    stock_names={"evals_result", "evals_results"},
    marker=b"\tvalidation_0-",
    pattern=_PATTERN,
    asks={"format": "text", "pattern": _PATTERN},
    adapt=rounds.adapter(_name_of),
)
