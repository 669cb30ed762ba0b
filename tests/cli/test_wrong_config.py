"""Configuration files that are wrong: each is named, with its key and the nearest right one."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.core import ParameterSource
from configured import LOG, Command, converted

from tbconvert.cli.config import Config
from tbconvert.errors import UsageError


@pytest.fixture(autouse=True)
def _log(folder: Path) -> None:
    Path("a.csv").write_text(LOG)


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
    "picture of no way": ('image = "w=odd"', "image: got 'odd' for 'w', wanted one of off, matrix"),
    "step of no group": ('step-from = "x"', "--step-from: got 'x', wanted a group in it"),
    "name of no run": ('run-name = "{zzz}"', "--run-name: got '{zzz}'"),
    "key twice": (
        "step_scale = 10\nstep-scale = 100",
        "'step_scale' and 'step-scale' are one option, wanted one of them",
    ),
    "truth twice": (
        "dry_run = true\ndry-run = false",
        "'dry_run' and 'dry-run' are one option, wanted one of them",
    ),
    "key of a section twice": (
        '[[source]]\nmatch = "*.csv"\nwall-time = "a"\nwall_time = "b"',
        "source '*.csv': 'wall-time' and 'wall_time' are one option, wanted one of them",
    ),
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


def test_the_file_is_blamed_for_what_it_says_whatever_is_said_of_it() -> None:
    ctx = click.Context(click.Command("ingest"))
    ctx.set_parameter_source("step", ParameterSource.DEFAULT_MAP)
    config = Config(
        Path("x.toml"), {"step": "a", "delimiter": ";"}, ({"match": "*", "decimal": ","},)
    )

    def said(option: str) -> str:
        with pytest.raises(UsageError) as told, config.blamed(ctx):
            raise UsageError("--step: no good", option)
        return str(told.value)

    blamed = ("step", "decimal", "sources", "dialects")
    assert {said(option) for option in blamed} == {"x.toml: --step: no good"}
    assert {said(option) for option in ("", "delimiter", "logdir")} == {"--step: no good"}


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
