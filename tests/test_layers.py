"""The plan of the house, and that the house stands by it.

``MAY_IMPORT`` says what each part of the package may import of the others, ``FOREIGN`` who
may import what else there is. Every import counts, also one inside a function, and one for
the type checker only.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
HOUSE = PROJECT / "tbconvert"

# A part is a folder or a module of the package; a room may always import from itself.
MAY_IMPORT = {
    # the middle
    "version": "",
    "packed": "",
    "model": "packed",
    "cells": "model",
    "arrow": "",
    "run_names": "model",
    "errors": "model",
    "globs": "",
    "settings": "model",
    "options": "model errors globs",
    "stores": "errors",
    "streams": "model errors",
    "cache": "",
    "storage": "model errors globs stores streams",
    "extensions": "errors storage",
    "proto": "",
    # the flow: file > read > Raw > normalize > Summary > encode > Records > write
    "read": "model arrow errors settings options storage streams extensions",
    "normalize": "model cells run_names errors globs settings options dialects summaries",
    "tfrecord": "",
    "encode": "model errors proto tfrecord",
    "write": "model errors stores storage streams version",
    # and back again
    "decode": "model errors proto tfrecord",
    "serving": "model errors proto decode",
    # beside the flow
    "dialects": "model errors globs extensions",
    "summaries": "model errors proto",
    # what drives it
    "naming": "packed model run_names errors dialects",
    "series": "errors naming",
    "walking": "model errors globs options storage",
    "finding": "packed model errors options storage naming walking",
    "recall": "version model errors options cache storage finding",
    "recognition": "model errors options read dialects naming finding",
    "looking": "packed model errors options storage read dialects finding recognition",
    "grouping": "model dialects naming series",
    "plan": "packed model run_names errors options storage read normalize dialects naming series "
    "finding recognition looking recall grouping",
    "report": "version packed model errors",
    "digests": "",
    "output": "model proto tfrecord digests encode write report",
    "publication": "model cells errors write plan report output",
    "observer": "model normalize plan",
    "intake": "model options storage streams read dialects normalize write report",
    "flow": "model cells errors read normalize write plan report output publication intake "
    "observer",
    "pipeline": "model errors storage dialects normalize write plan report publication flow "
    "observer",
    "dispatch": "model errors plan report flow observer pipeline",
    # who looks on
    "curves": "",
    "checking": "version model run_names errors options digests encode decode serving storage "
    "write plan looking output observer pipeline",
    "figures": "errors storage decode write curves",
    "requirements": "errors report",
    "roles": "model options dialects normalize",
    "inspection": "version model options read dialects normalize plan report finding intake "
    "observer curves roles",
    # the doors; "" is the package's own __init__
    "api": "run_names errors options storage plan report flow pipeline dispatch observer write",
    "writer": "model run_names errors read normalize summaries write report output publication",
    "": "version model errors options plan report dispatch api writer",
    "engines": "arrow errors dispatch",
    "cli": "version model arrow run_names errors options storage read dialects plan report flow "
    "pipeline api inspection figures requirements checking engines",
    "__main__": "cli",
}

# What is not ours: the package's dependencies by the name they are imported under.
FOREIGN = {
    "numpy": "model read dialects normalize summaries tfrecord encode decode serving output writer "
    "curves figures inspection digests checking",
    "pyarrow": "model arrow stores read dialects normalize summaries.bins",
    "google": "proto summaries encode decode",
    "click": "cli",
    "crc32c": "tfrecord digests checking.difference",
    "yaml": "read.yaml_tree",
}
# the same of the packages of extras
OF_EXTRAS = {"distributed": "engines.cluster", "dask": "engines.cluster"}
IMPORTED_AS = {"protobuf": "google", "PyYAML": "yaml"}

# Parts of the standard library that reach for files, and who may.
TOUCH_FILES = {"cache", "stores", "storage", "write.hidden", "write.uploads"}
FILE_MODULES = {"shutil", "tempfile", "fcntl", "mmap"}
FILE_CALLS = re.compile(
    r"open|(io|codecs|gzip|bz2|lzma)\.open"
    r"|glob\.i?glob|os\.(open|fdopen|stat|lstat|scandir|listdir|walk|mkdir|makedirs|remove|unlink|rmdir|"
    r"rename|replace|link|symlink|utime|truncate|chmod|path\.(l?exists|isfile|isdir|getsize|getmtime))"
    r"|.*\.(read_text|read_bytes|write_text|write_bytes|iterdir|rglob|unlink|touch|mkdir|rmdir)"
    r"|pyarrow\.(memory_map|OSFile)|pa\.(memory_map|OSFile)"
)

LONGEST_MODULE = 400
LONGEST_INIT = 250  # a room's table and its door, nothing else
NO_NAME = {"utils", "util", "common", "helpers", "misc", "shared", "base", "core", "lib"}


def test_the_house_stands_by_its_plan() -> None:
    assert list(violations(HOUSE)) == []


def test_the_plan_has_no_cycle() -> None:
    plan = {part: set(below.split()) for part, below in MAY_IMPORT.items()}

    order = list(TopologicalSorter(plan).static_order())

    assert set(order) == set(plan)


def test_the_plan_names_every_dependency() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    wanted = [re.split(r"[^\w.-]", line)[0] for line in project["dependencies"]]

    assert {IMPORTED_AS.get(name, name) for name in wanted} == set(FOREIGN)


# ----------------------------------------------------------------------- reading the house


def violations(house: Path) -> Iterator[str]:
    """Yield everything in a package that the plan does not allow, as messages."""
    modules = {module_name(path, house): path for path in sorted(house.rglob("*.py"))}
    edges: dict[str, set[str]] = {}
    for module, path in modules.items():
        yield from shape_violations(module, path.relative_to(house), path.read_text())
        if part_of(module) == "proto":
            continue
        found = list(imports(ast.parse(path.read_text()), module, path, house.name, modules))
        edges[module] = {name for name, ours in found if ours}
        yield from import_violations(module, found)
        if module not in TOUCH_FILES:
            yield from file_violations(module, ast.parse(path.read_text()))
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as err:
        yield "a circle of imports: " + " > ".join(name or "__init__" for name in err.args[1])


def shape_violations(module: str, place: Path, text: str) -> Iterator[str]:
    """Check depth, names and length of one module."""
    part, lines = part_of(module), text.count("\n")
    if part not in MAY_IMPORT:
        yield f"{place}: the plan has no part {part!r}"
    if len(place.parts) > 2:
        yield f"{place}: a second level of folders"
    if bad := NO_NAME.intersection(part.removeprefix("_") for part in module.split(".")):
        yield f"{place}: {bad.pop()!r} is a name that says nothing"
    if part != "proto" and lines > LONGEST_MODULE:
        yield f"{place}: {lines} lines, at most {LONGEST_MODULE}"
    if place.name == "__init__.py" and lines > LONGEST_INIT:
        yield f"{place}: {lines} lines in an __init__, at most {LONGEST_INIT}"


def import_violations(module: str, found: list[tuple[str, bool]]) -> Iterator[str]:
    """Check what one module imports against the plan."""
    part = part_of(module)
    for name, ours in dict.fromkeys(found) if part in MAY_IMPORT else ():
        if ours:
            if part_of(name) not in {part, *MAY_IMPORT.get(part, "").split()}:
                yield f"{module or '__init__'} may not import {name or 'the package itself'}"
        elif (top := name.split(".")[0]) in FOREIGN | OF_EXTRAS:
            if not {part, module}.intersection((FOREIGN | OF_EXTRAS)[top].split()):
                yield f"{module or '__init__'} may not import {top}"
        elif top not in sys.stdlib_module_names:
            yield f"{module or '__init__'} imports {top}, which is no dependency"


def file_violations(module: str, tree: ast.AST) -> Iterator[str]:
    """Check that a module leaves files to storage."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and FILE_CALLS.fullmatch(ast.unparse(node.func)):
            if "os.devnull" not in ast.unparse(node):
                call = ast.unparse(node.func)
                yield f"{module or '__init__'}:{node.lineno} touches files: {call}()"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in FILE_MODULES:
                    yield f"{module or '__init__'}:{node.lineno} touches files: {alias.name}"
        elif isinstance(node, ast.ImportFrom) and node.module in FILE_MODULES:
            yield f"{module or '__init__'}:{node.lineno} touches files: {node.module}"


