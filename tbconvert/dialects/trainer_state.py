"""What Hugging Face's Trainer leaves, and all that hang on it: a state, and one in each checkpoint.

A checkpoint's state is a beginning of the last one; the ``*_results.json`` are its last entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.left_out import LeftOut
from tbconvert.dialects.reshape import select, with_columns
from tbconvert.model import Problem, Raw, RawSettings, RawTable, Source

STATE = "trainer_state.json"
CHECKPOINTS = "checkpoint-*"
"""Folders that say nothing of the run."""

_CHOSEN = (
    *("eval_steps", "logging_steps", "max_steps", "num_train_epochs", "save_steps"),
    *("train_batch_size", "trial_name", "trial_params/*"),
)
"""What of a state was chosen before the training; the rest is where it stands."""

_CHECKPOINT = re.compile(r"checkpoint-(\d+)")
_KEYS = ("global_step", "log_history")
_RESULTS = ("all_results.json", "train_results.json", "eval_results.json")
_OF_RESULTS = ("*_runtime", "*_samples_per_second")


def marks(*logs: str) -> tuple[Mark, ...]:
    """Return what states and results look like, beside all of some other logs of their run."""
    below = tuple(f"../{log}" for log in logs)
    return (
        Mark((STATE,), formats=("json",), keys=_KEYS, beside=logs),
        Mark((f"{CHECKPOINTS}/{STATE}",), formats=("json",), keys=_KEYS, beside=below),
        Mark(_RESULTS, formats=("json",), columns=_OF_RESULTS, beside=logs),
    )


def copies(
    paths: Sequence[str], before: Sequence[str] = (), after: Sequence[str] = ()
) -> Mapping[str, str]:
    """Return the files that hold no curve which another one of their run has not.

    The state of the run comes first, then the last checkpoint's, then what results there are.
    The names of other logs stand ``before`` all of these, or right ``after`` the run's own state.
    """
    names = (*before, STATE, *after, CHECKPOINTS, *_RESULTS)
    homes: dict[str, list[tuple[int, int, str]]] = {}
    for path in paths:
        home, _, name = path.rpartition("/")
        above, _, folder = home.rpartition("/")
        number = 0
        if name == STATE and (checkpoint := _CHECKPOINT.fullmatch(folder)):
            home, name, number = above, folder, int(checkpoint[1])
        for rank, glob in enumerate(names):
            if fnmatchcase(name, glob):
                homes.setdefault(home, []).append((rank, -number, path))
                break
    found: dict[str, str] = {}
    for ranked in homes.values():
        (_, _, first), *others = sorted(ranked)
        found |= {path: first for _, _, path in others}
    return found


def adapt(source: Source) -> Adapter:
    """Keep of a state its log, and what was chosen."""
    left = LeftOut(source, "a state tells where a training stands as well")

    def adapted(raw: Raw) -> Iterator[Raw]:
        if isinstance(raw, RawSettings):
            yield left.settings(raw, _is_chosen)
        elif isinstance(raw, RawTable) and _is_state(raw):
            cells = {
                name: cell
                for name, cell in raw.batch.to_pylist()[0].items()
                if isinstance(cell, bool | int | float | str)
            }
            left.unless(raw, cells.__contains__)
            said = Problem(raw.origin, "no entry in 'log_history' yet: there is nothing to show")
            yield replace(select(raw, lambda _: False), problems=(*raw.problems, said))
            yield left.settings(RawSettings(raw.origin, cells), _is_chosen)
        elif isinstance(raw, RawTable) and _is_result(raw):
            yield with_columns(raw, {"step": [0]})
        else:
            yield raw

    return left.after(adapted)


def _is_state(table: RawTable) -> bool:
    """Tell whether the one row of a table is a state whose log is empty."""
    names = table.batch.schema.names
    return table.batch.num_rows == 1 and {"global_step", "max_steps"} <= {*names}


def _is_result(table: RawTable) -> bool:
    """Tell whether the one row of a table is what was measured at the end, without a step."""
    names = {*table.batch.schema.names}
    is_timed = any(fnmatchcase(name, _OF_RESULTS[0]) for name in names)
    return table.batch.num_rows == 1 and is_timed and "step" not in names


def _is_chosen(name: str) -> bool:
    return any(fnmatchcase(name, glob) for glob in _CHOSEN)
