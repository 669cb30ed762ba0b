"""The published schema of what a check prints, and verdicts of all kinds beside it."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from decode.event_files import framed, scalar
from jsonschema import Draft202012Validator
from pipelines.test_schema import PROJECT, parts

from tbconvert.checking import SIGNS
from tbconvert.checking.verdict import Severity, Status, What

Command = Callable[..., Any]

SCHEMA = json.loads((PROJECT / "docs/schemas/check.schema.json").read_text())


def of_schema(answer: Any, kind: str = "verdict") -> Any:
    """Return an answer, which has to be of the schema, and of a kind of it."""
    Draft202012Validator(SCHEMA).validate(answer)
    whole = {"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]}
    Draft202012Validator(whole).validate(answer)
    return answer


@pytest.fixture
def verdict(tbconvert: Command, folder: Path) -> Any:
    """Return what is said of a logdir that has a run of each kind."""
    for name in ("same", "gone", "differs", "moved", "torn", "extra"):
        (folder / "logs").mkdir(exist_ok=True)
        Path(f"logs/{name}.csv").write_text("step,loss,note\n0,1.0,a\n5,0.5,b\n10,0.25,c\n")
    tbconvert("ingest", "logs", "--logdir", "runs", "-q")
    Path("runs/foreign").mkdir()
    events = framed(scalar("loss", 5, 1.0), scalar("loss", 3, 2.0))
    Path("runs/foreign/events.out.tfevents.1700000000.host").write_bytes(events)
    shutil.rmtree("runs/gone")
    Path("logs/differs.csv").write_text("step,loss,note\n0,nan,a\n5,inf,x\n10,-inf,c\n11,1,d\n")
    Path("logs/moved.csv").write_text("step,loss,note\n0,1.0,a\n6,0.5,b\n")
    Path("logs/extra.csv").unlink()
    (torn,) = Path("runs/torn").glob("*tfevents*")
    torn.write_bytes(torn.read_bytes()[:-1])

    done = tbconvert(
        *("check", "runs", "--against-sources", "--json"),
        *("--require", "loss last > 0.2", "--require", "f1 last > 0"),
    )

    assert done.status == done.answer["exit_status"] == 1
    return done.answer


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_no_object_may_have_more_than_it_says() -> None:
    objects = {where: part for where, part in parts(SCHEMA) if part.get("type") == "object"}

    assert len(objects) > 8
    for where, one in objects.items():
        assert one["additionalProperties"] is False
        is_free = where.endswith("/counts")
        assert one.get("required", []) == ([] if is_free else list(one["properties"]))


def test_its_words_are_those_of_the_verdict() -> None:
    of = {
        name: part["properties"] for name, part in SCHEMA["$defs"].items() if "properties" in part
    }

    assert of["run"]["status"]["enum"] == [*get_args(Status)]
    assert of["run"]["sign"]["enum"] == [*dict.fromkeys(SIGNS.values())]
    assert of["finding"]["severity"]["enum"] == [*get_args(Severity)]
    assert (
        of["odd"]["what"]["enum"]
        == [*get_args(What)]
        == [*of["difference"]["counts"]["properties"]]
    )


def test_verdicts_of_all_kinds(verdict: Any) -> None:
    of_schema(verdict)

    assert {run["run"]: run["status"] for run in verdict["runs"]} == {
        "same": "same",
        "gone": "missing",
        "differs": "differs",
        "moved": "differs",
        "torn": "unreadable",
        "extra": "extra",
        "foreign": "foreign",
    }
    differences = [one for run in verdict["runs"] for one in run["differences"]]
    assert {one["against"] for one in differences} == {"ledger", "sources"}
    odd = [point for one in differences for point in one["first"]]
    assert {one["what"] for one in odd} >= {"missing", "extra", "step", "value"}
    values = {str(side["value"]) for one in odd for side in (one["wanted"], one["got"]) if side}
    assert values >= {"NaN", "Infinity", "-Infinity"}
    assert {one["ok"] for one in verdict["requirements"]} == {True, False}
    sources = {run["run"]: run["sources"] for run in verdict["runs"]}
    assert sources.pop("foreign") == []
    for run, uris in sources.items():
        assert uris == [str(Path(f"logs/{run}.csv").absolute())]


def test_no_key_comes_or_goes_unseen(verdict: Any) -> None:
    of_schema(verdict)
    validator = Draft202012Validator({"$ref": "#/$defs/verdict", "$defs": SCHEMA["$defs"]})
    places = [where for where, _ in parts(verdict) if not where.endswith("/counts")]
    assert len(places) > 20

    for place in places:
        for change in (lambda one: one.pop(next(iter(one))), lambda one: one.update(more=1)):
            other = copy.deepcopy(verdict)
            change(dict(parts(other))[place])
            assert not validator.is_valid(other), place


@pytest.mark.usefixtures("folder")
def test_small_verdicts(tbconvert: Command, tmp_path: Path) -> None:
    Path("void").mkdir()
    Path("runs").mkdir()
    Path("runs/tbconvert.json").write_text("{")
    empty = tbconvert("check", "void", "--json")
    damaged = tbconvert("check", "runs", "--sample", "5%", "--json")

    assert (empty.status, damaged.status) == (1, 1)
    assert of_schema(empty.answer)["runs"] == []
    assert [run["status"] for run in of_schema(damaged.answer)["runs"]] == ["unreadable"]


@pytest.mark.usefixtures("folder")
def test_what_kept_it_from_doing_anything(
    tbconvert: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    tbconvert("ingest", "good.csv", "--logdir", "runs", "-q")
    wrong = [
        tbconvert("check", *arguments, "--json")
        for arguments in (["nowhere"], ["runs", "god"], ["runs", "--sample", "0"])
    ]

    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("tbconvert.checking.look", interrupted)
    stopped = tbconvert("check", "runs", "--json")

    for done in (*wrong, stopped):
        of_schema(done.answer, "error")
    assert [done.status for done in wrong] == [2, 2, 2]
    assert "did you mean 'good'?" in wrong[1].answer["error"]
    assert stopped.status == stopped.answer["exit_status"] == 130
