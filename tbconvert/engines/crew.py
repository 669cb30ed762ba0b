"""Processes at work, of which none takes the others' jobs along when it dies."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from multiprocessing import Pipe, get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Literal, TypeVar

Result = TypeVar("Result")

Worker = tuple[BaseProcess, Connection]
"""A process, and our end of what leads to it."""

_FROM_TERMINALS = {signal.SIGINT}
"""What every process gets at once, but it is the first that decides and tells the others."""

_NEEDED = "tbconvert.dispatch"
"""What jobs import, as slow as some hundred small logs."""


class WorkerDiedError(Exception):
    """A process ended before its job did."""


class Crew(ThreadPoolExecutor):
    """Processes, and for each a thread that waits for it.

    They are copies of this process, or of a fork server, that has imported what jobs need, so
    that this is paid once; where none can be, each imports it for itself.

    Unlike ``ProcessPoolExecutor``, where a process that dies (for want of memory, say) takes
    every job along that is not done, it takes none but its own.
    """

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self._of_thread = threading.local()
        self._ready: list[Worker] = []
        self._starting = threading.Lock()
        self._processes: list[BaseProcess] = []
        self._is_stopped = False

    def prepare(self) -> None:
        """Start all processes, with all that their jobs will need imported.

        Copies of this one are at work the soonest. Where Python's threads are at work in here
        there are none: a copy would wait for ever for what these hold, since they do not live on
        in it. The one that jemalloc has from the import of Arrow on is prepared for that.
        """
        if sys.platform != "linux" or threading.active_count() > 1:
            for _ in range(self._max_workers):
                self.submit(_import)
            return
        _import()
        # one that is ended before it knows how would say so at length; and where no more
        # processes are allowed, jobs will ask again
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {*_FROM_TERMINALS, signal.SIGTERM})
        try:
            with suppress(OSError), warnings.catch_warnings():
                # Python warns of threads that it does not know, such as jemalloc's
                warnings.filterwarnings("ignore", ".*multi-threaded", DeprecationWarning)
                for _ in range(self._max_workers):
                    self._ready.append(self._start("fork"))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def submit(self, task: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Have a call made in some process."""
        return super().submit(self._hand_over, task, args, kwargs)

    def _hand_over(self, task: Callable[..., Result], args: Any, kwargs: Any) -> Result:
        if not hasattr(self._of_thread, "worker"):
            self._of_thread.worker = self._worker()
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

    def _worker(self) -> Worker:
        try:
            return self._ready.pop()
        except IndexError:
            resource_tracker.ensure_running()  # it lets interrupts in again when it starts
            signal.pthread_sigmask(signal.SIG_BLOCK, _FROM_TERMINALS)
            get_context("forkserver").set_forkserver_preload([__name__, _NEEDED])
            try:
                return self._start("forkserver")
            except OSError:  # its socket wants room on the disk, and a TMPDIR with a short name
                return self._start("spawn")

    def _start(self, method: Literal["fork", "forkserver", "spawn"]) -> Worker:
        ours, theirs = Pipe()
        with self._starting:
            if self._is_stopped:
                raise WorkerDiedError("ended before it began")
            left_open = [ours, *(connection for _, connection in self._ready)]
            arguments = (theirs, dict(os.environ), left_open if method == "fork" else [])
            process: BaseProcess = get_context(method).Process(  # type: ignore[attr-defined]
                target=_serve, args=arguments, daemon=True
            )
            process.start()
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
        with suppress(IndexError):
            while True:  # those whom no thread took would wait for ever
                self._ready.pop()[1].close()
        self.shutdown(wait=True)
        for process in self._processes:  # or else Python ends it once more, in its last breath
            process.join()


def _import() -> None:
    import_module(_NEEDED)


def _serve(
    connection: Connection, surroundings: Mapping[str, str], left_open: Iterable[Connection]
) -> None:
    """Make the calls that come in, until no more can come or this process is to end.

    ``surroundings`` is the environment at its start: a fork server has that of its own.
    ``left_open`` are those of our ends that a copy has as well: while it has them, whoever is at
    the other ones does not see that no more can come.
    """
    is_ending: list[bool] = []

    def end(number: int, frame: object) -> None:
        if not is_ending:  # told again, it would break off its own end
            is_ending.append(True)
            raise KeyboardInterrupt

    with suppress(EOFError, OSError, KeyboardInterrupt):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        signal.signal(signal.SIGTERM, end)
        for ours in left_open:
            ours.close()
        os.environ.clear()
        os.environ.update(surroundings)
        from tbconvert.arrow import own_process  # slow to import, and only wanted here

        own_process()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})  # Arrow had swallowed it
        while True:
            task, args, kwargs = connection.recv()
            connection.send(task(*args, **kwargs))
    is_ending.append(True)
