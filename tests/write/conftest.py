from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from places import FIRST, write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder with one log, whose first point is from 1700000000; leave nothing hidden."""
    monkeypatch.chdir(tmp_path)
    write("a.csv", FIRST)
    yield tmp_path
    assert not list(tmp_path.glob("runs/**/.tbconvert-*")), "a hidden file was left"
