"""Hugging Face's Trainer: its state, which has the whole history."""

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.trainer_state import CHECKPOINTS, adapt, copies, marks

TRAINER = on_generic(
    "trainer",
    "Hugging Face's Trainer, TRL: trainer_state.json, also of checkpoints; config.json",
    *marks(),
    Mark(formats=("json",), keys=("global_step", "is_world_process_zero", "log_history")),
    sample="tbconvert ingest output/ --logdir runs",
    steps=("step",),
    stock_names=("trainer_state", "all_results", "train_results", "eval_results"),
    stock_folders=(CHECKPOINTS,),
    adapt=adapt,
    copies=copies,
)
