"""The command line, called in this process: what it says, and the status it leaves with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tbconvert.cli import run


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """What stands on standard output, which has to be one JSON document."""
        return json.loads(self.out)


Command = Callable[..., Said]


@pytest.fixture
def tbconvert(capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs ``tbconvert`` with arguments, and variables of its own."""

    def call(*arguments: Path | str, **environment: str) -> Said:
        capsys.readouterr()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            status = run([str(argument) for argument in arguments])
        return Said(status, *capsys.readouterr())

    return call


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory, in which ``a.csv`` is a log of six cells, two of them bad."""
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("step,loss,acc\n0,1.0,0.1\n1,oops,0.2\n2,0.25,\n")
    return tmp_path
