"""Reading what a test spells out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from found import Found, read_file


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Found]:
    """Return what reads some text, or bytes, as if it were a file."""

    def read(data: str | bytes, *, name: str = "log.csv", **how: Any) -> Found:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return read_file(path, **how)

    return read
