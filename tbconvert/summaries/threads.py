"""Threads for what numpy and Arrow do to a large array: they let each other run meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

Result = TypeVar("Result")

# More of them wait for each other: between any two steps a thread holds Python's lock.
_MOST = 4

_helping = Lock()


def in_threads(work: Callable[[int], Result], count: int) -> list[Result]:
    """Return what ``work`` makes of 0, 1, … count - 1, by a thread for each core, if not too many.

    Who is not alone works alone: where others have threads at work already, and in a process
    that was started as one of several.
    """
    if count > 1 and _helping.acquire(blocking=False):
        try:
            return _by_many(work, count)
        finally:
            _helping.release()
    return [work(each) for each in range(count)]


def _by_many(work: Callable[[int], Result], count: int) -> list[Result]:
    from concurrent.futures import ThreadPoolExecutor  # slow to import, and small arrays need none
    from multiprocessing import parent_process

    threads = 1 if parent_process() else min(os.cpu_count() or 1, count, _MOST)
    todo, done = iter(range(count)), {}

    def take_part() -> None:
        try:
            for each in todo:
                done[each] = work(each)
        finally:
            for _ in todo:  # where one fails or is interrupted, the others need not go on
                pass

    with ThreadPoolExecutor(threads) as pool:
        others = [pool.submit(take_part) for _ in range(threads - 1)]
        take_part()
        for other in others:
            other.result()
    return [done[each] for each in range(count)]
