"""A proxy on loopback that passes HTTP on to a server, counts it, and does wrong when asked to."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

_CHUNK = 1 << 16


class Request(NamedTuple):
    """What was asked for; the target is the path with its query, as it was sent."""

    method: str
    target: str


class _ResetError(Exception):
    """The connection is to be reset now."""


@dataclass(slots=True)
class Fault:
    """What goes wrong with some requests: those of ``methods`` whose target has ``target`` in it.

    Of these, ``every`` n-th one, and no more than ``times`` of them.
    """

    methods: str = "GET HEAD PUT POST DELETE"
    target: str = ""
    times: int | None = None
    every: int = 1
    delay: float = 0.0
    """Seconds before it is passed on."""
    answer: tuple[int, str] | None = None
    """A status and the code of an error, in place of what the server would say."""
    body_until: int | None = None
    """Bytes of the request's body after which the connection is reset."""
    answer_until: int | None = None
    """Bytes of the answer's body after which the connection is reset."""
    on_body: Callable[[], None] | None = None
    """Called when some of the request's body has come."""
    _seen: int = field(default=0, init=False)
    done: int = field(default=0, init=False)
    """How often it went wrong."""

    def befalls(self, request: Request) -> bool:
        """Tell whether it is the turn of this request."""
        if request.method not in self.methods.split() or not re.search(self.target, request.target):
            return False
        self._seen += 1
        if self._seen % self.every or (self.times is not None and self.done >= self.times):
            return False
        self.done += 1
        return True


class Proxy:
    """Listens on a free port of this machine, for the server at another one."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._socket.getsockname()[1]
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def fail(self, fault: Fault) -> Fault:
        """Let something go wrong from now on."""
        self.faults.append(fault)
        return fault

    def reset(self) -> None:
        """Forget faults and requests."""
        with self._lock:
            self.faults.clear()
            self.requests.clear()

    def count(self, methods: str = "GET HEAD PUT POST DELETE", target: str = "") -> int:
        """Return how many requests there were of some methods whose target has a text in it."""
        return sum(
            1 for r in self.requests if r.method in methods.split() and re.search(target, r.target)
        )

    def lists(self) -> list[str]:
        """Return the targets of the requests that list keys."""
        return [r.target for r in self.requests if r.method == "GET" and "list-type" in r.target]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """Pass one request on, and its answer back; then close, which HTTP allows at any time."""
        with client:
            try:
                self._exchange(client)
            except _ResetError:
                # with no time to linger, closing is a reset
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass  # whoever asked has gone

    def _exchange(self, client: socket.socket) -> None:
        stream = client.makefile("rb")
        lines, fields = _head(stream)
        if not lines:
            return
        request = Request(*lines[0].split(" ")[:2])
        with self._lock:
            self.requests.append(request)
            fault = next((f for f in self.faults if f.befalls(request)), Fault())
        if fields.get("expect") == "100-continue":
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if fault.answer is not None:
            for _ in _body(stream, fields):
                pass
            time.sleep(fault.delay)
            client.sendall(_error(*fault.answer, is_head=request.method == "HEAD"))
            return
        passed = [x for x in lines if not x.lower().startswith(("connection:", "expect:"))]
        with socket.create_connection(("127.0.0.1", self._server_port)) as server:
            server.sendall("\r\n".join([*passed, "Connection: close", "", ""]).encode("latin-1"))
            sent = 0
            for data in _body(stream, fields):
                if fault.body_until is not None and sent + len(data) > fault.body_until:
                    raise _ResetError
                server.sendall(data)
                sent += len(data)
                if fault.on_body is not None:
                    fault.on_body()
            time.sleep(fault.delay)
            _pass_answer(server.makefile("rb"), client, fault.answer_until)


def _pass_answer(answer: BinaryIO, client: socket.socket, until: int | None) -> None:
    """Pass on what a server says before it closes."""
    lines, _ = _head(answer)
    client.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
    sent = 0
    while data := answer.read1(_CHUNK):  # type: ignore[attr-defined]
        if until is not None and sent + len(data) > until:
            client.sendall(data[: until - sent])
            raise _ResetError
        client.sendall(data)
        sent += len(data)


def _head(stream: BinaryIO) -> tuple[list[str], dict[str, str]]:
    """Return the lines of a message's head, and its fields; nothing where nobody speaks."""
    lines = []
    while (line := stream.readline().decode("latin-1").rstrip("\r\n")) != "":
        lines.append(line)
    return lines, dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)


def _body(stream: BinaryIO, fields: dict[str, str]) -> Iterator[bytes]:
    """Yield the body of a request as it was sent, also one in chunks."""
    if fields.get("transfer-encoding") != "chunked":
        yield from _bytes(stream, int(fields.get("content-length", 0)))
        return
    while True:
        line = stream.readline()
        yield line
        size = int(line.partition(b";")[0] or b"0", 16)
        if not size:
            break
        yield from _bytes(stream, size + len(b"\r\n"))
    while (line := stream.readline()) not in (b"\r\n", b""):
        yield line
    yield b"\r\n"


def _bytes(stream: BinaryIO, count: int) -> Iterator[bytes]:
    while count:
        data = stream.read(min(_CHUNK, count))
        if not data:
            raise ConnectionResetError
        yield data
        count -= len(data)


def _error(status: int, code: str, *, is_head: bool) -> bytes:
    text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{code}</Message></Error>"
    head = f"HTTP/1.1 {status} {code}\r\nContent-Type: application/xml\r\n"
    head += f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    return (head + ("" if is_head else text)).encode()
