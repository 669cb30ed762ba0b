"""MLCommons' AlgoPerf: training and evaluations in one table, evaluations in another one again."""

from tbconvert.dialects.dialect import Mark, beside
from tbconvert.dialects.generic import on_generic

_EVALUATION = ("global_step", "accumulated_submission_time", "total_duration")

ALGOPERF = on_generic(
    "algoperf",
    "trials of MLCommons AlgoPerf: measurements.csv, eval_measurements.csv, hparams.json",
    Mark(("measurements.csv", "eval_measurements.csv"), ("csv",), _EVALUATION),
    Mark(("measurements.csv",), ("csv",), ("global_step",), beside=("meta_data_0.json",)),
    sample="tbconvert ingest study_0/ --logdir runs",
    steps=("global_step",),
    clocks=("total_duration",),
    stock_names={"measurements", "eval_measurements"},
    about_names={"meta_data_*"},
    copies=beside("measurements.csv", "eval_measurements.csv"),
)
