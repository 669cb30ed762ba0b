"""Configuration files: where they are found, and what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from configured import LOG, Command, converted


@pytest.fixture(autouse=True)
def _log(folder: Path) -> None:
    Path("a.csv").write_text(LOG)


# ---------------------------------------------------------------------------- where it is


def test_it_is_found_here_and_above(tbconvert: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("tbconvert.toml").write_text('logdir = "runs"\nstep = "ep"\n')
    Path("deep/er").mkdir(parents=True)
    monkeypatch.chdir("deep/er")

    done = tbconvert("ingest", "../../a.csv", "--json").answer

    assert done["runs"][0]["sources"][0]["step"] == {"column": "ep", "how": "given"}
    assert Path("../../runs/a/tbconvert.json").exists(), "the logdir is relative to the file"


def test_the_nearest_one_is_the_only_one(
    tbconvert: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("tbconvert.toml").write_text('step = "ep"\ninclude = ["acc"]\n')
    Path("deep").mkdir()
    Path("deep/tbconvert.toml").write_text('include = ["loss"]\n')
    monkeypatch.chdir("deep")

    run = converted(tbconvert, "../a.csv", "--logdir", "r")

    assert run["sources"][0]["step"]["column"] == "step"
    assert run["scalars"] == {"tags": 1, "points": 3}


@pytest.mark.parametrize("head", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_a_section_of_pyproject_will_do(tbconvert: Command, head: str) -> None:
    padding = "# " + "x" * 98 + "\n"  # none is too long
    text = f'{head}{padding * 1000}[tool.tbconvert]\nlogdir = "runs"\nstep = "ep"\n'
    Path("pyproject.toml").write_text(text)

    assert converted(tbconvert, "a.csv")["sources"][0]["step"]["column"] == "ep"


@pytest.mark.parametrize(
    "text",
    ["", "[tool.other]\nx = 1\n", "tool = 1\n", "no toml", b"\xff\xfe"],
    ids=["empty", "others'", "no tools", "no TOML", "no text"],
)
def test_a_pyproject_that_says_nothing_is_passed_over(
    tbconvert: Command, monkeypatch: pytest.MonkeyPatch, text: str | bytes
) -> None:
    Path("tbconvert.toml").write_text('step = "ep"\n')
    Path("deep").mkdir()
    content = text if isinstance(text, bytes) else text.encode()
    Path("deep/pyproject.toml").write_bytes(content)
    monkeypatch.chdir("deep")

    run = converted(tbconvert, "../a.csv", "--logdir", "r")

    assert run["sources"][0]["step"]["column"] == "ep"


def test_tbconvert_toml_comes_before_pyproject(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text('step = "ep"\n')
    Path("pyproject.toml").write_text('[tool.tbconvert]\nstep = "none"\n')

    run = converted(tbconvert, "a.csv", "--logdir", "r")
    named = converted(tbconvert, "a.csv", "--logdir", "r", "--config", "pyproject.toml")

    assert run["sources"][0]["step"]["column"] == "ep"
    assert named["sources"][0]["step"]["how"] == "row number"


def test_none_is_none(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text("this is no TOML")

    run = converted(tbconvert, "a.csv", "--logdir", "r", "--config", "none")
    by_variable = converted(tbconvert, "a.csv", "--logdir", "r", TBCONVERT_CONFIG="none")

    assert run["sources"][0]["step"]["column"] == "step"
    assert by_variable["sources"] == run["sources"]


def test_it_is_named_by_a_variable(tbconvert: Command) -> None:
    Path("mine.toml").write_text('step = "ep"\n')

    run = converted(tbconvert, "a.csv", "--logdir", "r", TBCONVERT_CONFIG="mine.toml")

    assert run["sources"][0]["step"]["column"] == "ep"


# ------------------------------------------------------------------------------ precedence


def test_the_command_line_then_variables_then_the_file(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text('logdir = "r"\nstep = "ep"\n')

    def step(*arguments: str, **environment: str) -> str:
        run = converted(tbconvert, "a.csv", *arguments, **environment)
        return str(run["sources"][0]["step"]["column"])

    assert step() == "ep"
    assert step(TBCONVERT_STEP="none") == "None"
    assert step("--step", "step", TBCONVERT_STEP="none") == "step"


@pytest.mark.parametrize("how", ["option", "variable"])
def test_a_section_for_some_files_gives_way_to_the_command_line(
    tbconvert: Command, how: str
) -> None:
    Path("tbconvert.toml").write_text('[[source]]\nmatch = "*.csv"\nstep = "ep"\n')

    plain = converted(tbconvert, "a.csv", "--logdir", "r")
    if how == "option":
        given = converted(tbconvert, "a.csv", "--logdir", "r", "--step", "step")
    else:
        given = converted(tbconvert, "a.csv", "--logdir", "r", TBCONVERT_STEP="step")

    assert plain["sources"][0]["step"]["column"] == "ep"
    assert given["sources"][0]["step"]["column"] == "step"


def test_a_section_is_before_the_other_keys(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text('step = "none"\n[[source]]\nmatch = "a.*"\nstep = "ep"\n')

    assert converted(tbconvert, "a.csv", "--logdir", "r")["sources"][0]["step"]["column"] == "ep"


# ------------------------------------------------------------------------------- what it says


def test_every_kind_of_value(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text(
        'logdir = "r"\nheader = false\nstep_scale = 10\nbad-color = [0, 255, 0]\njson = true\n'
        'run = "mine"\nmax-images = 3\ndry-run = true\nexclude = "column_4"\nstep = "column_1"\n'
        '[rename]\ncolumn_3 = "loss"\n[hparam]\nlr = 0.5\nflag = true\nname = "a b"\n'
    )
    Path("b.csv").write_text("1,5,0.5,1\n2,6,0.25,1\n")

    (run,) = tbconvert("ingest", "b.csv").answer["runs"]

    assert run["run"] == "mine"
    assert run["scalars"] == {"tags": 2, "points": 4}
    assert run["hparams"] == 3
    assert not Path("r").exists()


def test_sections_are_for_some_files(tbconvert: Command) -> None:
    Path("deep").mkdir()
    for name in ("deep/b.csv", "deep/c.csv", "d.csv"):
        Path(name).write_text("n1;n2;loss\n0;5;0,5\n1;6;0,25\n")
    Path("tbconvert.toml").write_text(
        'logdir = "r"\n[[source]]\nmatch = "deep/*.csv"\nstep = "n1"\ndelimiter = ";"\n'
        '[[source]]\nmatch = "c.csv"\nstep = "n2"\n'
    )

    answer = tbconvert("ingest", "deep", "d.csv", "--dry-run", "--json").answer

    steps = {run["run"]: run["sources"][0]["step"]["column"] for run in answer["runs"]}
    assert steps == {"b": "n1", "c": "n2", "d": None}


def test_standard_input_has_a_section_too() -> None:
    Path("tbconvert.toml").write_text('[[source]]\nmatch = "stdin"\nstep = "ep"\n')
    words = [sys.executable, "-m", "tbconvert", "ingest", "-", "--logdir", "r", "--json"]

    done = subprocess.run(
        words, input=b"ep,step,loss\n3,1,0.5\n4,2,1\n", capture_output=True, check=True
    )

    (run,) = json.loads(done.stdout)["runs"]
    assert run["sources"][0]["step"] == {"column": "ep", "how": "given"}


def test_dialects_are_known_in_other_processes(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text(
        'logdir = "r"\n[dialect.mylab]\nfiles = "*.lab"\nstep = "tick"\n'
    )
    for name in "bcd":
        Path(f"{name}.lab").write_text("tick,loss\n7,0.5\n9,0.25\n")

    answer = tbconvert("ingest", "b.lab", "c.lab", "d.lab", "--jobs", "2", "--json").answer

    assert answer["exit_status"] == 0
    for run in answer["runs"]:
        assert run["sources"][0]["dialect"] == "mylab"
        assert run["sources"][0]["step"] == {"column": "tick", "how": "inferred"}


def test_a_dialect_may_be_built_on_another_one(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text(
        'logdir = "r"\n[dialect.one]\nfiles = "*.one"\nstep = "tick"\n'
        '[dialect.two]\nbase = "one"\nfiles = "*.two"\nwall_time = "when"\n'
    )
    Path("a.two").write_text("tick,when,loss\n7,1700000000,0.5\n9,1700000001,0.25\n")

    (source,) = converted(tbconvert, "a.two")["sources"]

    assert (source["dialect"], source["step"]["column"]) == ("two", "tick")
    assert source["wall_time"]["column"] == "when"


def test_dialects_are_forgotten_with_their_configuration(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text('[dialect.mylab]\nfiles = "*.csv"\nstep = "ep"\n')

    before = converted(tbconvert, "a.csv", "--logdir", "r")
    after = converted(tbconvert, "a.csv", "--logdir", "r", "--config", "none")

    assert before["sources"][0]["dialect"] == "mylab"
    assert after["sources"][0]["dialect"] == "generic"


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ('step = "step"\n', 'step = "ep"\n'),
        ("", '[[source]]\nmatch = "a.csv"\nstep = "ep"\n'),
        ("", '[dialect.mylab]\nfiles = "a.csv"\nstep = "ep"\n'),
    ],
    ids=["option", "section", "dialect"],
)
def test_a_run_is_made_anew_where_the_configuration_changed(
    tbconvert: Command, first: str, then: str
) -> None:
    def status(text: str) -> list[str]:
        Path("tbconvert.toml").write_text(text)
        answer = tbconvert("ingest", "a.csv", "--logdir", "r", "--json").answer
        return [f"{run['status']} {run['sources'][0]['step']['column']}" for run in answer["runs"]]

    assert status(first) == ["written step"]
    assert status(first) == ["unchanged step"]
    assert status(then) == ["written ep"]
    assert status(then) == ["unchanged ep"]


def test_other_commands_take_what_is_theirs(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text(
        'logdir = "r"\njobs = 2\nstrict = true\nstep = "ep"\n[dialect.mylab]\nfiles = "x.csv"\n'
    )

    inspected = tbconvert("inspect", "a.csv", "--json").answer
    formats = tbconvert("formats", "--json").answer

    assert inspected["sources"][0]["step"]["column"] == "ep"
    assert inspected["command"] == "tbconvert ingest a.csv"
    assert formats["dialects"][0] | {"known_by": []} == {
        "name": "mylab",
        "about": "of the configuration, like generic",
        "of": "configuration",
        "files": "x.csv",
        "known_by": [],
        "sample": "",
    }
