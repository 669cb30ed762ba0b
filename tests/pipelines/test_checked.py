"""What a pipeline is told of a check: annotations, cases, a page, and its status."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from decode.event_files import framed, scalar
from pipelines.test_github import read_all
from pipelines.test_junit import checked, outcomes
from pipelines.test_markdown import PLAIN_TAGS, Shown

from tbconvert.checking import Difference, Finding, RunVerdict, Verdict
from tbconvert.cli.check_outcome import outcome_of
from tbconvert.cli.junit import junit
from tbconvert.report import RequirementReport

Command = Callable[..., Any]

LOG = "step,loss,acc\n0,1.0,0.1\n5,0.5,0.75\n10,0.25,0.9\n"


def event_file(run: str) -> Path:
    (path,) = Path("runs", run).glob("*tfevents*")
    return path


@pytest.fixture
def here(tbconvert: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory, with a logdir of runs that are not all well."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    Path("logs").mkdir()
    for name in ("fine", "gone", "other run", "torn"):
        Path(f"logs/{name}.csv").write_text(LOG)
    assert tbconvert("ingest", "logs", "--logdir", "runs", "-q").status == 0
    event_file("gone").unlink()
    Path("logs/other run.csv").write_text(LOG.replace("0.75", "0.5").replace(",0.5,", ",0.625,"))
    torn = event_file("torn")
    torn.write_bytes(torn.read_bytes()[:-1])
    Path("runs/torch").mkdir()
    events = framed(scalar("loss", 5, 1.0), scalar("loss", 3, 2.0))
    Path("runs/torch/events.out.tfevents.1700000000.host").write_bytes(events)
    return tmp_path


@pytest.mark.usefixtures("here")
def test_what_is_wrong_stands_at_the_log_of_its_run(tbconvert: Command) -> None:
    done = tbconvert("check", "runs", "--against-sources", "--github", "--json")

    assert done.status == done.answer["exit_status"] == 1
    told = read_all(done.err)
    assert {one["level"] for one in told} == {"error"}
    places = [(one["file"], one["title"]) for one in told]
    torch = f"runs/torch/{event_file('torch').name}"
    assert places[:2] == [
        ("logs/gone.csv", "tbconvert: event-file-gone"),
        ("logs/other run.csv", "tbconvert: differs"),
    ]
    assert {file for file, _ in places[2:]} == {torch, "logs/torn.csv"}
    assert told[1]["said"] == (
        "run 'other run': scalar 'loss': 1 point with another value, against the sources, "
        f"and 1 more tag; {Path('logs/other run.csv').absolute()}: changed since it was "
        "converted; ingest again"
    )


@pytest.mark.usefixtures("here")
def test_a_log_that_was_not_converted_is_said_at_its_place(tbconvert: Command) -> None:
    Path("logs/new.csv").write_text(LOG)

    told = read_all(tbconvert("check", "runs", "--against-sources", "--github").err)

    (new,) = (one for one in told if one["file"] == "logs/new.csv")
    assert new["title"] == "tbconvert: not-converted"
    assert new["said"] == "run 'new': was not converted: it has 6 points; ingest again"


@pytest.mark.usefixtures("here")
def test_what_came_through_a_pipe_is_said_at_its_event_file(
    tbconvert: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("logs/fine.csv").open() as pipe:
        monkeypatch.setattr("sys.stdin", pipe)
        assert tbconvert("ingest", "-", "--run", "piped", "--logdir", "piped").status == 0
    (path,) = Path("piped/piped").glob("*tfevents*")
    path.write_bytes(path.read_bytes()[:-1])

    told = read_all(tbconvert("check", "piped", "--github").err)

    assert {one["file"] for one in told} == {str(path)}


@pytest.mark.usefixtures("here")
def test_each_run_is_a_case(tbconvert: Command) -> None:
    tbconvert("check", "runs", "--against-sources", "--junit", "j.xml")

    found = checked(Path("j.xml").read_text())

    assert found.attrib["name"] == "tbconvert check"
    said = outcomes(found)
    assert {name: outcome for name, (outcome, _) in said.items()} == {
        "fine": "passed",
        "gone": "failure",
        "other run": "failure",
        "torch": "failure",
        "torn": "error",
    }
    ledger = json.loads(Path("runs/gone/tbconvert.json").read_text())
    name, _ = ledger["ingests"][0]["event_files"]["gone"]
    assert said["gone"][1] == f"run 'gone': {name}: is gone; ingest again"


@pytest.mark.usefixtures("here")
def test_the_page_shows_signs_findings_and_curves(tbconvert: Command) -> None:
    tbconvert("check", "runs", "--against-sources", "--markdown", "page.md")

    text = Path("page.md").read_text()
    shown = Shown(text)
    assert text.startswith("### tbconvert check: 5 runs: 1 the same as in their logs, 1 missing, ")
    assert shown.rows[0] == [
        *("run", "sign", "findings", "tag", "points", "last", "min", "max", "curve")
    ]
    rows = [row for row in shown.rows[1:] if row[1]]
    assert [(row[0], row[1]) for row in rows] == [
        ("fine", "="),
        ("gone", "-"),
        ("other run", "*"),
        ("torch", "+"),
        ("torn", "!"),
    ]
    assert rows[0][2:] == ["", "loss", "3", "0.25", "0.25", "1", "█▃▁"]
    assert rows[1][2:4] == ["event-file-gone", "not there"]
    assert len([row for row in shown.rows if row[0] == "fine"]) == 2
    assert shown.tags <= PLAIN_TAGS


@pytest.mark.usefixtures("here")
def test_the_page_may_be_of_what_is_wrong(tbconvert: Command) -> None:
    asked = ("--markdown", "page.md", "--markdown-runs", "wrong")
    tbconvert("check", "runs", "--against-sources", "--require", "lr last > 0", *asked)
    tbconvert("check", "runs", "fine", "--require", "acc last > 1", *asked)
    tbconvert("check", "runs", "fine", *asked)

    *pages, last = Path("page.md").read_text().split("### tbconvert ")[1:]
    rows = [[row[0] for row in Shown(page).rows[1:] if row[1]] for page in pages]
    assert rows == [["gone", "other run", "torch", "torn"], ["fine"]]
    assert re.fullmatch(r"check: 1 run: 1 the same [^\n]*; 6 points, [\d.]+ s\n\n", last)


@pytest.mark.usefixtures("here")
def test_what_is_asked_of_metrics(tbconvert: Command) -> None:
    asked = (
        "--require",
        "acc last >= 0.9",
        "--require",
        "loss last < 0.1",
        "--require",
        "los* min > 0",
    )

    done = tbconvert("check", "runs", "fine", *asked)
    good = tbconvert("check", "runs", "fine", *asked[:2], "--json")
    bad = tbconvert("check", "runs", "fine", *asked, "--json", "--github")

    assert (done.status, good.status, bad.status) == (1, 0, 1)
    assert (
        done.err
        == "--require 'loss last < 0.1': last of 'loss' in run 'fine' is 0.25, at step 10\n"
    )
    assert done.out.endswith("requirements that hold: 2 of 3\n")
    assert [(one["tag"], one["ok"]) for one in bad.answer["requirements"]] == [
        ("acc", True),
        ("loss", False),
        ("loss", True),
    ]
    assert bad.answer["exit_status"] == 1
    assert read_all(bad.err)[0]["file"] == "logs/fine.csv"
    assert good.answer["requirements"][0]["got"] == 0.9


@pytest.mark.usefixtures("here")
def test_a_logdir_that_is_a_run_itself(tbconvert: Command) -> None:
    done = tbconvert(
        "check", "runs/fine", "--require", "acc last > 1", "--github", "--markdown", "m.md"
    )

    assert done.status == 1
    assert "last of 'acc' in run '.' is 0.9, at step 10" in done.err
    assert "\n| . | \\+ |" in Path("m.md").read_text()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("option", ["--junit", "--markdown"])
def test_a_file_that_cannot_be_written(tbconvert: Command, option: str) -> None:
    done = tbconvert("check", "runs", "fine", option, "/dev/full", "--json")

    assert done.status == done.answer["exit_status"] == 1
    assert done.err == f"{option}: '/dev/full' cannot be written: No space left on device\n"


@pytest.mark.usefixtures("here")
def test_nothing_is_said_of_what_is_well(tbconvert: Command) -> None:
    shutil.rmtree("runs/torch")

    done = tbconvert("check", "runs", "fine", "--github", "--junit", "j.xml", "--markdown", "m.md")

    assert (done.status, done.err) == (0, "")
    assert outcomes(checked(Path("j.xml").read_text())) == {"fine": ("passed", "")}
    assert "**" not in Path("m.md").read_text()


LOSS, HINT = Finding("gone", "is gone"), Finding("many", "has many points", severity="hint")
OTHER = Difference("sources", "scalar", "loss", 2, 1, "has 1 point, wanted 2")
UNMET = RequirementReport("a last > 1", "r", "a", 0.5, False, "last of 'a' is 0.5")
VERDICTS = {
    "same": Verdict("runs", (RunVerdict("r", "same", ("e",)),)),
    "a hint": Verdict("runs", (RunVerdict("r", "foreign", ("e",), findings=(HINT,)),), (HINT,)),
    "a loss": Verdict("runs", (RunVerdict("r", "same", ("e",), findings=(LOSS,)),)),
    "missing": Verdict("runs", (RunVerdict("r", "missing"),)),
    "unreadable": Verdict("runs", (RunVerdict("r", "unreadable", ("e",)),)),
    "differs": Verdict("runs", (RunVerdict("r", "differs", ("e",), differences=(OTHER,)),)),
    "a loss of no run": Verdict("runs", (RunVerdict("r", "same", ("e",)),), (LOSS,)),
    "nothing": Verdict("runs", ()),
}


@pytest.mark.parametrize("verdict", VERDICTS.values(), ids=VERDICTS)
def test_something_fails_if_and_only_if_the_status_says_so(verdict: Verdict) -> None:
    found = checked(junit(outcome_of(verdict)))

    is_bad = found.attrib["failures"] != "0" or found.attrib["errors"] != "0"
    assert is_bad == (verdict.exit_status != 0) == bool(outcome_of(verdict).faults)
    assert outcome_of(verdict, (UNMET,)).faults
