"""stable-baselines3's logger: three files that say the same."""

from tbconvert.dialects.dialect import Mark, beside
from tbconvert.dialects.generic import on_generic

STABLE_BASELINES3 = on_generic(
    "stable-baselines3",
    "logger of stable-baselines3: progress.csv, progress.json, log.txt, evaluations.npz",
    Mark(("progress.csv", "progress.json", "log.txt"), columns=("time/total_timesteps",)),
    Mark(("log.txt",), beside=("progress.csv",)),
    sample="tbconvert ingest logs/ --logdir runs",
    steps=("time/total_timesteps",),
    clocks=("time/time_elapsed",),
    copies=beside("progress.csv", "progress.json", "log.txt"),
)
