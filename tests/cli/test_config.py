"""Configuration files: where they are found, what they say, and what is said of wrong ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


def converted(tbconvert: Command, *arguments: str, **environment: str) -> dict[str, Any]:
    """Return the only run of a dry run."""
    done = tbconvert("ingest", *arguments, "--dry-run", "--json", **environment)
    (run,) = done.answer["runs"]
    return run


@pytest.fixture(autouse=True)
def _log(folder: Path) -> None:
    Path("a.csv").write_text("step,ep,loss,acc\n0,5,1.0,0.1\n1,6,0.5,0.2\n2,7,0.25,0.3\n")


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


# ------------------------------------------------------------------------------- what is wrong

WRONG = {
    "no TOML": ("step = ", "not TOML: "),
    "mistyped key": ('stpe = "ep"', "no option 'stpe'; did you mean 'step'?"),
    "key of no option": ("zzzzz = 1", "no option 'zzzzz'"),
    "itself": ('config = "x"', "no option 'config'"),
    "mistyped choice": ('on-duplicate = "frist"', "on-duplicate: ", "Did you mean 'first'?"),
    "mistyped format": ('format = "cvs"', "--format: got 'cvs'", "did you mean 'csv'?"),
    "mistyped dialect": ('dialect = "genric"', "--dialect: got 'genric'", "mean 'generic'?"),
    "unknown encoding": ('encoding = "utf-9"', "--encoding: got 'utf-9'"),
    "scale of nothing": ("step-scale = 0", "--step-scale: got 0.0, wanted a number above 0"),
    "truth for a number": ("jobs = true", "jobs: got true, wanted a whole number"),
    "text for a number": ('jobs = "4"', "jobs: got '4', wanted a whole number"),
    "decimals": ("jobs = 1.5", "jobs: got 1.5, wanted a whole number"),
    "out of range": ("jobs = 0", "jobs: 0 is not in the range x>=1"),
    "truth for a scale": ("step-scale = true", "step-scale: got true, wanted a number"),
    "text for a truth": ('strict = "yes"', "strict: got 'yes', wanted true or false"),
    "truth for a text": ("step = false", "step: got false, wanted a text"),
    "list for a text": ('step = ["ep"]', "step: got ['ep'], wanted one value"),
    "table for a text": ("[step]\nx = 1", "step: got {'x': 1}, wanted one value"),
    "numbers for texts": ("exclude = [1]", "exclude: got [1], wanted a text, or a list of texts"),
    "half a renaming": ('rename = ["loss"]', "rename: got 'loss', wanted OLD=NEW"),
    "list of a setting": ("[hparam]\nlr = [1]", "hparam: lr: got [1], wanted a text, a number"),
    "colour of five": ("bad-color = [1, 2, 3, 4, 5]", "bad-color: ", "wanted 1, 3 or 4 numbers"),
    "pattern of no groups": ('pattern = "loss"', "--pattern: got 'loss', wanted groups with"),
    "one bracket": ('[source]\nmatch = "*"', "source: wanted sections, each headed [[source]]"),
    "no match": ('[[source]]\nstep = "x"', "source: got None for 'match', wanted a glob"),
    "mistyped key of a section": (
        '[[source]]\nmatch = "*.csv"\nstpe = "x"',
        "source '*.csv': no option 'stpe' for single files; did you mean 'step'?",
    ),
    "option for all files": (
        '[[source]]\nmatch = "*.csv"\non-duplicate = "first"',
        "source '*.csv': no option 'on_duplicate' for single files",
    ),
    "wrong value in a section": (
        '[[source]]\nmatch = "*.csv"\nheader = "no"',
        "source '*.csv': header: got 'no', wanted true or false",
    ),
    "wrong pattern in a section": (
        '[[source]]\nmatch = "*.csv"\npattern = "x"',
        "source '*.csv': --pattern: got 'x', wanted groups with names",
    ),
    "mistyped format in a section": (
        '[[source]]\nmatch = "*.csv"\nformat = "cvs"',
        "source '*.csv': format: got 'cvs'",
        "did you mean 'csv'?",
    ),
    "unknown encoding in a section": (
        '[[source]]\nmatch = "*.csv"\nencoding = "utf-9"',
        "--encoding: got 'utf-9'",
    ),
    "no dialect": ("dialect = [1]", "dialect: wanted sections, each headed [dialect.NAME]"),
    "mistyped key of a dialect": (
        '[dialect.x]\nfiles = "a"\nwal_time = "t"',
        "dialect.x: no key 'wal_time'; did you mean 'wall_time'?",
    ),
    "dialect of no mark": ('[dialect.x]\nstep = "t"', "dialect.x: wanted 'files', 'columns' or"),
    "number in a dialect": (
        '[dialect.x]\nfiles = "a"\nstep = 3',
        "dialect.x.step: got 3, wanted a text, or a list of texts",
    ),
    "base that is none": (
        '[dialect.x]\nfiles = "a"\nbase = "genric"',
        "dialect.x.base: got 'genric', wanted one of",
        "did you mean 'generic'?",
    ),
    "format of no file": (
        '[dialect.x]\nfiles = "a"\nformats = "cvs"',
        "dialect.x.formats: got 'cvs'",
        "did you mean 'csv'?",
    ),
}


@pytest.mark.parametrize(("text", "said"), [(w[0], w[1:]) for w in WRONG.values()], ids=WRONG)
def test_what_is_wrong_is_named_with_its_file(
    tbconvert: Command, text: str, said: tuple[str, ...]
) -> None:
    Path("tbconvert.toml").write_text(text)

    plain = tbconvert("ingest", "a.csv", "--logdir", "r")
    as_json = tbconvert("ingest", "a.csv", "--logdir", "r", "--json")

    assert (plain.status, plain.out) == (2, "")
    message = as_json.answer["error"].replace('"', "'")
    assert message.startswith(f"{Path.cwd() / 'tbconvert.toml'}: "), message
    for part in said:
        assert part in message, message
    assert not Path("r").exists()


def test_what_the_command_line_says_is_not_blamed_on_the_file(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text('[[source]]\nmatch = "*"\nformat = "csv"\n')

    done = tbconvert("ingest", "a.csv", "--logdir", "r", "--format", "cvs")

    assert "tbconvert.toml" not in done.err
    assert "--format: got 'cvs'" in done.err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone.toml", "--config: gone.toml: no such file"),
        (".", "--config: .: "),
        ("pyproject.toml", "pyproject.toml: no section [tool.tbconvert] in it"),
        ("latin.toml", "latin.toml: not TOML: not in UTF-8"),
    ],
)
def test_a_file_that_was_named_has_to_be_one(tbconvert: Command, name: str, said: str) -> None:
    Path("pyproject.toml").write_text("[tool.other]\n")
    Path("latin.toml").write_bytes('run = "é"'.encode("latin-1"))

    done = tbconvert("ingest", "a.csv", "--logdir", "r", "--config", name)

    assert (done.status, done.out) == (2, "")
    assert said in done.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_named(tbconvert: Command) -> None:
    Path("tbconvert.toml").write_text('step = "ep"\n')
    Path("tbconvert.toml").chmod(0)

    done = tbconvert("ingest", "a.csv", "--logdir", "r")

    assert done.status == 2
    assert "tbconvert.toml: permission denied" in done.err.lower()


def test_a_file_that_cannot_be_read_is_named(tbconvert: Command) -> None:
    Path("tbconvert.toml").symlink_to("/proc/self/mem")  # it is there, and nobody can read it

    done = tbconvert("ingest", "a.csv", "--logdir", "r")

    assert done.status == 2
    assert "tbconvert.toml: " in done.err


def test_a_folder_of_that_name_is_no_configuration(tbconvert: Command) -> None:
    Path("tbconvert.toml").mkdir()

    assert converted(tbconvert, "a.csv", "--logdir", "r")["status"] == "written"


def test_a_graph_is_relative_to_the_file(
    tbconvert: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = {"class_name": "Dense", "config": {"name": "dense", "units": 3}}
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": [layer]}}
    Path("model.json").write_text(json.dumps(model))
    Path("tbconvert.toml").write_text('graph = "model.json"\n')
    Path("deep").mkdir()
    monkeypatch.chdir("deep")

    assert converted(tbconvert, "../a.csv", "--logdir", "r")["graph"]
