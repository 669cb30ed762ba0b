"""What holds for every adapter, on every log under ``fixtures/``: it loses nothing.

What comes out of it does not depend on where its log was cut into blocks, and each cell that goes
in comes out as a cell or a setting, has a role that the table ``ROLES`` names, or is counted.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tbconvert.dialects import by_name
from tbconvert.dialects.left_out import LeftOut
from tbconvert.model import Raw, RawSettings, RawTable, Source
from tbconvert.options import Options
from tbconvert.plan import plan_runs
from tbconvert.read import FORMATS, open_source

FIXTURES = Path(__file__).parents[2] / "fixtures"
CASES = sorted(path.parent for path in FIXTURES.glob("*/*/expected.json"))
NOT_INPUT = shutil.ignore_patterns("expected.json", "ORIGIN")

ROLES = {
    "baselines": ("name", "inner", "ruler"),  # a box's names, and the lines around it
    "dllogger": ("step", "step/*", "type", "timestamp", "*/x"),
    "dllogger-console": ("timestamp", "dll_said"),  # a text, which is taken apart
    "fairseq": ("fairseq_logger",),
    "keras-tuner": ("best_step",),
    "ludwig": ("evaluation_frequency/*",),
    "mlagents": ("*.Step.mean/value", "*.Step.sum/value", "metadata/end_time_seconds"),
    "mlflow-settings": ("mlflow.runName",),
    "mlperf": ("time_ms", "event_type", "key", "metadata/step", "metadata/samples_count"),
    "mmcv": ("mode", "iter"),
    "mmengine": ("iter",),
    # what befell which trial; numbers that stand for settings and states
    "optuna": (
        *("op_code", "study_*", "trial_id", "datetime_*", "step", "state"),
        *("param_name", "param_value_internal", "distribution*", "params/*"),
    ),
    "pymarl": ("*_T",),
    "stylegan": ("snapshot_pkl",),
    "torchrl-settings": ("hparams*.txt",),  # a text, which is taken apart
    "wandb-api": ("name", "summary", "config"),  # texts, which are taken apart
    "wandb-folder": ("*/_type",),
    "wandb-history": ("*/_type",),
    "wandb-runs": ("Created",),
}
"""The columns of which an adapter makes steps, times, and names: no cells of theirs come out."""

WRAPPED = ({"value", "step"}, {"py/object", "dtype", "value"})
"""What KerasTuner and Sacred write around numbers."""


def name_of(case: Path) -> str:
    return case.relative_to(FIXTURES).as_posix()


@dataclass
class Adapted:
    """What a source holds, what its adapter made of it, and what that left out by design."""

    before: list[Raw]
    after: list[Raw]
    left: Counter[str]


def sources(case: Path, folder: Path) -> Iterator[Source]:
    """Yield the sources of a case that have an adapter."""
    expected = json.loads((case / "expected.json").read_text())
    if expected.get("options"):  # of no dialect but the generic one
        return
    shutil.copytree(case, folder / case.name, ignore=NOT_INPUT)
    inputs = expected["input"] if isinstance(expected["input"], list) else [expected["input"]]
    names = [os.fspath(folder / case.name / name) for name in inputs]
    for job in plan_runs(names, os.fspath(folder / "logdir"), Options()).jobs:
        yield from (source for source in job.sources if by_name(source.dialect).adapt)


def read(source: Source, **size: int) -> list[Raw]:
    reader = next(format.read for format in FORMATS if format.name == source.format)
    with open_source(source) as stream:
        return [*reader(source, stream, **size)]


def adapted(source: Source, before: list[Raw]) -> Adapted:
    made = by_name(source.dialect).adapt
    assert made is not None
    adapt = made(source)
    after = [raw for given in before for raw in adapt(given)]
    left = getattr(adapt, "left", None)
    counted = Counter(left.cells if isinstance(left, LeftOut) else {})
    if (finish := getattr(adapt, "finish", None)) is not None:
        after += finish()
    return Adapted(before, after, counted)


def columns(raws: list[Raw]) -> dict[str, list[Any]]:
    """Return the cells that are there by the names of their columns; settings are such, too."""
    found: dict[str, list[Any]] = {}
    for raw in raws:
        if isinstance(raw, RawTable):
            for name, cells in raw.batch.to_pydict().items():
                found.setdefault(name, []).extend(cell for cell in cells if cell is not None)
        elif isinstance(raw, RawSettings):
            for name, value in raw.values.items():
                found.setdefault(name, []).append(value)
    return found


def spelled(cell: Any) -> Iterator[str]:
    """Yield the values that a cell holds, whatever type the cells around it gave to it."""
    if isinstance(cell, str) and cell[:1] in ("[", "{"):
        try:
            cell = json.loads(cell)
        except ValueError:
            yield cell
            return
    if isinstance(cell, dict):
        inner = [cell["value"]] if set(cell) in WRAPPED else cell.values()
        for one in inner:
            yield from spelled(one)
    elif isinstance(cell, list):
        for one in cell:
            yield from spelled(one)
    elif cell is not None:
        cell = {"True": True, "False": False, "true": True, "false": False}.get(str(cell), cell)
        try:
            yield repr(float(cell))
        except (TypeError, ValueError):
            yield str(cell).strip()


def places(raws: list[Raw]) -> Counter[tuple[object, ...]]:
    """Return what stands where: the line, the column and the value of each cell."""
    found: Counter[tuple[object, ...]] = Counter()
    for raw in raws:
        if isinstance(raw, RawTable):
            for line, row in zip(raw.line_numbers().tolist(), raw.batch.to_pylist(), strict=True):
                for name, cell in row.items():
                    found.update((line, name, value) for value in spelled(cell))
    return found


def settings(raws: list[Raw]) -> dict[tuple[str | None, str], list[str]]:
    return {
        (raw.run, name): [*spelled(value)]
        for raw in raws
        if isinstance(raw, RawSettings)
        for name, value in raw.values.items()
    }


def remarks(raws: list[Raw]) -> Counter[str]:
    return Counter(
        f"{problem.origin.row} {problem.origin.column} {problem.problem} {problem.cells}"
        for raw in raws
        if isinstance(raw, RawTable | RawSettings)
        for problem in raw.problems
    )


def lost(raws: list[Raw]) -> int:
    tables = [raw for raw in raws if isinstance(raw, RawTable | RawSettings)]
    return sum(problem.cells for raw in tables for problem in raw.problems)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_points_do_not_depend_on_blocks(case: Path, tmp_path: Path) -> None:
    for source in sources(case, tmp_path):
        if source.format not in ("csv", "json", "jsonl", "text"):
            continue
        whole = adapted(source, read(source))
        cut = adapted(source, read(source, block_bytes=1))

        assert places(cut.after) == places(whole.after), source.uri
        assert settings(cut.after) == settings(whole.after), source.uri
        assert remarks(cut.after) == remarks(whole.after), source.uri


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_every_cell_is_kept_or_counted(case: Path, tmp_path: Path) -> None:
    for source in sources(case, tmp_path):
        found = adapted(source, read(source))
        before, after = columns(found.before), columns(found.after)
        roles = ROLES.get(source.dialect, ())
        gone = lost(found.before) - lost(found.after)
        to_find: dict[str, Counter[str]] = {}
        for name, cells in before.items():
            left, has_role = found.left[name], any(fnmatchcase(name, role) for role in roles)
            if has_role or len(cells) in (left, left + len(after.get(name, ()))):
                continue
            to_find[name] = Counter(value for cell in cells for value in spelled(cell))
            gone -= left
        kept = Counter(value for n, cells in after.items() if n not in before or n in to_find
                       for cell in cells for value in spelled(cell))  # fmt: skip
        gone += (sum(to_find.values(), Counter()) - kept).total()

        assert gone == 0, f"{source.uri}: {gone} of {[*to_find]}"
