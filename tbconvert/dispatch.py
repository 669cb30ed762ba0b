"""Jobs → reports: all of an ingest, here or on any executor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from itertools import chain, islice
from queue import SimpleQueue

from tbconvert.errors import SourceError
from tbconvert.flow import Progress
from tbconvert.model import Origin
from tbconvert.observer import Observer
from tbconvert.pipeline import convert_run, failed_report, source_size
from tbconvert.plan import RunJob
from tbconvert.report import RunReport

Done = tuple[RunJob, tuple[RunReport, ...]]
"""A job, and what came of it."""

_TASK_BYTES = 8 << 20
"""Bytes of sources from which on a job is a task by itself."""

_LAST_TASKS = 4
"""Tasks, at least, that are made of what is left: so that nobody waits long for the last one."""

_UNDER_WAY = 1000
"""Tasks that are handed over at once: many, but not all that an archive has."""


def convert(
    jobs: Sequence[RunJob],
    executor: Executor | None = None,
    progress: Progress | None = None,
    observer: Observer | None = None,
    together: int = 1,
) -> Iterator[Done]:
    """Convert each job, here or on any executor; yield what came of each as it is done.

    ``progress`` is told of the bytes as they are read here, elsewhere when a job is done;
    ``observer`` of what is converted here. An executor is given up to ``together`` small jobs
    at once.
    """
    if executor is None:
        for job in jobs:
            yield job, convert_run(job, progress, observer)
        return
    for job, reports in _elsewhere(jobs, executor, together):
        yield job, reports
        if progress is not None:
            progress(_size(job))


def convert_runs(jobs: Sequence[RunJob]) -> list[tuple[RunReport, ...]]:
    """Convert several jobs, one after the other, in whatever process this is."""
    return [convert_run(job) for job in jobs]


def _elsewhere(jobs: Sequence[RunJob], executor: Executor, together: int) -> Iterator[Done]:
    tasks = _tasks(jobs, together)
    done: SimpleQueue[Future[list[tuple[RunReport, ...]]]] = SimpleQueue()
    under_way: dict[Future[list[tuple[RunReport, ...]]], Sequence[RunJob]] = {}
    while True:
        for task in islice(tasks, _UNDER_WAY - len(under_way)):
            try:
                future = executor.submit(convert_runs, task)
            except Exception as err:  # an executor that broke takes nothing more
                yield from ((job, _died(job, err)) for job in task)
                continue
            under_way[future] = task
            future.add_done_callback(done.put)
        if not under_way:
            return
        future = done.get()
        task = under_way.pop(future)
        try:
            yield from zip(task, future.result(), strict=True)
        except Exception as err:
            if len(task) == 1:
                yield task[0], _died(task[0], err)
            else:  # none but the job that is to blame shall be lost
                tasks = chain(([job] for job in task), tasks)


def _tasks(jobs: Sequence[RunJob], together: int) -> Iterator[Sequence[RunJob]]:
    """Yield the jobs, small ones several together; none that takes long is begun at the end."""
    sizes = [_size(job) for job in jobs]
    task: list[RunJob] = []
    room = left = 0
    for done, place in enumerate(sorted(range(len(jobs)), key=lambda place: -sizes[place])):
        if task and (len(task) == room or sizes[place] > left):
            yield task
            task = []
        if not task:
            room, left = min(together, max((len(jobs) - done) // _LAST_TASKS, 1)), _TASK_BYTES
        task.append(jobs[place])
        left -= sizes[place]
    if task:
        yield task


def _size(job: RunJob) -> int:
    return sum(map(source_size, job.sources))


def _died(job: RunJob, error: BaseException) -> tuple[RunReport, ...]:
    said = f"the worker that had it was lost: {str(error) or type(error).__name__}"
    hint = "ingest again; if memory ran out, fewer --jobs need less"
    return (failed_report(job.run, SourceError(Origin(job.sources[0].uri), said, hint)),)
