"""Print the lowest versions that pyproject.toml allows, for the program and its tests."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
for wanted in project["dependencies"] + project["optional-dependencies"]["test"]:
    floor = re.fullmatch(r"([\w.-]+(?:\[\w+\])?)>=([\w.]+)", wanted)
    if floor is None:
        raise SystemExit(f"pyproject.toml: got {wanted!r}, wanted a name and its floor: name>=1.2")
    print("==".join(floor.groups()))
