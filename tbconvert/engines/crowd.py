"""Who does the jobs: an engine, and the executor that it has for so many of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Crowd:
    """An executor, None where the work is done here; it gets ``together`` small jobs at once."""

    executor: Executor | None = None
    together: int = 1


@dataclass(frozen=True, slots=True)
class Engine:
    """What has a crowd for so many jobs, and an executor to look into so many files, if it pays.

    ``is_elsewhere`` tells that it may be on other machines, which know no relative paths.
    """

    crowd: Callable[[int], Crowd]
    lookers: Callable[[int], Executor | None] = lambda files: None
    is_elsewhere: bool = False
