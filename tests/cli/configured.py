"""A log to be converted as a configuration says, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Command = Callable[..., Any]

LOG = "step,ep,loss,acc\n0,5,1.0,0.1\n1,6,0.5,0.2\n2,7,0.25,0.3\n"


def converted(tbconvert: Command, *arguments: str, **environment: str) -> dict[str, Any]:
    """Return the only run of a dry run."""
    done = tbconvert("ingest", *arguments, "--dry-run", "--json", **environment)
    (run,) = done.answer["runs"]
    return run
