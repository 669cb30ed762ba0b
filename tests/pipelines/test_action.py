"""The action of this repository: what it is given, and what a job has of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from oracle import read_back
from pipelines.test_markdown import Shown
from runner import ACTION, PROJECT, Runner

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    made = Runner(tmp_path)
    (made.workspace / "my logs").mkdir()
    (made.workspace / "my logs/a b.csv").write_text("step,loss,acc\n0,1.0,0.5\n1,0.5,0.75\n")
    (made.workspace / "$(touch hacked).csv").write_text("step,loss\n0,1.0\n1,oops\n")
    return made


def test_options_are_words_that_nothing_expands(runner: Runner) -> None:
    given = """--run-name '{stem} of "x"' --exclude 'no*such' --tag-prefix "$HOME/" """

    assert runner.run(sources="my logs", options=given, check="false") == 0, runner.said

    served = read_back(runner.workspace / "runs")
    assert {run: set(tags) for run, tags in served.items()} == {
        "a b of _x_": {"$HOME/loss", "$HOME/acc"}
    }
    assert "Check" not in runner.said


def test_what_is_given_reaches_the_command(runner: Runner) -> None:
    status = runner.run(
        sources="my logs\n\n  $(touch hacked).csv\n",
        logdir="out dir",
        require="acc last >= 0.75\nloss max <= 1\n",
    )

    assert status == 0, runner.said
    served = read_back(runner.workspace / "out dir")
    assert served.keys() == {"a b", "$(touch hacked)"}
    assert not (runner.workspace / "hacked").exists()
    summary = runner.summary.read_text()
    assert "2 runs written, 5 points" in summary
    assert "| a b | acc | 2 | 0.75 | 0.5 | 0.75 | `▁█` |" in summary
    assert "::warning file=$(touch hacked).csv,line=3," in runner.said["Ingest"]
    junit = Path(runner.outputs["junit"]).read_text()
    assert 'tests="2" failures="0" errors="0"' in junit
    assert "= a b: 2 tags, 4 points" in runner.said["Check"]
    assert "### tbconvert check: 2 runs: 2 the same as in their ledgers; 5 points" in summary
    assert summary.count("`▁█`") == 1  # the curve of the only metric that rises
    checked = Path(runner.outputs["checked"]).read_text()
    assert '<testsuite name="tbconvert check"' in checked
    assert 'tests="2" failures="0" errors="0"' in checked


def test_what_is_not_so_fails_the_job(runner: Runner) -> None:
    status = runner.run(sources="*/*.csv", require="acc last >= 0.9", fail_on="nan")

    assert status == 1
    assert "::error file=my logs/a b.csv,title=" in runner.said["Ingest"]
    assert "Check" not in runner.said
    assert "last of 'acc' in run 'a b' is 0.75" in runner.summary.read_text()
    assert 'failures="1"' in Path(runner.outputs["junit"]).read_text()


def test_what_a_check_finds_fails_the_job(runner: Runner) -> None:
    assert runner.run(sources="my logs") == 0
    (path,) = (runner.workspace / "runs/a b").glob("*tfevents*")
    content = bytearray(path.read_bytes())
    content[-6] ^= 1  # of the last value, and the size and the time stay
    path.write_bytes(content)

    assert runner.run(sources="my logs") == 1

    assert "::error file=my logs/a b.csv,title=tbconvert%3A altered::" in runner.said["Check"]
    summary = runner.summary.read_text()
    assert "- **altered**: run 'a b': " in summary
    # once more, for what became of it
    assert [row[1] for row in Shown(summary).rows if row[0] == "a b" and len(row) > 8] == [
        "!",
        "",
        "",
    ]
    assert 'errors="1"' in Path(runner.outputs["checked"]).read_text()


def test_options_that_end_within_a_quote_are_refused(runner: Runner) -> None:
    assert runner.run(sources="my logs", options="--step 'a") != 0
    assert not (runner.workspace / "runs").exists()


def test_every_input_is_used_and_described() -> None:
    text = (PROJECT / "action.yml").read_text()

    for name, about in ACTION["inputs"].items():
        assert about["description"].endswith(".")
        assert f"inputs.{name}" in text
    # never between the words of a script: who names a file would write the script
    assert all("${{" not in step.get("run", "") for step in ACTION["runs"]["steps"])


def test_what_is_installed_is_the_action_itself() -> None:
    (step,) = (s for s in ACTION["runs"]["steps"] if s.get("name", "").startswith("Install"))

    assert step["run"].splitlines() == [
        'python -m venv "$RUNNER_TEMP/tbconvert"',
        '"$RUNNER_TEMP/tbconvert/bin/python" -m pip install --quiet "$GITHUB_ACTION_PATH"',
    ]
