"""Sources that are gone, and the runs that were made from them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tbconvert import Options, ingest, plan_runs
from tbconvert.api import run_plan
from tbconvert.report import Skipped


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work beside a tree whose logs were converted, and another one."""
    monkeypatch.chdir(tmp_path)
    for name in ("tree/a.csv", "tree/x/b.csv", "tree/x/c.csv", "other/d.csv"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("step,loss\n0,1\n1,2\n")
    ingest("tree", "other", logdir="runs")
    return tmp_path


def test_all_sources_are_there() -> None:
    assert ingest("tree", logdir="runs").gone == ()


def test_what_is_gone_is_told_and_its_run_stays(tree: Path) -> None:
    shutil.rmtree("tree/x")
    Path("other/d.csv").unlink()

    report = ingest("tree", logdir="runs")

    assert report.gone == tuple(
        Skipped(
            str(tree / f"tree/x/{stem}.csv"),
            f"is gone; run 'x/{stem}', which was made from it, stays as it is",
        )
        for stem in "bc"
    )
    assert len(list(Path("runs").rglob("*tfevents*"))) == 4
    assert report.exit_status() == 0


def test_a_tree_that_is_empty_now() -> None:
    shutil.rmtree("tree")
    Path("tree").mkdir()

    report = ingest("tree", logdir="runs")

    assert [gone.reason.split("'")[1] for gone in report.gone] == ["a", "x/b", "x/c"]


def test_files_that_are_named_tell_nothing_of_others() -> None:
    Path("tree/x/b.csv").unlink()

    assert ingest("tree/a.csv", logdir="runs").gone == ()


def test_a_dry_run_tells_as_well() -> None:
    Path("tree/a.csv").unlink()

    (gone,) = ingest("tree", logdir="runs", dry_run=True).gone

    assert gone.uri.endswith("tree/a.csv")


def test_a_ledger_that_is_damaged_tells_nothing() -> None:
    Path("tree/a.csv").unlink()
    Path("runs/a/tbconvert.json").write_text("{")

    assert ingest("tree", logdir="runs").gone == ()


def test_runs_of_other_shards_have_their_sources() -> None:
    Path("tree/hparams.yaml").write_text("lr: 0.5\n")
    ingest("tree", logdir="runs", if_exists="replace")
    Path("tree/hparams.yaml").unlink()
    plan = plan_runs(["tree"], "runs", Options(if_exists="replace"))

    reports = [run_plan(plan.shard(number, 3), "runs") for number in (1, 2, 3)]

    assert [report.gone for report in reports] == [(), (), ()]
