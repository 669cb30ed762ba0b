"""Folders in which logs are not alone: forced formats, settings of several runs, data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tbconvert import plan_runs
from tbconvert.options import Options
from tbconvert.plan import Plan

LOG = "step,loss\n0,1.0\n1,0.5\n"
YAML = "lr: 0.1\nseed: 7\n"
DATA = "image,label,prediction\n" + "".join(f"im_{n:03}.png,{n % 3},{n % 2}\n" for n in range(6))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def put(name: str, text: str = LOG) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def plan(*inputs: str, **options: object) -> Plan:
    return plan_runs(inputs, "runs", Options(**options))  # type: ignore[arg-type]


def sources(made: Plan) -> dict[str, list[tuple[str, str]]]:
    return {str(job.run): [(s.uri, s.format) for s in job.sources] for job in made.jobs}


def reasons(made: Plan) -> dict[str, str]:
    return {error.origin.uri: error.problem for error in made.skipped}


def notes(made: Plan, uri: str) -> list[str]:
    every = [source for job in made.jobs for source in job.sources if source.uri == uri]
    return [note for source in every for note in source.read_options.get("notes", ())]


# ---------------------------------------------------------------------------- --format


@pytest.mark.parametrize(
    ("name", "text", "format"),
    [("config.yaml", YAML, "yaml"), ("hparams.json", json.dumps({"lr": 0.1}), "json")],
)
def test_a_format_is_that_of_the_logs_and_not_of_the_settings_beside(
    name: str, text: str, format: str
) -> None:
    put("x/a.csv")
    put(f"x/{name}", text)

    made = plan("x", format="csv")

    assert sources(made) == {"a": [("x/a.csv", "csv"), (f"x/{name}", format)]}
    assert (made.skipped, made.failed) == ([], [])


def test_a_format_passes_over_what_is_something_else_and_says_so() -> None:
    put("x/a.csv")
    put("x/b.jsonl", '{"step": 0, "loss": 1.0}\n{"step": 1, "loss": 0.5}\n')
    put("x/compose.yaml", YAML)

    made = plan("x", format="csv")

    assert sources(made) == {"a": [("x/a.csv", "csv")]}
    assert reasons(made) == {
        "x/b.jsonl": "JSON lines: one object a line, and --format csv is wanted; "
        "converted so where it is named",
        "x/compose.yaml": "YAML, and no settings by its name; converted where it is named",
    }


def test_a_format_holds_for_what_is_none_by_itself_and_where_it_is_named() -> None:
    put("x/odd.txt", "a line\nanother one\nwords only\n")
    put("x/config.yaml", YAML)

    assert sources(plan("x/odd.txt", "x/config.yaml", format="csv")).keys() == {"odd", "config"}
    assert sources(plan("x", format="csv")).keys() == {"odd"}


# ------------------------------------------------------------------------------ settings


def test_settings_beside_several_runs_are_given_to_each_and_that_is_said() -> None:
    put("x/a.csv")
    put("x/b.csv")
    put("x/config.yaml", YAML)
    put("y/a.csv")
    put("y/config.yaml", YAML)

    made = plan("x", "y")

    found = {run: [uri for uri, _ in of] for run, of in sources(made).items()}
    assert found == {
        "x/a": ["x/a.csv", "x/config.yaml"],
        "b": ["x/b.csv", "x/config.yaml"],
        "y/a": ["y/a.csv", "y/config.yaml"],
    }
    said = "lies beside 2 runs, and its settings were given to each of them"
    assert notes(made, "x/config.yaml") == [said]  # by the first of them
    assert notes(made, "y/config.yaml") == []


# ---------------------------------------------------------------------------------- data


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.txt", "nothing, really\n"),
        ("notes.txt", "nothing, really"),
        ("list.txt", "\nbread; butter; jam\n\n"),
        ("todo.csv", "who,what\n"),
    ],
)
def test_names_without_a_row_are_no_log_unless_something_says_so(name: str, text: str) -> None:
    put("x/a.csv")
    put(f"x/{name}", text)

    made = plan("x")

    assert sources(made) == {"a": [("x/a.csv", "csv")]}
    assert reasons(made) == {
        f"x/{name}": "names without a row, none of them a step or a time, and no log by its name; "
        "converted where it is named"
    }
    assert sources(plan(f"x/{name}")).keys() == {name.partition(".")[0]}
    assert sources(plan("x", format="csv")).keys() == {"a", name.partition(".")[0]}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("run_1.csv", "step,foo\n"),
        ("run_1.txt", "epoch, foo, bar"),
        ("run_1.csv", "foo,timestamp\n"),
        ("loss.csv", "train,test\n"),
        ("metrics.csv", "foo,bar\n"),
    ],
)
def test_a_log_of_which_only_the_names_are_there_is_one(name: str, text: str) -> None:
    put(f"x/{name}", text)

    made = plan("x")

    assert [uri for [(uri, _)] in sources(made).values()] == [f"x/{name}"]
    assert made.skipped == []


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("predictions.csv", DATA, "column 'image' has another text in each row"),
        ("iris.csv", "sepal,petal\n5.1,3.5\n4.9,3.0\n4.7,3.2\n", "none is named like a metric"),
    ],
)
def test_a_table_that_may_be_data_is_a_run_and_a_remark(name: str, text: str, why: str) -> None:
    put("x/a.csv")
    put(f"x/{name}", text)

    made = plan("x")

    assert {uri for of in sources(made).values() for uri, _ in of} == {"x/a.csv", f"x/{name}"}
    (said,) = notes(made, f"x/{name}")
    assert said.startswith("may be data rather than a log: no column is named like a step or a")
    assert why in said
    assert notes(made, "x/a.csv") == []
    assert notes(plan(f"x/{name}"), f"x/{name}") == []  # who names it knows what it is


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "loss,acc\n1.5,0.5\n1.25,0.75\n1.0,0.8\n"),
        ("a.csv", "step,name\n0,p\n1,q\n2,r\n"),
        ("a.csv", "timestamp,load\n1700000000,1\n1700000001,2\n"),
        ("training_log.csv", "sepal,petal\n5.1,3.5\n4.9,3.0\n4.7,3.2\n"),
    ],
)
def test_a_log_is_no_data(name: str, text: str) -> None:
    put(f"x/{name}", text)

    assert not any("may be data" in note for note in notes(plan("x"), f"x/{name}"))
