"""The command line, called in this process, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.conftest import tbconvert  # noqa: F401 -- a fixture


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory, with two logs of which one is damaged, and a broken one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    Path("good.csv").write_text("step,loss,val/acc\n0,1.0,0.1\n5,0.5,0.75\n10,0.25,0.9\n")
    Path("bad.csv").write_text("step,loss\n0,1.0\n1,oops\n2,nan\n3,0.5\n")
    Path("broken.csv").write_text("step,loss\n0.5,1.0\n0.7,0.5\n")
    return tmp_path
