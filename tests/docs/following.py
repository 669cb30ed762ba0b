"""Pages that are done as they stand: their files are written, their commands run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PAGES = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"<!-- (file: (\S+)|run(?:: (\d+))?) -->\n```\w+\n(.*?)```\n", re.DOTALL)
_SHOWN = re.compile(r"(?m)^\n((?:    .*\n|\n)+)")
_SECONDS = re.compile(r"\d+\.\d\d s\b")


@dataclass(slots=True)
class Follower:
    """Does in a folder what a page says; ``said`` is what each command printed.

    ``complaints`` is what it printed on standard error.
    """

    folder: Path
    said: dict[str, str] = field(default_factory=dict)
    complaints: dict[str, str] = field(default_factory=dict)

    def follow(self, page: str) -> None:
        """Write the files of a page, run its commands, in its order."""
        self._make_programs()
        for name, status, text in blocks(page):
            if name:
                self._write(name, text)
            else:
                for line in text.replace("\\\n", " ").splitlines():
                    self.run(line, status)

    def write_files(self, page: str) -> None:
        """Write the files of a page, and do nothing else."""
        for name, _, text in blocks(page):
            if name:
                self._write(name, text)

    def run(self, line: str, status: int = 0, **environment: str) -> None:
        """Run a command by the shell; it has to leave with this status."""
        if line.startswith("tensorboard "):
            return  # whoever calls has TensorBoard's readers look
        if line.startswith("pip install "):
            self._install(self.folder / line.split()[-1])
            return
        site = self.folder / "site"
        environment["PATH"] = os.pathsep.join((str(site / "bin"), os.environ["PATH"]))
        environment["PYTHONPATH"] = os.pathsep.join((str(site), *filter(None, sys.path)))
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, (line, done.stdout, done.stderr)
        self.said[line] = done.stdout
        self.complaints[line] = done.stderr

    def unsaid(self, page: str) -> list[str]:
        """Return what a page shows, indented, and no command printed; however long it took."""
        everything = "\n".join((*self.said.values(), *self.complaints.values()))
        everything = _SECONDS.sub("0.00 s", everything)
        shown = (
            _SECONDS.sub("0.00 s", re.sub(r"(?m)^    ", "", block)).strip("\n")
            for block in _SHOWN.findall((PAGES / page).read_text())
        )
        return [text for text in shown if text.strip() and text not in everything]

    def _write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def _make_programs(self) -> None:
        folder = self.folder / "site/bin"
        folder.mkdir(parents=True)
        for name, command in {"python": "", "tbconvert": "-m tbconvert"}.items():
            (folder / name).write_text(f'#!/bin/sh\nexec {sys.executable} {command} "$@"\n')
            (folder / name).chmod(0o755)

    def _install(self, package: Path) -> None:
        """Do what pip does, without an index: put modules and entry points on the path."""
        project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
        notes = self.folder / "site" / f"{project['name']}-{project['version']}.dist-info"
        notes.mkdir(parents=True)
        lines = []
        for group, points in project["entry-points"].items():
            lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
        (notes / "entry_points.txt").write_text("\n".join(lines) + "\n")
        about = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        (notes / "METADATA").write_text(about)
        for module in package.glob("*.py"):
            shutil.copy(module, notes.parent)


def blocks(page: str) -> Iterator[tuple[str, int, str]]:
    """Yield the marked blocks of a page: the name of its file, or else its status; its text."""
    found = _BLOCK.findall((PAGES / page).read_text())
    assert found, page
    for _, name, status, text in found:
        yield name, int(status or 0), text
