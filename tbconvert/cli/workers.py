"""Where jobs run: here, or in processes of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tbconvert.cli.crew import Crew

_WORTH_IT = 32
"""Jobs from which on other processes, which take a second to start, are worth their start."""


@contextmanager
def workers(asked: int | None) -> Iterator[Callable[[int], Executor | None]]:
    """Yield what returns an executor for so many jobs; None where this process does the work.

    The processes that were asked for start at once, and import while the jobs are planned.
    """
    crew: Crew | None = None

    def for_jobs(jobs: int) -> Executor | None:
        nonlocal crew
        count = min(jobs, asked or (os.cpu_count() or 1 if jobs >= _WORTH_IT else 1))
        if count <= 1:
            return None
        crew = crew or _crew(count)
        return crew

    try:
        if asked is not None and asked > 1:
            crew = _crew(asked)
            crew.prepare()
        yield for_jobs
    finally:
        if crew is not None:
            crew.stop()


def _crew(count: int) -> Crew:
    from tbconvert.cli.crew import Crew  # slow to import, and one process needs none

    return Crew(count)
