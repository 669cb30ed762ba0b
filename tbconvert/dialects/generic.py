"""What most loggers call things: for a log that no other dialect claims, and to build upon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from tbconvert.dialects.cells import plain_setting
from tbconvert.dialects.dialect import Adapter, Dialect, Mark
from tbconvert.dialects.phases import Phases
from tbconvert.dialects.reshape import is_there, of_tables, records, rows, without
from tbconvert.globs import is_like
from tbconvert.model import Raw, RawSettings, RawTable, Source

_SETTINGS = ("config/*", "hparams/*", "hyperparameters/*", "args/*")


def _adapt(source: Source) -> Adapter:
    run = source.read_options.get("run_column") or ""
    phases = Phases(_ROLES, (*GENERIC.steps, *GENERIC.weak_steps), run)

    def logged(raw: Raw) -> Iterator[Raw]:
        for told in phases.adapt(raw):
            yield from _configured(told)

    return logged


@of_tables
def _configured(raw: RawTable) -> Iterator[Raw]:
    """Yield rows that hold settings only, such as a first line of the configuration, as those."""
    table = raw.batch
    chosen = [name for name in table.schema.names if is_like(_SETTINGS, name.strip())]
    others = [name for name in table.schema.names if name not in chosen]
    if not chosen or any(not table.column(name).null_count for name in others):
        yield raw
        return
    nothing = np.zeros(table.num_rows, np.bool_)
    told = np.logical_or.reduce([is_there(raw, name) for name in chosen])
    told &= ~np.logical_or.reduce([nothing, *(is_there(raw, name) for name in others)])
    for row in records(rows(raw, told), chosen.__contains__):
        values = {name: plain_setting(cell) for name, cell in row.items() if cell is not None}
        yield RawSettings(raw.origin, values)
    if told.any():
        raw = rows(raw, ~told)
        raw = without(raw, [name for name in chosen if not is_there(raw, name).any()])
    yield raw


GENERIC = Dialect(
    name="generic",
    about="any log that no other dialect claims; columns are known by their names and values",
    steps=(
        "step",
        "global_step",
        "_step",
        "train_step",
        "training_step",
        "iteration",
        "iter",
        "iters",
        "num_timesteps",
        "total_timesteps",
        "timesteps_total",
        "totalenvinteracts",
        "total_env_steps",
        "env_step",
        "env_steps",
        "num_env_steps_sampled_lifetime",
        "total_num_steps",
        "iterations",
        "num_updates",
        "update",
        "updates",
        "training_iteration",
        "train_iteration",
        "train_iter",
        "global_iteration",
        "global_iter",
        "current_steps",
        "current_step",
        "episode",  # beside it the steps are mostly those of each episode
        "steps",
        "timestep",
        "timesteps",
        "batch",
        "epoch",
        "epochs",
        "train_epoch",
        "training_epoch",
        "current_epoch",
        "global_epoch",
        "episodes",
        "episodes_total",
        "round",
        "generation",
    ),
    weak_steps=(
        # these count all that was; some loggers have how many an episode had under such names
        *("global_steps", "train_steps", "training_steps", "train_iters", "training_iterations"),
        *("optimizer_step", "optimizer_steps", "opt_step", "gradient_steps", "n_updates"),
        *("global_timestep", "total_timestep", "total_step", "total_iterations", "total_epochs"),
        *("total_steps", "cumulative_steps", "num_steps", "n_steps", "steps_so_far", "cum_steps"),
        *("environment_steps", "actor_steps", "learner_steps", "num_iters", "num_iterations"),
        *("total_frames", "num_frames", "frames", "frame", "num_samples", "samples_seen"),
        *("total_episodes", "num_episodes", "n_episodes", "episodes_so_far", "actor_episodes"),
        *("iteration_number", "iter_num", "num_iter", "n_iter", "batch_idx", "batch_num"),
        *("epoch_number", "epoch_num", "epoch_idx", "epoch_id", "num_epochs", "n_epoch"),
        *("episode_number", "episode_num", "episode_idx", "episode_id", "ep", "it"),
        *("step_number", "step_num", "step_idx", "step_id", "step_count", "cur_step", "cur_epoch"),
        *("iteration_count", "iter_count", "epoch_count", "episode_count", "batch_count"),
        *("num_epoch", "train_batch", "global_batch", "batch_number"),
        *("rounds", "batches", "generations"),
        *("number_of_trees", "num_trees", "n_trees", "trial_number"),
        *("n", "index", "idx", "row", "unnamed: 0", "x", "t", "column_1"),
    ),
    indexes=("unnamed: 0", "column_1", "__index_level_0__"),
    wall_times=(
        "wall_time",
        "timestamp",
        "_timestamp",
        "datetime",
        "time",
        "date",
        "ts",
        "created_at",
        "epoch_time",
        "unix_time",
        "logged_at",
    ),
    clocks=(
        "time_elapsed",
        "elapsed_time",
        "elapsed",
        "elapsed_seconds",
        "_runtime",
        "relative_time",
        "relative time (process)",
        "time_since_start",
        "time_since_start_of_training",
        "time_total_s",
        "total_time",
        "seconds_elapsed",
        "wall_clock",
        "wall_time",
        "cum_time",
        "cumulative_time",
    ),
    runs=(
        *("run", "run_name", "run_id", "experiment_name", "exp_name", "trial", "trial_id", "seed"),
        *("experiment", "experiment_id", "fold", "cv_fold", "kfold", "repeat"),
        *("model", "method", "algorithm", "algo", "phase", "split", "subset", "mode"),
    ),
    tags=("tag", "metric", "metric_name", "key", "name", "variable"),
    values=("value", "metric_value", "val"),
    stock_names=frozenset(
        {
            "all_results",
            "events",
            "history",
            "log",
            "logs",
            "main",
            "metrics",
            "nohup",
            "out",
            "output",
            "progress",
            "result",
            "results",
            "scalars",
            "stats",
            "stdin",
            "stdout",
            "summary",
            "train_log",
            "trainer_log",
            "trainer_state",
            "training",
            "training_log",
        }
    ),
    stock_folders=frozenset(
        {
            ".hydra",
            "checkpoints",
            "ckpt",
            "ckpts",
            "checkpoint",
            "snapshots",
            "csv",
            "csv_logs",
            "grads",
            "gradients",
            "graph",
            "log",
            "logs",
            "metrics",
            "model",
            "params",
            "weights",
        }
    ),
    stock_series=frozenset(
        {
            *("step", "steps", "iter", "iteration", "epoch", "batch", "update", "global", "it"),
            *("checkpoint", "checkpoints", "ckpt", "snapshot", "snap", "state", "dump", "arrays"),
            *("model", "net", "network", "weights", "weight", "biases", "bias", "params"),
            *("parameters", "param", "grad", "grads", "gradient", "gradients", "optimizer"),
            *(
                "history",
                "training",
                "train",
                "evaluations",
                "metrics",
                "results",
                "final",
                "pytorch",
            ),
            *("log", "logs", "progress", "arr", "data"),
        }
    ),
    settings=_SETTINGS,
    adapt=_adapt,
    settings_names=frozenset(
        {
            *("config", "configs", "configuration", "cfg", "setup", "setting", "settings"),
            *("param", "params", "parameters", "hparams", "hparam", "hyperparams", "hyp"),
            *("hyperparameters", "hyper_parameters", "variant", "flags"),
            *("arg", "args", "arguments", "opt", "opts", "option", "options"),
            *("train_args", "training_args", "train_config", "training_config", "trainer_config"),
            *("model_args", "model_config", "env_config", "experiment_config", "run_config"),
        }
    ),
    about_names=frozenset(
        {
            *("meta", "metadata", "meta_data*", "wandb-metadata", "manifest", "run", "info"),
            *("package", "package-lock", "tokenizer*", "*_tokens_map", "added_tokens", "vocab"),
            *("generation_config", "adapter_config", "preprocessor_config", "*.index", "conda"),
            "build_config",
            *("environment", "requirements", "pyproject", "docker-compose*"),
        }
    ),
)

_ROLES = (
    *GENERIC.steps,
    *GENERIC.weak_steps,
    *GENERIC.wall_times,
    *GENERIC.clocks,
    *GENERIC.runs,
    *GENERIC.tags,
    *GENERIC.values,
    *GENERIC.settings,
)
"""What keeps its name, whatever else stands in its row."""


def on_generic(name: str, about: str, *marks: Mark, **more: Any) -> Dialect:
    """Return a dialect that knows what the generic one knows, and its own before that.

    Names and globs that are given stand in front of the generic ones; all else takes their
    place.
    """
    fields: dict[str, Any] = {"name": name, "about": about, "marks": marks}
    for key, value in more.items():
        general = getattr(GENERIC, key)
        if isinstance(general, frozenset):
            value = frozenset(value) | general
        elif isinstance(general, tuple):
            value = (*value, *general)
        fields[key] = value
    return replace(GENERIC, **fields)


def of_curves(dialect: Dialect, step: str) -> Dialect:
    """Return a dialect whose adapter yields curves, whatever they are called, beside a step.

    No column but that one has a role by its name.
    """
    return replace(
        dialect,
        steps=(step,),
        weak_steps=(),
        indexes=(),
        wall_times=(),
        clocks=(),
        runs=(),
        tags=(),
        values=(),
        settings=(),
    )
