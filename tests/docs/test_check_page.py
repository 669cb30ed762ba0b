"""What the page on checking says is done as it stands there."""

from __future__ import annotations

import json
import re

import pytest
from following import PAGES, Follower
from jsonschema import Draft202012Validator

from tbconvert.checking import SIGNS
from tbconvert.cli.check import check


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Follower:
    """Return who has done what the page says."""
    follower = Follower(tmp_path_factory.mktemp("page"))
    follower.follow("check.md")
    return follower


def test_a_logdir_is_checked_as_the_page_says(done: Follower) -> None:
    asked = [line for line in done.complaints if "--require" in line]
    assert done.complaints[asked[0]].strip() in page()
    assert "| sgd | = |  | loss | 3 | 0.6 |" in (done.folder / "check-page.md").read_text()
    first, second = re.findall(r"\n\n((?:    [-=*].*\n(?:\n(?=    ))?|    +.*\n)+)", page())[:2]
    said = done.said["tbconvert check runs"]
    assert without_seconds(indented(first)) == without_seconds(said)
    said = done.said["tbconvert check runs --against-sources"].replace(
        f"{done.folder.resolve()}/", ""
    )
    assert said.startswith(indented(second))


def page() -> str:
    return (PAGES / "check.md").read_text()


def indented(block: str) -> str:
    return re.sub(r"(?m)^    ", "", block)


def without_seconds(text: str) -> str:
    return re.sub(r"\d+\.\d\d s\b", "0.00 s", text).strip()


def test_every_sign_and_option_is_on_the_page() -> None:
    rows = re.findall(r"(?m)^\| `(.)` \| `(\w+)` \|", page())
    assert {status: sign for sign, status in rows} == SIGNS

    options = {name for param in check.params for name in param.opts if name.startswith("--")}
    assert options <= set(re.findall(r"--[a-z-]+", page()))


def test_every_code_is_on_the_page() -> None:
    modules = (PAGES.parent / "tbconvert/checking").glob("*.py")
    call = r'Finding\(\s*"([a-z-]+)"'
    used = {code for path in modules for code in re.findall(call, path.read_text())}

    rows = page()[page().index("| code |") :].splitlines()[2:]
    assert {code for row in rows for code in re.findall("`([a-z-]+)`", row)} == used


def test_the_example_of_json_has_the_keys_that_there_are(done: Follower) -> None:
    shown = json.loads(indented(page()[page().index('    {"tbconvert"') :].partition("\n\n")[0]))
    done.run("tbconvert check runs --against-sources --json", 1)
    got = json.loads(done.said["tbconvert check runs --against-sources --json"])
    schema = json.loads((PAGES / "schemas/check.schema.json").read_text())
    Draft202012Validator(schema).validate(got)
    Draft202012Validator(schema).validate(shown)

    assert shown.keys() == got.keys()
    run = next(run for run in got["runs"] if run["run"] == "sgd")
    (example,) = shown["runs"]
    assert example.keys() == run.keys()
    for key in ("findings", "differences"):
        assert example[key][0].keys() == run[key][0].keys()
    ours, theirs = example["differences"][0], run["differences"][0]
    for key in ("against", "kind", "tag", "wanted", "got", "said", "counts"):
        assert ours[key] == theirs[key]
    values = [(ours["first"][0][side]["value"]) for side in ("wanted", "got")]
    assert values == [theirs["first"][0][side]["value"] for side in ("wanted", "got")]
    assert shown["totals"].keys() == got["totals"].keys()
    counts = {name: count for name, count in got["totals"].items() if name != "seconds"}
    assert {name: shown["totals"][name] for name in counts} == counts
