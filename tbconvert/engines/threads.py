"""Threads of this process: for stores, where most of the time is waited for answers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tbconvert.engines.crowd import Crowd, Engine


@contextmanager
def threads(asked: int | None, scheduler: str | None) -> Iterator[Engine]:
    """Yield what has as many threads as were asked for, or as there are cores."""
    from concurrent.futures import ThreadPoolExecutor  # slow to import, and few ask for it

    pool = ThreadPoolExecutor(asked or os.cpu_count() or 1, "tbconvert")
    try:
        yield Engine(lambda jobs: Crowd(pool))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
