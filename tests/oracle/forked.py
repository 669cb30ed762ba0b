"""Ingests in processes that are forked when all is imported: many, or to be killed.

Run as a program: takes a line of JSON on standard input for each order, and answers with one.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import json
import os
import pkgutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

Hook = Callable[[str, tuple[Any, ...]], None]

FILE_EVENTS = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "fcntl.flock"}
"""What the interpreter tells an audit hook before it does it."""


def main() -> None:
    import tbconvert

    for module in pkgutil.walk_packages(tbconvert.__path__, "tbconvert."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("pyarrow.csv", "pyarrow.json", "pyarrow.compute", "tomllib"):
        importlib.import_module(name)
    with contextlib.suppress(ImportError):  # Arrow imports it where it is there
        importlib.import_module("pandas")
    for line in sys.stdin:
        print(json.dumps(obey(**json.loads(line))), flush=True)


def obey(
    ingests: list[list[str]],
    folder: str,
    environment: dict[str, str],
    patience: float,
    kill_at: int | None = None,
    kill_after: float | None = None,
    full_at: int | None = None,
    user: int | None = None,
) -> list[dict[str, Any]]:
    """Start all ingests at once; return their statuses and what they said.

    ``kill_at`` ends each before the so-maniest thing that it does to a file of its logdir,
    ``kill_after`` so many seconds from its start, ``patience`` if it does not end by itself.
    Killed is a negative status. ``full_at`` lets it find no room for the so-maniest new file
    of its logdir, and for those after it.
    """
    os.chdir(folder)
    hooks: list[Hook] = []
    if kill_at is not None:
        hooks.append(Killer(kill_at))
    if full_at is not None:
        hooks.append(Full(full_at))
    started = [start(arguments, environment, patience, hooks, user) for arguments in ingests]
    if kill_after is not None:
        time.sleep(kill_after)
        for pid, _ in started:
            os.kill(pid, signal.SIGKILL)
    return [wait_for(pid, *said) for pid, said in started]


def wait_for(pid: int, *said: IO[bytes]) -> dict[str, Any]:
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    texts = []
    for file in said:
        with file:
            file.seek(0)
            texts.append(file.read().decode())
    return {"status": status, "out": texts[0], "err": texts[1]}


def start(
    arguments: list[str],
    environment: dict[str, str],
    patience: float,
    hooks: list[Hook],
    user: int | None,
) -> tuple[int, tuple[IO[bytes], IO[bytes]]]:
    # read, and closed, when the child is done
    said = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
    if pid := os.fork():
        return pid, said
    status = 70
    try:
        signal.setitimer(signal.ITIMER_REAL, patience)
        streams = (os.open(os.devnull, os.O_RDONLY), *(file.fileno() for file in said))
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        if user is not None:
            os.setgid(user)
            os.setuid(user)
        for hook in hooks:
            sys.addaudithook(hook)
        from tbconvert.cli import run

        status = run(["ingest", *arguments])
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


class Killer:
    """Ends this process before it does the n-th thing to a file of its logdir."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in FILE_EVENTS or not (event == "fcntl.flock" or "runs" in str(arguments[0])):
            return
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


class Full:
    """Lets there be no room for the n-th new file in folders of a logdir, or any after it."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" or not arguments[2] & os.O_CREAT:
            return
        path = Path(os.fsdecode(arguments[0])) if isinstance(arguments[0], str | bytes) else None
        if path is not None and "runs" in path.parts and path.parent.is_dir():
            self._left -= 1
            if self._left <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


if __name__ == "__main__":
    main()
