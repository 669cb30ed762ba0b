"""The published schema of the JSON report, and reports of all kinds beside it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from tbconvert.report import FailOn, Status

Command = Callable[..., Any]

PROJECT = Path(__file__).parents[2]
SCHEMA = json.loads((PROJECT / "docs/schemas/report.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)


def check(answer: Any, kind: str = "report") -> None:
    """Fail, with what is wrong, unless an answer is of the schema, and of a kind of it."""
    VALIDATOR.validate(answer)
    whole = {"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]}
    Draft202012Validator(whole).validate(answer)


def parts(of: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every object in some JSON, and where it stands."""
    if isinstance(of, dict):
        yield where, of
        for key, value in of.items():
            yield from parts(value, f"{where}/{key}")
    elif isinstance(of, list):
        for place, value in enumerate(of):
            yield from parts(value, f"{where}/{place}")


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_no_object_may_have_more_than_it_says_nor_less() -> None:
    objects = [part for _, part in parts(SCHEMA) if part.get("type") == "object"]

    assert len(objects) > 8
    for one in objects:
        assert one["additionalProperties"] is False
        assert one["required"] == list(one["properties"])


def test_its_words_are_those_of_the_report() -> None:
    of = SCHEMA["$defs"]

    assert of["run"]["properties"]["status"]["enum"] == [*get_args(Status)]
    assert of["report"]["properties"]["failed_on"]["items"]["enum"] == [*get_args(FailOn)]


def test_reports_of_fixtures(tbconvert: Command, folder: Path) -> None:
    given = (PROJECT / "fixtures" / name for name in ("keras", "lightning", "numpy", "wandb"))

    done = tbconvert("ingest", *given, "--logdir", folder, "--dry-run", "--json", "--jobs", "1")

    check(done.answer)
    runs = done.answer["runs"]
    assert {run["status"] for run in runs} == {"written"}
    for kind in ("scalars", "histograms", "images", "texts"):
        assert any(run[kind]["points"] for run in runs), kind
    assert any(run["graph"] for run in runs)
    assert any(run["problems"] for run in runs)


@pytest.mark.usefixtures("folder")
def test_reports_of_many_kinds(tbconvert: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("void.csv").write_text("step,loss\n0,\n")
    Path("notes.txt").write_text("Nothing to see here.\nMove along, please.\nThank you!\n")
    Path("nothing").mkdir()
    Path("logs").mkdir()
    Path("logs/gone.csv").write_text("step,loss\n0,1\n")
    Path("logs/kept.csv").write_text("step,loss\n0,1\n")
    asked = (
        *("--require", "val/* last > 0.95", "--require", "f1 max > 0", "--require", "loss min < 5"),
        *("--fail-on", "nan,rejected", "--fail-on", "superseded,empty"),
    )

    def ingest(*arguments: str, status: int) -> Any:
        done = tbconvert("ingest", *arguments, "--logdir", "runs", "--json")
        assert done.status == done.answer["exit_status"] == status, done.err
        check(done.answer)
        return done.answer

    every = ingest(".", status=1)
    assert {run["status"] for run in every["runs"]} == {"written", "empty", "failed"}
    assert every["skipped"]
    again = ingest(".", *asked, status=1)
    assert {run["status"] for run in again["runs"]} == {"unchanged", "empty", "failed"}
    assert {one["ok"] for one in again["requirements"]} == {True, False}
    assert again["failed_on"] == ["nan", "rejected", "empty"]
    Path("logs/gone.csv").unlink()
    assert ingest("logs", status=0)["gone"]
    ingest("nothing", status=1)
    ingest("not/there.csv", status=1)
    assert ingest("good.csv", "--dry-run", status=0)["dry_run"]
    for number in (1, 2):
        shard = ingest("good.csv", "bad.csv", "--shard", f"{number}/2", status=0)
        Path(f"{number}.json").write_text(json.dumps(shard))
    merged = tbconvert("report", "merge", "1.json", "2.json", "--json")
    check(merged.answer)
    assert merged.status == 0

    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("tbconvert.api.convert", interrupted)
    ingest("good.csv", *asked, status=130)


@pytest.mark.usefixtures("folder")
def test_what_kept_it_from_doing_anything(
    tbconvert: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tbconvert("ingest", "good.csv", "--logdir", "runs", "--step-scale", "0", "--json")
    check(wrong.answer, "error")
    merge = tbconvert("report", "merge", "no.json", "--json")
    check(merge.answer, "error")

    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("tbconvert.plan.plan_runs", interrupted)
    done = tbconvert("ingest", "good.csv", "--logdir", "runs", "--json")
    check(done.answer, "error")
    assert (wrong.status, merge.status, done.status) == (2, 2, 130)


@pytest.mark.usefixtures("folder")
def test_no_key_comes_or_goes_unseen(tbconvert: Command) -> None:
    Path("notes.txt").write_text("Nothing to see here.\nMove along, please.\nThank you!\n")
    answer = tbconvert(
        *("ingest", ".", "--logdir", "runs", "--json", "--require", "loss last < 1")
    ).answer
    check(answer)
    places = [where for where, _ in parts(answer)]
    assert len(places) > 20
    validator = Draft202012Validator({"$ref": "#/$defs/report", "$defs": SCHEMA["$defs"]})

    for place in places:
        for change in (lambda one: one.pop(next(iter(one))), lambda one: one.update(more=1)):
            other = copy.deepcopy(answer)
            change(dict(parts(other))[place])
            assert not validator.is_valid(other), place
