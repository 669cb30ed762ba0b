"""Processes at work, of which none takes the others' jobs along when it dies."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from multiprocessing import Pipe, get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

Result = TypeVar("Result")

_NEEDED = "tbconvert.dispatch"
"""What jobs import, as slow as some hundred small logs."""


class WorkerDiedError(Exception):
    """A process ended before its job did."""


class Crew(ThreadPoolExecutor):
    """Processes, and for each a thread that waits for it.

    They are copies of a fork server that has imported what jobs need, so that this is paid
    once; where none can be, each imports it for itself.

    Unlike ``ProcessPoolExecutor``, where a process that dies (for want of memory, say) takes
    every job along that is not done, it takes none but its own.
    """

    def __init__(self, count: int) -> None:
        super().__init__(count, initializer=_shield)
        self._of_thread = threading.local()
        self._starting = threading.Lock()
        self._processes: list[BaseProcess] = []
        self._is_stopped = False

    def prepare(self) -> None:
        """Let all processes start, and import what their jobs will need."""
        for _ in range(self._max_workers):
            self.submit(_import)

    def submit(self, task: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Have a call made in some process."""
        return super().submit(self._hand_over, task, args, kwargs)

    def _hand_over(self, task: Callable[..., Result], args: Any, kwargs: Any) -> Result:
        if not hasattr(self._of_thread, "worker"):
            self._of_thread.worker = self._start()
        process, connection = self._of_thread.worker
        try:
            connection.send((task, args, kwargs))
            result: Result = connection.recv()
        except (EOFError, OSError):
            del self._of_thread.worker
            process.join()
            code = process.exitcode
            how = signal.Signals(-code).name if code < 0 else f"status {code}"
            raise WorkerDiedError(f"ended by {how}") from None
        return result

    def _start(self) -> tuple[BaseProcess, Connection]:
        ours, theirs = Pipe()
        with self._starting:
            if self._is_stopped:
                raise WorkerDiedError("ended before it began")
            try:
                process = _started("forkserver", theirs)
            except OSError:  # its socket wants room on the disk, and a TMPDIR with a short name
                process = _started("spawn", theirs)
            self._processes.append(process)
        theirs.close()
        return process, ours

    def stop(self) -> None:
        """Start nothing more, and end what is under way."""
        with self._starting:
            self._is_stopped = True
        self.shutdown(wait=False, cancel_futures=True)
        for process in self._processes:
            process.terminate()
        self.shutdown(wait=True)
        for process in self._processes:  # or else Python ends it once more, in its last breath
            process.join()


def _shield() -> None:
    """Keep what this thread starts from being interrupted, from its first breath on.

    A terminal interrupts every process, but it is the first that decides and tells the others.
    """
    resource_tracker.ensure_running()  # it lets interrupts in again when it starts
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _started(method: str, connection: Connection) -> BaseProcess:
    # none is a copy of this process, where Arrow's threads may be at work, and not live on
    context = get_context(method)
    context.set_forkserver_preload([__name__, _NEEDED])
    process: BaseProcess = context.Process(  # type: ignore[attr-defined]
        target=_serve, args=(connection, dict(os.environ)), daemon=True
    )
    process.start()
    return process


def _import() -> None:
    import_module(_NEEDED)


def _serve(connection: Connection, surroundings: Mapping[str, str]) -> None:
    """Make the calls that come in, until no more can come or this process is to end.

    ``surroundings`` is the environment at its start: a fork server has that of its own.
    """
    with suppress(EOFError, OSError, KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(surroundings)
        from tbconvert.arrow import own_process  # slow to import, and only wanted here

        own_process()
        gc.freeze()  # memory that is shared is copied once it is looked through for garbage
        while True:
            task, args, kwargs = connection.recv()
            connection.send(task(*args, **kwargs))
