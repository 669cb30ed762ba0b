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
_BLOCK = re.compile(r"<!-- (file: (\S+)|run) -->\n```\w+\n(.*?)```\n", re.DOTALL)


@dataclass(slots=True)
class Follower:
    """Does in a folder what a page says; ``said`` is what each command printed."""

    folder: Path
    said: dict[str, str] = field(default_factory=dict)

    def follow(self, page: str) -> None:
        """Write the files of a page, run its commands, in its order."""
        for place, name, text in blocks(page):
            if name:
                file = self.folder / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            elif place == "run":
                for line in text.splitlines():
                    self._run(line)

    def _run(self, line: str) -> None:
        if line.startswith("tensorboard "):
            return  # whoever calls has TensorBoard's readers look
        if line.startswith("pip install "):
            self._install(self.folder / line.split()[-1])
            return
        assert line.startswith("tbconvert "), line
        path = os.pathsep.join((str(self.folder / "site"), *filter(None, sys.path)))
        words = [sys.executable, "-m", *line.split()]
        environment = {**os.environ, "PYTHONPATH": path}
        done = subprocess.run(
            words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        self.said[line] = done.stdout

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


def blocks(page: str) -> Iterator[tuple[str, str, str]]:
    """Yield the marked blocks of a page: what it is, the name of its file, its text."""
    found = _BLOCK.findall((PAGES / page).read_text())
    assert found, page
    yield from found
