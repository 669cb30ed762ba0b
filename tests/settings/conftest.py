"""What the tests of settings work with."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let five rows of a column be too many to be held back."""
    from tbconvert.normalize import constants, segments

    monkeypatch.setattr(constants, "_MOST_HELD", 5)
    monkeypatch.setattr(segments, "_ENOUGH", 1)  # and a header that comes again begin a table
