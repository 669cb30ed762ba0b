"""What the lists and records of a document call their steps and times."""

from __future__ import annotations

import re

STEP_WORD = r"(?:step|epoch|iter|iteration|round|timestep|update|batch|episode|generation)"

STEP = re.compile(rf"(?i)(.*[/_ .])?({STEP_WORD})s?")
"""Of whatever it is the step: what stands before the word is the first group."""

_COUNT = rf"_?(global_)?{STEP_WORD}s?"

COUNT = re.compile(rf"(?i){_COUNT}")
"""The step of all that stands beside it."""

ROLE = re.compile(
    rf"(?i)_?({_COUNT}"
    r"|time|timestamp|date|datetime|wall_?time|runtime|elapsed|elapsed_time)"
)
"""What several arrays of records have in common: steps and times."""
