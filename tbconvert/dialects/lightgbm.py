"""LightGBM's record_evaluation and cv, saved as JSON, and what it prints."""

from tbconvert.dialects import rounds
from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

_PATTERN = (rf"{rounds.ROUND}\t(?P<key>[^\t:]+'s [^\t:]+): {rounds.VALUE}",)


def _name_of(printed: str) -> str:
    """Return what record_evaluation calls what is printed as ``valid_0's auc``."""
    return printed.replace("'s ", "/", 1)


LIGHTGBM = on_generic(
    "lightgbm",
    "record_evaluation and cv of LightGBM as JSON, and what it prints; data sets of other names "
    "are read as well",
    Mark(formats=("json",), keys=("valid_0",), columns=("valid_0/*",)),
    Mark(formats=("json",), columns=("valid *-mean", "valid *-stdv")),
    Mark(formats=("text",), columns=(rounds.STEP, "*'s *")),
    Mark(formats=("text",), line=r"\[\d+\](\t[^\t:]+'s [^\t:]+: [^\t:]+)+"),
    sample="tbconvert ingest evals_result.json --logdir runs",
    stock_names={"evals_result", "evals_results"},
    marker=b"\tvalid_0's ",
    pattern=_PATTERN,
    asks={"format": "text", "pattern": _PATTERN},
    adapt=rounds.adapter(_name_of),
)
