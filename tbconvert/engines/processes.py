"""Processes of this machine, of which each does one job after the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tbconvert.engines.crowd import Crowd, Engine

if TYPE_CHECKING:
    from tbconvert.engines.crew import Crew

_WORTH_IT = 32
"""Jobs from which on other processes, which take a second to start, are worth their start."""

_WORTH_LOOKING = 1000
"""Files from which on that is so for looking into them: most are neither large nor jobs."""

_MOST_TOGETHER = 16
"""Small jobs that make one task: to hand over takes as long as to find a run unchanged."""


@contextmanager
def processes(asked: int | None, scheduler: str | None) -> Iterator[Engine]:
    """Yield what has a crew for so many jobs, nobody where this process does the work.

    The processes that were asked for start at once, and look into files while jobs are planned.
    """
    crew: Crew | None = None

    def crowd(jobs: int) -> Crowd:
        nonlocal crew
        count = min(jobs, asked or (os.cpu_count() or 1 if jobs >= _WORTH_IT else 1))
        if count <= 1:
            return Crowd()
        crew = crew or _crew(count)
        return Crowd.sharing(jobs, crew, count, _MOST_TOGETHER)

    def lookers(files: int) -> Executor | None:
        nonlocal crew
        if asked is None and files >= _WORTH_LOOKING and (count := os.cpu_count() or 1) > 1:
            crew = crew or _crew(count)
        return crew

    try:
        if asked is not None and asked > 1:
            crew = _crew(asked)
            crew.prepare()
        yield Engine(crowd, lookers)
    finally:
        if crew is not None:
            crew.stop()


def _crew(count: int) -> Crew:
    from tbconvert.engines.crew import Crew  # slow to import, and one process needs none

    return Crew(count)
