"""What the page on pipelines says is done as it stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from docs.following import PAGES, Follower
from oracle import read_back
from runner import ACTION, Runner
from test_junit import checked

from tbconvert.report import FailOn
from tbconvert.requirements import _SIGNS, FIGURES

PAGE = (PAGES / "ci.md").read_text()


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Follower:
    """Return who did what the page says, up to other people's machines."""
    done = Follower(tmp_path_factory.mktemp("ci"))
    done.follow("ci.md")
    return done


def rows(title: str) -> list[list[str]]:
    """Return the rows of the table whose head begins so, without marks."""
    text = PAGE[PAGE.index(f"| {title} |") :].partition("\n\n")[0]
    return [
        [re.sub(r"^`([^`]+)`$", r"\1", cell.strip()) for cell in row.split("|")[1:-1]]
        for row in text.splitlines()[2:]
    ]


def test_it_is_done_as_the_page_says(followed: Follower) -> None:
    assert followed.unsaid("ci.md") == []
    served = read_back(followed.folder / "runs")
    assert served["resnet"]["val/acc"].steps.tolist() == [0, 100, 200]
    assert read_back(followed.folder / "branch-runs").keys() == {"resnet"}
    report = json.loads((followed.folder / "report.json").read_text())
    assert [one["got"] for one in report["requirements"]] == [0.84]
    assert (followed.folder / "summary.md").read_text().startswith("### tbconvert ingest: 1 run")
    for name in ("gh.xml", "gh-check.xml"):
        checked((followed.folder / name).read_text())


def test_the_workflow_uses_the_action_as_it_is(followed: Follower, tmp_path: Path) -> None:
    workflow = yaml.safe_load((followed.folder / ".github/workflows/training.yml").read_text())
    steps = workflow["jobs"]["curves"]["steps"]
    (used,) = (step for step in steps if step.get("uses", "").startswith("tbconvert/"))
    given = {name.replace("-", "_"): value for name, value in used["with"].items()}
    runner = Runner(tmp_path)

    good = runner.run(**given | {"sources": str(followed.folder / "logs")})
    bad = runner.run(**given | {"sources": str(followed.folder / "branch"), "logdir": "other"})

    assert (good, bad) == (0, 1), runner.said
    pages = re.findall(r"(?m)^### tbconvert (\w+): ", runner.summary.read_text())
    assert pages == ["ingest", "check", "ingest"]
    outputs = set(re.findall(rf"steps\.{used['id']}\.outputs\.(\w+)", PAGE))
    assert outputs == ACTION["outputs"].keys()


def test_the_inputs_are_on_the_page() -> None:
    wanted = [[name, about.get("default", "")] for name, about in ACTION["inputs"].items()]

    assert [[row[0], row[2].replace("none", "")] for row in rows("input")] == wanted


def test_the_job_of_gitlab(followed: Follower) -> None:
    job = yaml.safe_load((followed.folder / ".gitlab-ci.yml").read_text())["curves"]

    for line in job["script"]:
        if not line.startswith("pip "):
            followed.run(line)

    for name in job["artifacts"]["reports"]["junit"]:
        assert checked((followed.folder / name).read_text()).attrib["tests"] == "1"
    assert all((followed.folder / path).exists() for path in job["artifacts"]["paths"])


@pytest.mark.usefixtures("folder")
def test_exit_statuses_are_those_of_the_page(
    tbconvert: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def left_with(*asked: str) -> str:
        return str(tbconvert("ingest", "good.csv", "--logdir", "runs", *asked).status)

    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    found = [
        left_with("--require", "loss last < 1"),
        left_with("--require", "loss last > 1"),
        left_with("--require", "loss lst < 1"),
    ]
    monkeypatch.setattr("tbconvert.api.convert", interrupted)

    assert [row[0] for row in rows("exit status")] == [*found, left_with()]


def test_every_word_is_on_the_page() -> None:
    assert sorted(row[0] for row in rows("word")) == sorted(get_args(FailOn))
    table = {row[0]: row[1] for row in rows("part")}
    assert set(re.findall("`(.*?)`", table["SIGN"])) == _SIGNS.keys()
    assert set(re.findall(r"`(\w+)`", table["FIGURE"])) == {*FIGURES}


def test_links_of_the_page_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)]+)\)", PAGE):
        file, _, title = link.partition("#")
        text = (PAGES / file).read_text()
        assert not title or re.search(f"(?mi)^#+ {title}$", text)


def test_it_is_found_from_the_front_page() -> None:
    assert "(docs/ci.md)" in (PAGES.parent / "README.md").read_text()
