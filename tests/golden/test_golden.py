"""Every case under ``fixtures/``, through the command line; fixtures/README.md says what one is."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import Series, ingest, read_back
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

FIXTURES = Path(__file__).parents[2] / "fixtures"
CASES = sorted(path.parent for path in FIXTURES.glob("*/*/expected.json"))
LOOK_ALIKE = str.maketrans({'"': "'", "\\": "/"})
LEFT_OUT = ": left out were "
NOT_INPUT = ("expected.json", "ORIGIN")


def name_of(case: Path) -> str:
    return case.relative_to(FIXTURES).as_posix()


def contains(got: Any, wanted: Any) -> bool:
    """Tell whether ``got`` has all that ``wanted`` names, and maybe more."""
    if isinstance(wanted, dict):
        return isinstance(got, dict) and all(
            key in got and contains(got[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(got, list) and all(
            any(contains(entry, value) for entry in got) for value in wanted
        )
    return bool(got == wanted)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_case(case: Path, tmp_path: Path) -> None:
    expected = json.loads((case / "expected.json").read_text())
    file_time = expected.get("file_time", 1_700_000_000)
    folder, logdir = tmp_path / case.name, tmp_path / "logdir"
    shutil.copytree(case, folder, ignore=shutil.ignore_patterns(*NOT_INPUT))
    for path in folder.rglob("*"):
        os.utime(path, (file_time, file_time))

    inputs = expected["input"] if isinstance(expected["input"], list) else [expected["input"]]
    report = ingest(
        *(folder / name for name in inputs),
        *expected.get("options", []),
        logdir=logdir,
        status=expected.get("exit_status", 0),
        **expected.get("environment", {}),
    )
    reports = {run["run"]: run for run in report["runs"]}
    assert reports.keys() == expected["runs"].keys()
    served = read_back(logdir)
    assert served.keys() == expected["runs"].keys()
    for run, wanted in expected["runs"].items():
        curves = {tag: series for tag, series in served[run].items() if series.plugin == "scalars"}
        assert curves.keys() == wanted["tags"].keys()
        for tag, points in wanted["tags"].items():
            common = {"wall_times": file_time} | {
                key: value
                for key, value in wanted.items()
                if key in ("steps", "wall_times", "rtol")
            }
            check_curve(f"run {run!r}, tag {tag!r}", curves[tag], common | points)
        check_arrays(run, served[run], wanted)
        check_settings(run, served[run], wanted.get("hparams", {}))
        check_texts(run, served[run], wanted)
        check_report(reports[run], wanted.get("report", {}), curves)


def check_curve(name: str, got: Series, wanted: dict[str, Any]) -> None:
    assert got.steps.tolist() == wanted["steps"], name
    with np.errstate(over="ignore"):
        values = np.array([float(value) for value in wanted["values"]]).astype(np.float32)
    # sums of many numbers depend on their order by the last digit
    np.testing.assert_allclose(got.values, values, rtol=wanted.get("rtol", 0), err_msg=name)
    times = np.broadcast_to(np.float64(wanted["wall_times"]), got.wall_times.shape)
    np.testing.assert_allclose(got.wall_times, times, rtol=0, atol=1e-6, err_msg=name)


def check_arrays(run: str, served: dict[str, Series], wanted: dict[str, Any]) -> None:
    """Compare distributions by their range and count, and pictures by their steps."""
    kinds = {
        kind: {tag: series for tag, series in served.items() if series.plugin == kind}
        for kind in ("histograms", "images")
    }
    assert kinds["histograms"].keys() == wanted.get("histograms", {}).keys(), run
    for tag, points in wanted.get("histograms", {}).items():
        got = kinds["histograms"][tag]
        assert got.steps.tolist() == points["steps"], tag
        for buckets, limits, count in zip(
            got.values, points["ranges"], points["counts"], strict=True
        ):
            filled = buckets[buckets[:, 2] > 0]
            assert [filled[0, 0], filled[-1, 1]] == limits, tag
            assert filled[:, 2].sum() == count, tag
    pictures = {tag: series.steps.tolist() for tag, series in kinds["images"].items()}
    assert pictures == wanted.get("images", {}), run


def check_settings(run: str, served: dict[str, Series], wanted: dict[str, Any]) -> None:
    """Compare what the HParams dashboard gets to see: texts in it have no double quotes."""
    record = served.get("_hparams_/session_start_info")
    got: dict[str, Any] = {}
    if record is not None:
        data = HParamsPluginData.FromString(record.content)
        for name, value in data.session_start_info.hparams.items():
            got[name] = getattr(value, value.WhichOneof("kind"))
    shown = {
        name: value.translate(LOOK_ALIKE) if isinstance(value, str) else value
        for name, value in wanted.items()
    }
    assert got == shown, f"settings of run {run!r}"


def check_texts(run: str, served: dict[str, Series], wanted: dict[str, Any]) -> None:
    texts = {
        tag: [[int(step), str(text)] for step, text in zip(got.steps, got.values, strict=True)]
        for tag, got in served.items()
        if got.plugin == "text"
    }
    if wanted.get("hparams"):
        texts.pop("hparams", None)  # the same once more, as a table
    assert texts == wanted.get("texts", {}), f"texts of run {run!r}"


def check_report(got: dict[str, Any], wanted: dict[str, Any], curves: dict[str, Series]) -> None:
    counted = {"tags": len(curves), "points": sum(map(len, curves.values()))}
    defaults = {"rejected": 0, "superseded": 0, "scalars": counted, "problems": [], "left_out": 0}
    wanted = defaults | wanted
    left_out = [problem for problem in got["problems"] if LEFT_OUT in problem["problem"]]
    others = [problem for problem in got["problems"] if problem not in left_out]
    cells = sum(map(cells_left_out, left_out))
    got = got | {"left_out": cells, "problems": others}
    for key, value in wanted.items():
        assert contains(got.get(key), value), f"report: {key}: {got.get(key)}, wanted {value}"
    unexpected = [
        problem
        for problem in got["problems"]
        if not any(contains(problem, known) for known in wanted["problems"])
    ]
    assert not unexpected


def cells_left_out(problem: dict[str, Any]) -> int:
    """Return how many cells a remark says that a dialect leaves out by design."""
    _, _, columns = problem["problem"].partition(LEFT_OUT)
    return sum(int(count.replace(",", "")) for count in re.findall(r"\(([\d,]+) cells?\)", columns))


# ----------------------------------------------------------------- the cases themselves


def test_there_are_cases() -> None:
    assert len(CASES) > 30


def test_every_folder_is_a_case() -> None:
    folders = [path for path in FIXTURES.glob("*/*") if path.is_dir() and path.name[0] not in "._"]
    assert sorted(folders) == CASES


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_case_is_complete_and_small(case: Path) -> None:
    assert (case / "ORIGIN").read_text().splitlines()
    logs = [path for path in case.rglob("*") if path.is_file() and path.name not in NOT_INPUT]
    assert logs
    assert sum(log.stat().st_size for log in logs) < 20_000
