"""The action, done step by step as GitHub's runner does it.

What is not done here: ``actions/setup-python``, and the step that installs; in its place a
program stands that runs the package that is tested.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[2]
ACTION = yaml.safe_load((PROJECT / "action.yml").read_text())
BASH = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"]
"""What the runner takes for ``shell: bash``."""


class Runner:
    """Does the steps of the action in a folder, with the variables that GitHub sets."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "repo"
        self._temporary = folder / "temp"
        self.summary = folder / "summary.md"
        self._output = folder / "output"
        self.said: dict[str, str] = {}
        for place in (self.workspace, self._temporary / "tbconvert/bin"):
            place.mkdir(parents=True)
        program = self._temporary / "tbconvert/bin/tbconvert"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m tbconvert "$@"\n')
        program.chmod(0o755)

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self._output.read_text().splitlines())

    def run(self, **given: str) -> int:
        """Do the steps with some inputs; return the first status that is not 0."""
        unknown = given.keys() - {name.replace("-", "_") for name in ACTION["inputs"]}
        assert not unknown
        inputs = {
            name: given.get(name.replace("-", "_"), about.get("default", ""))
            for name, about in ACTION["inputs"].items()
        }
        for step in ACTION["runs"]["steps"]:
            if "uses" in step or step["name"].startswith("Install"):
                continue
            if "if" in step:
                name, wanted = re.fullmatch(r"inputs\.([\w-]+) == '(\w*)'", step["if"]).groups()
                if inputs[name] != wanted:
                    continue
            environment = {
                name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: inputs[m[1]], value)
                for name, value in step.get("env", {}).items()
            }
            if status := self._shell(step, environment):
                return status
        return 0

    def _shell(self, step: dict[str, Any], environment: dict[str, str]) -> int:
        assert step["shell"] == "bash"
        script = self._temporary / "step.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            [*BASH, str(script)],
            cwd=self.workspace,
            env={
                **os.environ,
                **environment,
                "PYTHONPATH": str(PROJECT),
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(PROJECT),
                "GITHUB_OUTPUT": str(self._output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "GITHUB_WORKSPACE": str(self.workspace),
                "RUNNER_TEMP": str(self._temporary),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        self.said[step["name"]] = done.stdout + done.stderr
        return done.returncode
