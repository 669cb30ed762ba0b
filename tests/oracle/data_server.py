"""What TensorBoard's data server, the Rust program behind it by default, finds in a logdir.

``read`` starts only that server and speaks its gRPC: a matter of milliseconds, for every
test. ``TensorBoard`` starts the whole of it and answers over HTTP: seconds, for a few.
Both say when they have finished loading, so nothing here guesses from counts that rest.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import grpc
import pytest
import tensorboard_data_server
from tensorboard.data import grpc_provider

from oracle.series import PLUGINS, Logdir, read_provider, scalar_series

PATIENCE = 120.0
"""Seconds until a server that says nothing is a failure; a loaded machine is slow to start."""

_LOADED = re.compile(r"Finished load cycle")


def read(logdir: Path | str) -> Logdir:
    """Read everything. A record with a bad checksum ends its file, as in Python."""
    binary = tensorboard_data_server.server_binary()
    if binary is None:
        pytest.skip("tensorboard-data-server has no program for this platform")
    command = [
        binary,
        f"--logdir={logdir}",
        "--reload=once",
        "--host=127.0.0.1",
        "--port=0",
        "--checksum",
        "--die-after-stdin",
        "--verbose",
        "--samples-per-plugin=" + ",".join(f"{plugin}=all" for plugin in PLUGINS),
    ]
    with _Process(command) as server:
        port = server.wait_for(re.compile(r"listening on .*:(\d+)"))[1]
        server.wait_for(_LOADED)
        limit = [("grpc.max_receive_message_length", -1)]
        with grpc.insecure_channel(f"127.0.0.1:{port}", options=limit) as channel:
            stub = grpc_provider.make_stub(channel)
            return read_provider(grpc_provider.GrpcDataProvider(port, stub))


class TensorBoard:
    """A real ``tensorboard`` on loopback, loaded and ready; a context manager.

    ``url`` ends in "/". The logdir is loaded once: what is written later is not seen.
    """

    def __init__(self, logdir: Path | str) -> None:
        many = 10_000_000
        self._process = _Process(
            [
                *(sys.executable, "-m", "tensorboard.main"),
                *("--logdir", str(logdir), "--host", "127.0.0.1", "--port", "0"),
                *("--load_fast", "true", "--reload_interval", "0"),
                *("--samples_per_plugin", ",".join(f"{plugin}={many}" for plugin in PLUGINS)),
                "--extra_data_server_flags=--verbose --checksum",
            ]
        )
        self._open = build_opener(ProxyHandler({})).open
        self.url = ""

    def __enter__(self) -> TensorBoard:
        self._process.__enter__()
        try:
            self._process.wait_for(_LOADED)
            self.url = self._process.wait_for(re.compile(r" at (http://127\.0\.0\.1:\d+/)"))[1]
        except BaseException:
            self._process.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.close()

    def get(self, path: str, **query: str) -> Any:
        """Return the JSON at ``path``, as ``get("data/runs")``."""
        address = self.url + path + (f"?{urlencode(query)}" if query else "")
        with self._open(address, timeout=PATIENCE) as answer:
            return json.load(answer)

    def post(self, path: str, body: Any) -> Any:
        """Return the JSON that answers ``body``, as the page asks for hyperparameters."""
        kind = {"Content-Type": "application/json"}
        request = Request(self.url + path, json.dumps(body).encode(), kind)
        with self._open(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def read_scalars(self) -> Logdir:
        """Read every curve, as the page would draw it."""
        found: Logdir = {run: {} for run in self.get("data/runs")}
        for run, tags in self.get("data/plugin/scalars/tags").items():
            for tag in tags:
                points = self.get("data/plugin/scalars/scalars", run=run, tag=tag)
                # the three that JSON lacks come as the strings that float() reads
                found[run][tag] = scalar_series(
                    (step for _, step, _ in points),
                    (float(wall) for wall, _, _ in points),
                    (float(value) for _, _, value in points),
                )
        return found


class _Process:
    """A server that is always stopped, and what it said on standard error."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._said: list[str] = []
        self._news = threading.Condition()

    def __enter__(self) -> _Process:
        self._popen = subprocess.Popen(
            self._command,
            # kept open: the data server ends with its standard input
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._ended = False
        # drained for as long as it lives, or a full pipe would stop the server
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._popen.terminate()
        try:
            self._popen.wait(5)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stderr):
            assert pipe is not None
            if pipe is self._popen.stderr:
                # ends by itself once the server and its own children are gone
                self._reader.join(5)
            pipe.close()

    def wait_for(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """Return the first line that matches, said or still to be said."""

        def ready() -> bool:
            return self._ended or any(map(pattern.search, self._said))

        with self._news:
            self._news.wait_for(ready, PATIENCE)
            for line in self._said:
                if match := pattern.search(line):
                    return match
        raise AssertionError(
            f"{self._command[0]} did not say {pattern.pattern!r}, but:\n" + "".join(self._said)
        )

    def _drain(self) -> None:
        assert self._popen.stderr is not None
        for line in self._popen.stderr:
            with self._news:
                self._said.append(line)
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()
