"""Ingests that something happens to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faults.underway import Started
from oracle import Forked, command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of one's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a log that takes a second, in which much can happen."""
    path = tmp_path_factory.mktemp("big") / "big.csv"
    path.write_bytes(b"loss\n" + b"0.123456789\n" * 5_000_000)
    return path


@pytest.fixture
def forked(folder: Path) -> Forked:
    """Return what starts ingests in the working directory, in no time."""
    return command.forked()


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Started]]:
    """Return a function that starts an ingest; what still runs at the end is killed."""
    started: list[Started] = []

    def call(*arguments: Path | str, **how: Any) -> Started:
        started.append(Started(*arguments, **how))
        return started[-1]

    yield call
    for one in started:
        one.process.kill()
        one.process.communicate()
