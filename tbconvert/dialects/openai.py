"""OpenAI's fine-tuning, and Azure's: the result file of a job."""

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

OPENAI = on_generic(
    "openai",
    "result files of OpenAI's fine-tuning: step_metrics.csv, results.csv",
    Mark(
        formats=("csv",),
        columns=("step", "train_loss", "valid_loss", "valid_mean_token_accuracy"),
    ),
    Mark(formats=("csv",), columns=("step", "elapsed_tokens", "elapsed_examples")),
    sample="tbconvert ingest step_metrics.csv --logdir runs",
    steps=("step",),
    stock_names=("step_metrics", "results", "compiled_results"),
)
