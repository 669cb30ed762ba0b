"""A tree in which nothing has changed is not looked into again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tbconvert import Options, ingest, plan_runs
from tbconvert.plan import Plan

MANY = 35


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work beside a tree of 35 logs, some with settings beside them, and what is no log."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tbconvert.recall._WORTH_IT", 20)
    for number in range(MANY):
        folder = Path(f"tree/{number % 7}/run-{number}")
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text("epoch,step,train_loss\n0,1,0.5\n0,2,0.25\n")
        if number % 5 == 0:
            (folder / "hparams.yaml").write_text(f"lr: {number}\nlayers: [1, 2]\n")
    Path("tree/notes.txt").write_text("Nothing here.\nMove along, please.\nThank you!\n")
    Path("tree/.hidden").write_text("x")
    return tmp_path


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the files that were looked into since."""
    from tbconvert import looking

    found: list[str] = []
    recognise = looking.recognise

    def watched(file: Any, *more: Any) -> Any:
        found.append(file.uri)
        return recognise(file, *more)

    monkeypatch.setattr(looking, "recognise", watched)
    return found


def plan(**options: Any) -> Plan:
    return plan_runs(["tree"], "runs", Options(**options))


def told(made: Plan) -> list[tuple[str, str, str]]:
    return [(error.origin.uri, error.problem, error.hint) for error in made.skipped]


def test_the_plan_is_the_same_and_nothing_is_looked_into(looked: list[str]) -> None:
    first = plan()
    assert len(looked) == MANY + MANY // 5 + 1
    looked.clear()

    second = plan()

    assert looked == []
    assert second.jobs == first.jobs
    assert told(second) == told(first)
    assert {uri for uri, *_ in told(first)} == {"tree/notes.txt", "tree/.hidden"}
    assert second.folders == first.folders


def grow() -> None:
    with Path("tree/3/run-3/metrics.csv").open("a") as file:
        file.write("1,3,0.125\n")


def touch() -> None:
    os.utime("tree/3/run-3/metrics.csv", (1, 1))


def add() -> None:
    Path("tree/late.csv").write_text("step,loss\n0,1\n1,2\n")


def take_away() -> None:
    Path("tree/notes.txt").unlink()


@pytest.mark.parametrize("change", [grow, touch, add, take_away])
def test_any_change_lets_all_be_looked_into(looked: list[str], change: Any) -> None:
    plan()
    looked.clear()

    change()
    plan()

    assert len(looked) >= MANY + MANY // 5


def test_other_options_are_another_plan(looked: list[str]) -> None:
    plan()
    looked.clear()

    plan(dialect="generic")
    plan(checksum=True)
    plan(checksum=True)

    assert len(looked) == 3 * (MANY + MANY // 5 + 1)


def test_a_file_that_could_not_be_read_is_tried_again(
    looked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tbconvert import recognition
    from tbconvert.errors import SourceError
    from tbconvert.model import Origin

    def unreadable(name: str, *_: Any) -> Any:
        raise SourceError(Origin(name), "permission denied") from PermissionError(13, "denied")

    with monkeypatch.context() as patch:
        patch.setattr(recognition, "take_sample", unreadable)
        assert len(plan().failed) == MANY + MANY // 5 + 1
    looked.clear()

    assert len(plan().jobs) == MANY
    assert looked


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"runs": [[["a"]]], "skipped": []}', "\x00", "[" * 100_000],
    ids=lambda text: text[:40],
)
def test_what_is_kept_may_be_damaged(text: str, looked: list[str]) -> None:
    first = plan()
    (kept,) = Path("cache/tbconvert").iterdir()
    kept.write_text(text)
    looked.clear()

    assert plan().jobs == first.jobs
    assert looked


def test_nothing_has_to_be_kept(monkeypatch: pytest.MonkeyPatch, looked: list[str]) -> None:
    Path("file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", "file/below")

    assert len(plan().jobs) == len(plan().jobs) == MANY


def test_few_files_are_not_worth_it(tree: Path) -> None:
    plan_runs(["tree/1"], "runs")

    assert not (tree / "cache").exists()


def test_only_so_much_is_kept(tree: Path) -> None:
    for number in range(25):
        plan(tag_prefix=f"{number}/")

    assert len(list((tree / "cache/tbconvert").iterdir())) == 20


def test_a_second_ingest_says_the_same_of_all() -> None:
    first = ingest("tree", logdir="runs")
    second = ingest("tree", logdir="runs")

    assert {run.status for run in first.runs} == {"written"}
    assert {run.status for run in second.runs} == {"unchanged"}
    assert [(run.run, run.points, run.problems) for run in first.runs] == [
        (run.run, run.points, run.problems) for run in second.runs
    ]
    assert first.skipped == second.skipped
