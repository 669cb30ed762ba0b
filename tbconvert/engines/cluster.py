"""A Dask cluster: the one of a scheduler, or one of processes of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

from tbconvert.engines.crowd import Crowd, Engine
from tbconvert.errors import UsageError

_MOST_TOGETHER = 200
"""Small jobs that make one task: to hand over a task takes as long as to do some of them."""

_TASKS_EACH = 8
"""Tasks for each worker, at least, if there are so many jobs: so that none idles at the end."""

_RETRIES = 3
"""How often a task is tried again whose worker is lost."""

_SECONDS = 20
"""How long to wait for a scheduler, and for its first worker."""


@contextmanager
def dask(asked: int | None, scheduler: str | None) -> Iterator[Engine]:
    """Yield what has an executor of the cluster at ``scheduler``, or of ``asked`` processes.

    Raises
    ------
    UsageError
        Dask is not installed, or there is no scheduler or worker.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError as err:
        said = "--engine dask: wanted the package 'distributed'"
        raise UsageError(f"{said}; pip install 'tbconvert[dask]'") from err
    with ExitStack() as stack:
        try:
            if scheduler is None:
                cluster = stack.enter_context(
                    distributed.LocalCluster(
                        n_workers=asked, threads_per_worker=1, dashboard_address=None
                    )
                )
                client = stack.enter_context(distributed.Client(cluster))
            else:
                client = stack.enter_context(distributed.Client(scheduler, timeout=_SECONDS))
            client.wait_for_workers(1, timeout=_SECONDS)
        except (OSError, TimeoutError, ValueError) as err:
            where = f"--scheduler: got {scheduler!r}" if scheduler else "--engine dask"
            said = "wanted a Dask scheduler that answers, with a worker"
            raise UsageError(f"{where}, {said} ({str(err).strip() or type(err).__name__})") from err
        yield Engine(lambda jobs: _crowd(client, jobs), is_elsewhere=True)


def _crowd(client: Any, jobs: int) -> Crowd:
    threads = max(sum(client.nthreads().values()), 1)
    together = min(max(jobs // (_TASKS_EACH * threads), 1), _MOST_TOGETHER)
    return Crowd(client.get_executor(retries=_RETRIES, pure=False), together)
