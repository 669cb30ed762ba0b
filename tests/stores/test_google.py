"""Google's store: without a network, and busy. No server of it is needed for that."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pyarrow
import pytest

from tbconvert import ingest, stores

IS_TOO_OLD = int(pyarrow.__version__.partition(".")[0]) < 21
pytestmark = [
    pytest.mark.usefixtures("credentials"),
    pytest.mark.skipif(IS_TOO_OLD, reason="object stores want pyarrow 21"),
]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in a folder of one's own, and let Google's library give up soon."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stores, "_ANSWER_SECONDS", 0.2)
    Path("a.csv").write_text("step,loss\n0,1\n")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses after which it was tried again; none is made."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def at(port: int, path: str) -> str:
    return f"gs://b/{path}?endpoint_override=127.0.0.1:{port}&scheme=http&anonymous=true"


@contextmanager
def busy() -> Iterator[int]:
    """Yield the port of a server that is always busy."""

    class Busy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(503)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


@pytest.mark.parametrize("path", ["a.csv", "x/*.csv", ""])
def test_a_network_that_is_not_there_is_told_as_soon_as_google_gives_up(
    path: str, pauses: list[float]
) -> None:
    with socket.socket() as bound:  # and it does not listen
        bound.bind(("127.0.0.1", 0))
        report = ingest(at(bound.getsockname()[1], path), logdir="runs")

    (problem,) = report.runs[0].problems
    said = ("cannot be read: the store does not answer", "try it again later")
    assert (problem.problem, problem.hint) == said
    assert pauses == [], "it was tried again, which took Google as long once more"


def test_a_logdir_without_a_network_is_told(pauses: list[float]) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        report = ingest("a.csv", logdir=at(bound.getsockname()[1], "runs"))

    (problem,) = report.runs[0].problems
    assert problem.problem.endswith("the store does not answer")
    assert pauses == []


def test_google_is_let_give_up_within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    given = stores._gcs(SimpleNamespace(GcsFileSystem=dict), "b", {})

    # its last pause, which it does not break off, may be as long as all that was before
    assert 2 * given["retry_time_limit"] <= timedelta(minutes=1)


def test_a_store_that_stays_busy_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    monkeypatch.setattr(stores, "_PAUSES", (0.3, 0.6))
    with busy() as port:
        report = ingest(at(port, "a.csv"), logdir="runs")

    (problem,) = report.runs[0].problems
    said = ("cannot be read: the store is busy", "try it again later")
    assert (problem.problem, problem.hint) == said
    assert len(pauses) == 2
