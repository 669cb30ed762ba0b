"""Files that two dialects claim, and dialects that are asked for on files of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tbconvert import UsageError, ingest

LOG = "step,loss,acc\n0,1.0,0.5\n1,0.5,0.75\n"
PLAIN = {"about": "a log", "files": ["mine.csv"], "columns": ["step", "loss"]}
EXACT = PLAIN | {"columns": ["step", "loss", "acc"]}


@pytest.fixture(autouse=True)
def _log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_text(LOG)


@pytest.mark.parametrize(
    ("dialects", "taken", "said"),
    [
        ({"one": PLAIN, "exact": EXACT}, "exact", []),
        ({"exact": EXACT, "one": PLAIN}, "exact", []),
        (
            {"one": EXACT, "two": EXACT},
            "one",
            ["taken for a log of one, and could be of two; --dialect says so"],
        ),
        (
            {"one": EXACT, "two": EXACT, "plain": PLAIN, "three": EXACT},
            "one",
            ["taken for a log of one, and could be of two, three; --dialect says so"],
        ),
    ],
    ids=["more columns", "in any order", "a tie", "a tie of three"],
)
def test_the_one_that_says_most_wins_and_a_tie_is_told(
    dialects: dict[str, dict[str, object]], taken: str, said: list[str]
) -> None:
    (run,) = ingest("mine.csv", logdir="runs", dialects=dialects).runs

    assert run.status == "written"
    assert run.sources[0].dialect == taken
    assert [problem.said for problem in run.problems] == said


def test_the_user_has_the_last_word() -> None:
    dialects = {"one": EXACT, "two": EXACT}

    (run,) = ingest("mine.csv", logdir="runs", dialects=dialects, dialect="two").runs

    assert run.sources[0].dialect == "two"
    assert run.problems == ()


@pytest.mark.parametrize(
    ("dialect", "lacking"),
    [
        ("keras", "no column 'epoch'"),
        ("sacred", "got format 'csv', wanted json"),
        ("mlflow", "no file '../meta.yaml' beside it"),
    ],
)
def test_one_that_is_asked_for_on_another_file_is_refused_and_nothing_is_touched(
    dialect: str, lacking: str
) -> None:
    ingest("mine.csv", logdir="runs", run="old")
    before = {path: path.read_bytes() for path in Path("runs").rglob("*") if path.is_file()}

    report = ingest("mine.csv", logdir="runs", run="old", if_exists="replace", dialect=dialect)

    (run,) = report.runs
    assert (run.status, report.exit_status()) == ("failed", 1)
    (problem,) = run.problems
    said = f"--dialect {dialect}: {lacking}; without --dialect it is found out"
    assert (problem.uri, problem.said) == ("mine.csv", said)
    assert before == {path: path.read_bytes() for path in Path("runs").rglob("*") if path.is_file()}


def test_one_that_there_is_not_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"got 'kears', wanted one of .*; did you mean 'keras'\?"):
        ingest("mine.csv", logdir="runs", dialect="kears")
