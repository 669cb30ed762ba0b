"""Threads for what numpy and Arrow do to a large array: they let each other run meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import parent_process
from typing import TypeVar

Result = TypeVar("Result")

# More of them wait for each other: between any two steps a thread holds Python's lock.
_MOST = 4


def in_threads(work: Callable[[int], Result], count: int) -> list[Result]:
    """Return what ``work`` makes of 0, 1, … count - 1, by a thread for each core, if not too many.

    A process that another one has started works alone: that one has others at work.
    """
    threads = 1 if parent_process() else min(os.cpu_count() or 1, count, _MOST)
    if threads <= 1:
        return [work(each) for each in range(count)]
    todo, done = iter(range(count)), {}

    def take_part() -> None:
        for each in todo:
            done[each] = work(each)

    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(take_part) for _ in range(threads - 1)]
        try:
            take_part()
        finally:
            for _ in todo:  # where one fails or is interrupted, the others need not go on
                pass
        for other in others:
            other.result()
    return [done[each] for each in range(count)]
