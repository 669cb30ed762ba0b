"""Tasks → results in their order: here, or by an executor that gets several at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

Crowd = Callable[[int], Executor | None]
"""Returns who is to do so many tasks; None if they are done here."""


class Watch(Protocol):
    """Sees results come, ``count`` of them in the end."""

    def __call__(self, results: Iterable[Result], count: int) -> Iterable[Result]:
        """Return the same results."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Who does tasks, and who watches them."""

    crowd: Crowd
    watch: Watch

    def do(
        self,
        work: Callable[[Task], Result],
        tasks: Sequence[Task],
        lost: Callable[[Task, Exception], Result],
    ) -> Iterable[Result]:
        """Return what ``spread`` yields."""
        return self.watch(spread(work, tasks, self.crowd(len(tasks)), lost), len(tasks))


_UNDER_WAY = 32
_PARCELS = 64
_LARGEST = 32


def spread(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    executor: Executor | None,
    lost: Callable[[Task, Exception], Result],
) -> Iterator[Result]:
    """Yield what comes of each task; where a process dies of one, what ``lost`` makes of that."""
    if executor is None:
        yield from map(work, tasks)
        return
    size = max(1, min(_LARGEST, len(tasks) // _PARCELS))
    parcels = iter([tasks[at : at + size] for at in range(0, len(tasks), size)])
    under_way: deque[tuple[Sequence[Task], Future[list[Result]]]] = deque()
    while True:
        for parcel in parcels:
            under_way.append((parcel, executor.submit(_all, work, parcel)))
            if len(under_way) >= _UNDER_WAY:
                break
        if not under_way:
            return
        parcel, future = under_way.popleft()
        try:
            yield from future.result()
        except Exception as err:
            if len(parcel) == 1:
                yield lost(parcel[0], err)
            else:  # none but the task that is to blame shall be lost
                for task in parcel:
                    yield from spread(work, [task], executor, lost)


def _all(work: Callable[[Task], Result], tasks: Sequence[Task]) -> list[Result]:
    return list(map(work, tasks))
