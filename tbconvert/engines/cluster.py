"""A Dask cluster: the one of a scheduler, or one of processes of this machine."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, InvalidStateError
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from typing import Any

from tbconvert.engines.crowd import Crowd, Engine
from tbconvert.errors import UsageError

_MOST_TOGETHER = 200
"""Small jobs that make one task: to hand over a task takes as long as to do some of them."""

_RETRIES = 3
"""How often a task is tried again whose worker is lost."""

_LEAN = {
    "distributed.worker.profile.enabled": False,
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
}
"""What workers of our own do not do: look at their own stack a hundred times a second, and give
memory back after each log. Each takes them a tenth of their time or more.
"""

_GONE = "the scheduler is gone"

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
    _silence()
    with ExitStack() as stack:
        try:
            place: Any = scheduler
            if scheduler is None:
                place = _cluster_here(distributed, asked)
                stack.callback(_close, place)
            client = distributed.Client(place, timeout=_SECONDS)
            stack.callback(_close, client)
            client.wait_for_workers(1, timeout=_SECONDS)
            if scheduler is None:
                from tbconvert.arrow import own_process  # slow to import, and only wanted here

                with suppress(Exception):  # they are as good without, but for their speed
                    client.run(own_process)
            threads = sum(client.nthreads().values())
        except (OSError, TimeoutError, ValueError) as err:
            where = "--engine dask" if scheduler is None else f"--scheduler: got {scheduler!r}"
            said = "wanted a Dask scheduler that answers, with a worker"
            raise UsageError(f"{where}, {said} ({str(err).strip() or type(err).__name__})") from err
        executor = _Cluster(client)
        yield Engine(
            lambda jobs: Crowd.sharing(jobs, executor, threads, _MOST_TOGETHER),
            lambda files: executor,
            is_elsewhere=True,
        )


def _cluster_here(distributed: Any, workers: int | None) -> Any:
    with import_module("dask.config").set(_LEAN):
        return distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=None,
            # it answers by HTTP all the same: where nobody else does
            scheduler_kwargs={"dashboard_address": ":0"},
        )


def _silence() -> None:
    # what they log of lost connections is said by us; each of their loggers has a level of its own
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _close(end: Any) -> None:
    # a scheduler that is gone cannot take leave, and what was done has to be reported still
    with suppress(Exception):
        end.close()


class _Cluster(Executor):
    """The executor of a client, whose tasks end also if its scheduler is gone.

    Dask's own leaves them pending then, for ever.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._executor = client.get_executor(retries=_RETRIES, pure=False)
        self._pending: set[Future[Any]] = set()
        threading.Thread(target=self._watch, name="tbconvert-watch", daemon=True).start()

    def submit(self, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a call made somewhere in the cluster.

        Raises
        ------
        ConnectionError
            The scheduler is gone.
        """
        future: Future[Any] = Future()
        self._pending.add(future)

        def settle(inner: Future[Any]) -> None:
            self._pending.discard(future)
            with suppress(InvalidStateError):  # the scheduler was gone first
                if inner.cancelled():
                    future.set_exception(ConnectionError(_GONE))
                elif (error := inner.exception()) is not None:
                    future.set_exception(error)
                else:
                    future.set_result(inner.result())

        try:
            inner = self._executor.submit(task, *args, **kwargs)
        except Exception as err:
            self._pending.discard(future)
            if self._is_gone():
                raise ConnectionError(_GONE) from err
            raise
        inner.add_done_callback(settle)
        future.add_done_callback(lambda outer: inner.cancel() if outer.cancelled() else None)
        return future

    def _is_gone(self) -> bool:
        return self._client.status in ("closed", "closing")

    def _watch(self) -> None:
        while not self._is_gone():
            time.sleep(1)
        for future in list(self._pending):
            with suppress(InvalidStateError):  # it was done this moment
                future.set_exception(ConnectionError(_GONE))
