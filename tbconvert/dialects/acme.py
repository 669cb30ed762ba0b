"""Acme's CSVLogger: logs.csv, of a loop of episodes or of a learner.

Each row has the counts of all parts of the program, as far as they were known by then: only
those of the part that logs rise in every row. A learner counts its seconds, too.
"""

from __future__ import annotations

from tbconvert.dialects.dialect import Mark
from tbconvert.dialects.generic import on_generic

_FILES = ("logs.csv",)
_EPISODES = ("episode_length", "episode_return", "steps_per_second")
_CLOCKS = ("learner_walltime", "walltime")

ACME = on_generic(
    "acme",
    "CSVLogger of Acme: logs.csv of a loop of episodes, such as an actor",
    Mark(_FILES, ("csv",), columns=_EPISODES),
    Mark(formats=("csv",), columns=(*_EPISODES, "*actor_steps", "learner_*")),
    sample="tbconvert ingest ~/acme --logdir runs",
    steps=("actor_steps", "train_steps", "train_loop_steps", "steps"),
    clocks=_CLOCKS,
)

ACME_EVALUATOR = on_generic(
    "acme-evaluator",
    "CSVLogger of Acme: eval*/logs.csv of an evaluator",
    Mark(("eval*/logs.csv",), ("csv",), columns=(*_EPISODES, "*steps")),
    sample="tbconvert ingest ~/acme --logdir runs",
    steps=("evaluator_steps", "eval_steps", "eval_loop_steps", "steps"),
    clocks=_CLOCKS,
)

ACME_LEARNER = on_generic(
    "acme-learner",
    "CSVLogger of Acme: logs.csv of a learner",
    Mark(_FILES, ("csv",), columns=("*steps", "*walltime"), but=("episode_return",)),
    Mark(formats=("csv",), columns=("learner_steps", "learner_walltime"), but=("episode_return",)),
    sample="tbconvert ingest ~/acme --logdir runs",
    steps=("learner_steps", "steps"),
    clocks=_CLOCKS,
)
