"""A logdir in which nothing hidden may be left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def logdir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "runs"
    assert not list(tmp_path.glob("runs/**/.tbconvert-*")), "a hidden file was left"
