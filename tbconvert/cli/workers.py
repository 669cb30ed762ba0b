"""Where jobs run: here, or in processes of their own."""

from __future__ import annotations

import os
import signal
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
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # not forked: Arrow's threads do not live on in a copy of their process
    pool = ProcessPoolExecutor(count, get_context("spawn"), _obey_terminate)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _obey_terminate() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
