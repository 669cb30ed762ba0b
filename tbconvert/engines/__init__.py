"""Jobs → somewhere to run: here, processes or threads of this machine, or a Dask cluster.

To add an engine: a module with a function that starts it, and a row in ``ENGINES``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from tbconvert.engines.cluster import dask
from tbconvert.engines.crowd import Crowd, Engine
from tbconvert.engines.processes import processes
from tbconvert.engines.threads import threads
from tbconvert.errors import UsageError

ENGINES: dict[str, Callable[[int | None, str | None], AbstractContextManager[Engine]]] = {
    "processes": processes,
    "threads": threads,
    "dask": dask,
}
"""Each is made from how many workers are asked for, if any, and where its scheduler is."""


def start(
    engine: str, asked: int | None, scheduler: str | None = None
) -> AbstractContextManager[Engine]:
    """Return an engine, for as long as there are jobs to do.

    Raises
    ------
    UsageError
        There is none of that name, it has no scheduler, or lacks what it is made of.
    """
    if scheduler is not None and engine != "dask":
        raise UsageError(f"--scheduler: got {scheduler!r}, wanted --engine dask with it")
    return ENGINES[engine](asked, scheduler)


__all__ = ["ENGINES", "Crowd", "Engine", "start"]
