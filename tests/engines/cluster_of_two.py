"""Logs to share out, and a Dask cluster of two workers, each a process of its own."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from waiting import PATIENCE

"""Seconds until something that does not happen is a failure."""


@pytest.fixture(scope="session")
def sixty_logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of sixty logs of different sizes."""
    logs = tmp_path_factory.mktemp("logs")
    for number in range(60):
        rows = "".join(f"{step},{step * number % 7 / 7}\n" for step in range(1, 10 + 400 * number))
        (logs / f"run{number:02}.csv").write_text("step,loss\n" + rows)
    return logs


@pytest.fixture
def folder(sixty_logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of one's own, with sixty logs of different sizes in ``logs``."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(sixty_logs, "logs")
    return tmp_path


def files(logdir: Path) -> dict[str, bytes]:
    """Return all event files below a logdir."""
    found = sorted(logdir.rglob("*tfevents*"))
    return {str(path.relative_to(logdir)): path.read_bytes() for path in found}


@dataclass(slots=True)
class Cluster:
    """A scheduler and its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE)


def dask(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a cluster of two workers without nannies: one that is killed does not come back."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    local = str(tmp_path_factory.mktemp("dask"))
    found = Cluster(address, dask("scheduler", "--host", "127.0.0.1", "--port", str(port)))
    try:
        for _ in range(2):
            how = ("--nthreads", "1", "--no-nanny", "--local-directory", local)
            found.workers.append(dask("worker", address, *how))
        yield found
    finally:
        found.end()
