"""Where jobs run: here, or in processes of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

_WORTH_IT = 32
"""Jobs from which on other processes, which take a second to start, are worth their start."""


@contextmanager
def workers(asked: int | None, jobs: int) -> Iterator[Executor | None]:
    """Yield an executor of so many processes; None where this one does the work itself."""
    count = min(jobs, asked or (os.cpu_count() or 1 if jobs >= _WORTH_IT else 1))
    if count <= 1:
        yield None
        return
    from tbconvert.cli.crew import Crew  # slow to import, and one process needs none

    crew = Crew(count)
    try:
        yield crew
    finally:
        crew.stop()
