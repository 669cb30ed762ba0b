"""Who does the jobs: an engine, and the executor that it has for so many of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

_TASKS_EACH = 8
"""Tasks for each worker, at least, if there are so many jobs: so that none idles at the end."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """An executor, None where the work is done here; it gets ``together`` small jobs at once."""

    executor: Executor | None = None
    together: int = 1

    @classmethod
    def sharing(cls, jobs: int, executor: Executor, workers: int, most: int) -> Crowd:
        """Return so many workers that share so many jobs, of which they get ``most`` at once."""
        return cls(executor, min(max(jobs // (_TASKS_EACH * workers), 1), most))


@dataclass(frozen=True, slots=True)
class Engine:
    """What has a crowd for so many jobs, and an executor to look into so many files, if it pays.

    ``is_elsewhere`` tells that it may be on other machines, which know no relative paths.
    """

    crowd: Callable[[int], Crowd]
    lookers: Callable[[int], Executor | None] = lambda files: None
    is_elsewhere: bool = False
