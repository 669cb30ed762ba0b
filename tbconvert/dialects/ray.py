"""Ray Tune and RLlib: a folder for each trial, which holds everything twice."""

from tbconvert.dialects.dialect import Mark, beside
from tbconvert.dialects.generic import on_generic

RAY = on_generic(
    "ray",
    "trials of Ray Tune and RLlib: result.json, progress.csv, params.json",
    Mark(("result.json", "progress.csv"), columns=("training_iteration", "time_total_s")),
    sample="tbconvert ingest ~/ray_results --logdir runs",
    steps=("timesteps_total", "num_env_steps_sampled_lifetime", "training_iteration"),
    wall_times=("timestamp",),
    settings=("trial_id", "hostname", "node_ip", "pid", "experiment_id"),
    copies=beside("result.json", "progress.csv"),
)