def imports(
    tree: ast.AST, module: str, path: Path, package: str, modules: dict[str, Path]
) -> Iterator[tuple[str, bool]]:
    """Yield what a module imports, and whether it is ours (then without the package's name).

    ``from read import x`` is an import of ``read.x`` where that is a module, else of ``read``.
    """

    def resolve(name: str) -> tuple[str, bool]:
        if name == package:
            return "", True
        ours = name.startswith(package + ".")
        return (name.removeprefix(package + ".") if ours else name), ours

    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (resolve(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parent = node.module or ""
            if node.level:
                above = [package, *module.split(".")] if module else [package]
                drop = node.level - (path.name == "__init__.py")
                parent = ".".join([*above[: len(above) - drop], *filter(None, [node.module])])
            for alias in node.names:
                name, ours = resolve(f"{parent}.{alias.name}")
                yield (name, ours) if name in modules and ours else resolve(parent)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield resolve(first.value)


def module_name(path: Path, house: Path) -> str:
    """Return the dotted name below the package; "" for the package's own __init__."""
    parts = path.relative_to(house).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str:
    """Return the part of the house that a module belongs to."""
    return module.split(".")[0]


# ------------------------------------------------------------------- that the test can fail


@pytest.mark.parametrize(
    ("file", "text", "wanted"),
    [
        ("encode/__init__.py", "from tbconvert.write import x", "encode may not import write"),
        ("encode/x.py", "import tbconvert.storage", "encode.x may not import storage"),
        ("read/x.py", "from tbconvert import cli", "read.x may not import cli"),
        ("read/x.py", "from ..cli import y", "read.x may not import cli"),
        ("read/__init__.py", "from .. import cli", "read may not import cli"),
        ("read/x.py", "def f():\n    import tbconvert.encode", "read.x may not import encode"),
        (
            "plan.py",
            "import importlib\nimportlib.import_module('tbconvert.cli')",
            "plan may not import cli",
        ),
        ("errors.py", "import tbconvert", "errors may not import the package itself"),
        ("write/x.py", "import google.protobuf.message", "write.x may not import google"),
        ("plan.py", "import click", "plan may not import click"),
        ("encode/scalars.py", "import crc32c", "encode.scalars may not import crc32c"),
        ("read/x.py", "import pandas as pd", "read.x imports pandas, which is no dependency"),
        ("read/x.py", "f = open('a')", "read.x:1 touches files: open()"),
        ("plan.py", "import os\nos.replace('a', 'b')", "plan:2 touches files: os.replace()"),
        ("plan.py", "path.write_text('a')", "plan:1 touches files: path.write_text()"),
        ("plan.py", "from tempfile import mkdtemp", "plan:1 touches files: tempfile"),
        ("attic.py", "", "attic.py: the plan has no part 'attic'"),
        ("read/deep/x.py", "", "read/deep/x.py: a second level of folders"),
        ("read/_utils.py", "", "read/_utils.py: 'utils' is a name that says nothing"),
        ("read/x.py", "#\n" * 401, "read/x.py: 401 lines, at most 400"),
        ("read/__init__.py", "#\n" * 251, "read/__init__.py: 251 lines in an __init__"),
        ("read/a.py", "from tbconvert.read import b", "a circle of imports: "),
    ],
)
def test_a_breach_is_seen(tmp_path: Path, file: str, text: str, wanted: str) -> None:
    house = tmp_path / "tbconvert"
    sound = {
        "cli/__init__.py": "import click\nfrom tbconvert.plan import p",
        "tfrecord.py": "import crc32c",
        "encode/__init__.py": "from tbconvert import tfrecord\nimport google.protobuf",
        "errors.py": "from tbconvert.model import Origin",
        "model.py": "import numpy",
        "plan.py": "def f():\n    from tbconvert.read import b",
        "read/b.py": "from . import a\nfrom tbconvert.storage import stat",
        "read/a.py": "from ..errors import E",
        "storage.py": "open('x')\nimport tempfile",
        "write/__init__.py": "from tbconvert import errors, version",
        "version.py": "",
    }
    for name, content in sound.items():
        (house / name).parent.mkdir(parents=True, exist_ok=True)
        (house / name).write_text(content)
    assert list(violations(house)) == []

    (house / file).parent.mkdir(parents=True, exist_ok=True)
    (house / file).write_text(text)

    assert any(message.startswith(wanted) for message in violations(house)), list(violations(house))
