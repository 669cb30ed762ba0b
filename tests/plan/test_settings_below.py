"""Settings in a folder of their own, below that of the only log."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tbconvert import plan_runs
from tbconvert.options import Options

LOG = "step,loss\n0,1.0\n1,0.5\n"


def put(folder: Path, name: str, text: str = LOG) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def planned(folder: Path) -> tuple[dict[str, list[str]], list[str]]:
    """Return the files of each run below a folder, and those that were skipped."""
    plan = plan_runs([os.fspath(folder)], os.fspath(folder / "runs"), Options())
    runs = {
        str(job.run): [os.path.relpath(source.uri, folder) for source in job.sources]
        for job in plan.jobs
    }
    return runs, [os.path.relpath(error.origin.uri, folder) for error in plan.skipped]


@pytest.mark.parametrize("name", ["CartPole-v1/args.yml", "config/config.json"])
def test_settings_below_the_only_log(tmp_path: Path, name: str) -> None:
    put(tmp_path / "x", "log.csv")
    put(tmp_path / "x", name, '{"lr": 0.5}')
    assert planned(tmp_path / "x") == ({"x": ["log.csv", name]}, [])


def test_settings_below_two_logs_are_of_none(tmp_path: Path) -> None:
    put(tmp_path / "x", "a.csv")
    put(tmp_path / "x", "b.csv")
    put(tmp_path / "x", "conf/config.yaml", "lr: 0.5\n")
    assert planned(tmp_path / "x") == ({"a": ["a.csv"], "b": ["b.csv"]}, ["conf/config.yaml"])


def test_settings_two_folders_below_are_of_none(tmp_path: Path) -> None:
    put(tmp_path / "x", "log.csv")
    put(tmp_path / "x", "a/b/config.yaml", "lr: 0.5\n")
    assert planned(tmp_path / "x") == ({"x": ["log.csv"]}, ["a/b/config.yaml"])


def test_settings_beside_a_log_of_their_own_stay_there(tmp_path: Path) -> None:
    put(tmp_path / "x", "a.csv")
    put(tmp_path / "x", "sub/b.csv")
    put(tmp_path / "x", "sub/config.yaml", "lr: 0.5\n")
    assert planned(tmp_path / "x") == (
        {"a": ["a.csv"], "sub/b": ["sub/b.csv", "sub/config.yaml"]},
        [],
    )


def test_settings_in_two_folders_below_may_be_of_other_runs(tmp_path: Path) -> None:
    put(tmp_path / "x", "log.csv")
    put(tmp_path / "x", "a/config.yaml", "lr: 0.5\n")
    put(tmp_path / "x", "b/config.yaml", "lr: 0.25\n")
    found = {"x": ["log.csv"]}, ["a/config.yaml", "b/config.yaml"]
    assert planned(tmp_path / "x") == found
