"""Ingests in processes that are forked when all is imported: many at once, or to be killed.

Run as a program: takes a line of JSON on standard input for each order, and answers with one.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import sys
import tempfile
import time
from typing import IO, Any

FILE_EVENTS = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "fcntl.flock"}
"""What the interpreter tells an audit hook before it does it."""


def main() -> None:
    import tbconvert

    for module in pkgutil.walk_packages(tbconvert.__path__, "tbconvert."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("pyarrow.csv", "pyarrow.json", "pyarrow.compute", "tomllib"):
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(obey(**json.loads(line))), flush=True)


def obey(
    ingests: list[list[str]],
    kill_at: int | None = None,
    kill_after: float | None = None,
    user: int | None = None,
) -> list[dict[str, Any]]:
    """Start all ingests at once; return their statuses and what they said.

    ``kill_at`` ends each before the so-maniest thing that it does to a file of its logdir,
    ``kill_after`` so many seconds from its start. Killed is a negative status.
    """
    started = [start(arguments, kill_at, user) for arguments in ingests]
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
    arguments: list[str], kill_at: int | None, user: int | None
) -> tuple[int, tuple[IO[bytes], IO[bytes]]]:
    # read, and closed, when the child is done
    said = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
    if pid := os.fork():
        return pid, said
    status = 70
    try:
        for file, stream in zip(said, (1, 2), strict=True):
            os.dup2(file.fileno(), stream)
        if user is not None:
            os.setgid(user)
            os.setuid(user)
        if kill_at is not None:
            sys.addaudithook(Killer(kill_at))
        from tbconvert.cli import run

        status = run(["ingest", *arguments])
        sys.stdout.flush()
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


if __name__ == "__main__":
    main()
