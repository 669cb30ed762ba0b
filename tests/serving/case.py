"""What a case is made of: files of a few events, and what is expected of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from serving.generator import event, frame, scalar, value, version
from tensorboard.compat.proto.event_pb2 import Event, SessionLog


class Case(NamedTuple):
    """Files, the steps that each reader shows of ``loss``, and what is found: code, severity."""

    files: tuple[bytes, ...]
    data_server: list[int] | None
    python: list[int] | None
    found: set[tuple[str, str]]
    names: tuple[str, ...] = ()


def file(*events: Event) -> bytes:
    return b"".join(map(frame, (version(), *events)))


def curve(*steps: int, tag: str = "loss") -> list[Event]:
    return [scalar(step, tag) for step in steps]


def start(step: int) -> Event:
    return Event(step=step, wall_time=1e9, session_log=SessionLog(status=SessionLog.START))


def bytes_of(one: Event) -> bytes:
    return one.SerializeToString()


def flipped(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def tensors(steps: range, made: Callable[[], object], plugin: str | None = "scalars") -> bytes:
    return file(*(event(step, value("loss", plugin, tensor=made())) for step in steps))


def loss(*codes: str) -> set[tuple[str, str]]:
    return {(code, "loss") for code in codes}


def hint(*codes: str) -> set[tuple[str, str]]:
    return {(code, "hint") for code in codes}
