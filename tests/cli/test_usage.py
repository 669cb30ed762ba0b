"""How the command is called: its help, its variables, and what it says when called wrongly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from tbconvert import Options, UsageError
from tbconvert.cli.ingest import ingest
from tbconvert.cli.knobs import Choice, Colour, Knob, Pair, Shard
from tbconvert.cli.main import run
from tbconvert.cli.main import tbconvert as program
from tbconvert.cli.pipelines import Required, Words

KNOBS = {param.opts[0]: param for param in ingest.params if isinstance(param, click.Option)}

WRONG_USAGE = {
    "no source": ([], "Missing argument"),
    "no logdir": (["a.csv"], "--logdir"),
    "mistyped option": (["a.csv", "--logdri", "runs"], "Did you mean '--logdir'?"),
    "mistyped choice": (["a.csv", "--on-duplicate", "frist"], "Did you mean 'first'?"),
    "choice far from any": (["a.csv", "--on-duplicate", "zzz"], "'last', 'first', 'mean', 'error'"),
    "no number": (["a.csv", "--step-scale", "many"], "'many' is not a valid float"),
    "scale of nothing": (["a.csv", "--step-scale", "0"], "--step-scale: got 0.0, wanted a number"),
    "scale that is no number": (["a.csv", "--step-scale", "nan"], "wanted a number above 0"),
    "no jobs": (["a.csv", "--jobs", "0"], "--jobs"),
    "unknown format": (["a.csv", "--format", "xml"], "got 'xml', wanted one of npz"),
    "unknown dialect": (["a.csv", "--dialect", "klingon"], "got 'klingon', wanted one of"),
    "mistyped dialect": (["a.csv", "--dialect", "genric"], "did you mean 'generic'?"),
    "unknown encoding": (["a.csv", "--encoding", "utf-9"], "--encoding: got 'utf-9', wanted"),
    "encoding of no text": (["a.csv", "--encoding", "base64"], "--encoding: got 'base64', wanted"),
    "long delimiter": (["a.csv", "--delimiter", "--"], "--delimiter: got '--', wanted one char"),
    "decimal sign that is none": (["a.csv", "--decimal", "x"], "--decimal: got 'x', wanted '.' or"),
    "half a renaming": (["a.csv", "--rename", "loss"], "wanted OLD=NEW"),
    "setting of two values": (
        ["a.csv", "--hparam", "lr=1", "--hparam", "seed=1", "--hparam", "lr=2"],
        "--hparam: got lr=1 and lr=2, wanted one value of 'lr'",
    ),
    "path for an identifier": (["a.csv", "--identifier", "../x"], "wanted part of a file name"),
    "no identifier": (["a.csv", "--identifier", ""], "--identifier: got '', wanted part of"),
    "run outside": (["a.csv", "--run", "../../x"], "wanted a name inside of the logdir"),
    "run at the root": (["a.csv", "--run", "/etc/x"], "wanted a name inside of the logdir"),
    "run on a drive": (["a.csv", "--run", r"C:\x"], "wanted a name inside of the logdir"),
    "graph that is not there": (
        ["a.csv", "--graph", "no.pb"],
        "'no.pb': no such file or directory",
    ),
    "graph that is none": (["a.csv", "--graph", "a.csv"], "'a.csv': not a graph: got"),
    "mistyped graph": (["a.csv", "--graph", "Auto"], "did you mean 'auto'?"),
    "run of a reserved name": (["a.csv", "--run", "a/CON"], "'a/CON_' would be"),
    "source of no name": ([""], "got '' as a source, wanted a file"),
    "run that looks like a file": (
        ["a.csv", "--logdir", "x.tfevents.d", "--run", "."],
        "takes a folder of such a name for an event file",
    ),
    "logdir of no name": (["a.csv", "--logdir", ""], "--logdir: got '', wanted a folder"),
    "logdir far away": (["a.csv", "--logdir", "hdfs://host/runs"], "wanted s3://, gs://"),
}


def unquoted(text: str) -> str:
    """Return a text without the quotes that some versions of click set, and others do not."""
    return text.replace("'", "")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("arguments", "said"), WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage_says_what_is_right_and_does_nothing(
    tbconvert: Callable[..., Any], arguments: list[str], said: str
) -> None:
    logdir = [] if {"--logdir", "--logdri"} & {*arguments} or said == "--logdir" else ["runs"]
    to = ["--logdir", *logdir] if logdir else []

    plain = tbconvert("ingest", *arguments, *to)
    as_json = tbconvert("ingest", *arguments, *to, "--json")

    assert (plain.status, plain.out) == (2, "")
    assert unquoted(said) in unquoted(plain.err)
    assert as_json.status == 2
    assert as_json.answer.keys() == {"tbconvert", "exit_status", "error"}
    assert as_json.answer["exit_status"] == 2
    assert unquoted(said) in unquoted(as_json.answer["error"])
    assert not Path("runs").exists()


def test_no_summary_of_a_command_is_cut(tbconvert: Callable[..., Any]) -> None:
    said = tbconvert("--help").out

    _, _, commands = said.partition("Commands:\n")
    assert {line.split()[0] for line in commands.splitlines()} == {*program.commands}
    assert "..." not in commands


@pytest.mark.usefixtures("folder")
def test_a_setting_may_be_said_twice_if_it_is_the_same(tbconvert: Callable[..., Any]) -> None:
    again = ("--hparam", "lr=1", "--hparam", "lr=1")

    done = tbconvert("ingest", "a.csv", "--logdir", "runs", *again, "--json")

    assert done.status == 0
    assert done.answer["runs"][0]["hparams"] == 1


@pytest.mark.parametrize("name", ["hparam", "rename"])
@pytest.mark.parametrize(
    "given", [{"lr": "1"}, ["lr=1"], [("lr", 0.1)], [("a", "b", "c")]], ids=str
)
def test_from_python_pairs_are_wanted(name: str, given: Any) -> None:
    with pytest.raises(UsageError, match=f"--{name}: got .* wanted pairs of texts"):
        Options(**{name: given})


@pytest.mark.usefixtures("folder")
def test_json_asked_for_by_variable_also_answers_wrong_usage(
    tbconvert: Callable[..., Any],
) -> None:
    done = tbconvert("ingest", "a.csv", "--logdri", "runs", TBCONVERT_JSON="1")

    assert done.answer["exit_status"] == done.status == 2


@pytest.mark.usefixtures("folder")
def test_a_time_that_is_none_is_wrong_usage(tbconvert: Callable[..., Any]) -> None:
    done = tbconvert("ingest", "a.csv", "--logdir", "runs", SOURCE_DATE_EPOCH="today")

    assert done.status == 2
    assert "SOURCE_DATE_EPOCH: got 'today'" in done.err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("mistyped", "meant"), [("stpe", "step"), ("LOS", "loss"), ("accuracy", "acc")]
)
def test_the_nearest_column_is_proposed(
    tbconvert: Callable[..., Any], mistyped: str, meant: str
) -> None:
    done = tbconvert("ingest", "a.csv", "--logdir", "runs", "--step", mistyped)

    assert done.status == 1
    assert f"--step: no column {mistyped!r}; did you mean {meant!r}?" in done.err


def test_a_command_that_is_none_is_wrong_usage(tbconvert: Callable[..., Any]) -> None:
    done = tbconvert("ingset", "a.csv")

    assert (done.status, done.out) == (2, "")
    assert "No such command 'ingset'" in done.err


# -------------------------------------------------------------------------------- help


def test_help_shows_every_option_in_its_group(tbconvert: Callable[..., Any]) -> None:
    page = tbconvert("ingest", "--help").out
    sections = dict(section.split(":\n", 1) for section in page.split("\n\n") if ":\n" in section)

    for name, param in KNOBS.items():
        assert isinstance(param, Knob), name
        assert f"  {name}" in sections[param.group] or f", {name}" in sections[param.group]


def test_help_shows_its_examples_as_commands_of_their_own(tbconvert: Callable[..., Any]) -> None:
    pages = [tbconvert("--help").out, tbconvert("ingest", "--help").out]

    for page in pages:
        lines = page.splitlines()
        examples = [line.strip() for line in lines if "tbconvert ingest run.csv" in line]
        assert examples == ["tbconvert ingest run.csv --logdir runs"]
        assert "\\b" not in page


def test_no_arguments_show_help(tbconvert: Callable[..., Any]) -> None:
    done = tbconvert("ingest")

    assert done.status in (0, 2)  # by the version of click
    assert "Usage: tbconvert ingest" in done.out + done.err


def test_version(tbconvert: Callable[..., Any]) -> None:
    from tbconvert import __version__

    assert tbconvert("--version").out == f"tbconvert {__version__}\n"


@pytest.mark.parametrize("command", program.commands)
def test_help_waits_for_no_slow_import(command: str) -> None:
    code = (
        f"import sys; from tbconvert.cli import run; run([{command!r}, '--help']);"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = set(done.stderr.split())
    assert "click" in loaded
    assert loaded.isdisjoint({"numpy", "pyarrow", "google", "crc32c"})


@pytest.mark.parametrize("command", [("ingest", "--logdir", "runs"), ("inspect",)])
def test_a_plain_log_waits_for_no_import_that_takes_as_long(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    log = tmp_path / "run.csv"
    log.write_text("epoch,loss,lr\n" + "".join(f"{n},{1 / n},0.1\n" for n in range(1, 20)))
    (tmp_path / "pandas.py").write_text("__version__ = '3.0.0'\n")  # whoever has it
    code = (
        f"import sys; from tbconvert.cli import run; run([*{command!r}, {str(log)!r}]);"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    loaded = set(done.stderr.split())
    assert "pyarrow.lib" in loaded
    assert loaded.isdisjoint({"pyarrow.compute", "pyarrow.parquet", "yaml", "pandas"})


# --------------------------------------------------------------------------- variables


def sample(param: click.Option) -> str:
    if param.is_flag:
        return "1"
    match param.type:
        case Choice():
            return str(param.type.choices[-1])
        case Pair():
            return "a=b"
        case click.types.IntRange() | click.types.FloatParamType():
            return "2"
        case Colour():
            return "1,2,3"
        case Shard():
            return "2/3"
        case Required():
            return "loss last < 1"
        case Words():
            return param.type.words[-1]
    return "something"


def parsed(*arguments: str) -> Any:
    return ingest.make_context("ingest", ["a.csv", *arguments]).params


@pytest.mark.parametrize("name", [name for name in KNOBS if name not in ("--logdir", "--config")])
def test_every_option_can_be_a_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    param = KNOBS[name]
    value = sample(param)
    by_option = parsed("--logdir", "runs", name, *([] if param.is_flag else [value]))

    monkeypatch.setenv("TBCONVERT_" + name.strip("-").replace("-", "_").upper(), value)
    by_variable = parsed("--logdir", "runs")

    assert by_variable == by_option
    assert by_variable[param.name] not in (param.default, None, False, ())


@pytest.mark.usefixtures("folder")
def test_variables_change_what_is_converted(tbconvert: Callable[..., Any]) -> None:
    done = tbconvert(
        *("ingest", "a.csv", "--json"),
        TBCONVERT_LOGDIR="elsewhere",
        TBCONVERT_INCLUDE="acc loss",
        TBCONVERT_EXCLUDE="lo*",
        TBCONVERT_DRY_RUN="1",
    )

    assert done.answer["logdir"] == "elsewhere"
    assert done.answer["runs"][0]["scalars"] == {"tags": 1, "points": 2}
    assert not Path("elsewhere").exists()


def test_options_of_every_command_have_a_group() -> None:
    assert program.commands.keys() == {"ingest", "inspect", "check", "formats", "report"}
    for command in program.commands.values():
        for param in command.params:
            assert isinstance(param, Knob | click.Argument)


# -------------------------------------------------------------------------- completion


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return a PATH on which ``tbconvert`` is this package."""
    program = tmp_path / "bin" / "tbconvert"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m tbconvert "$@"\n')
    program.chmod(0o755)
    return f"{program.parent}{os.pathsep}{os.environ['PATH']}"


def complete(path: str, shell: str, words: str, at: str) -> list[str]:
    done = subprocess.run(
        ["tbconvert"],
        env=os.environ
        | {"PATH": path, "_TBCONVERT_COMPLETE": f"{shell}_complete"}
        | {"COMP_WORDS": words, "COMP_CWORD": at},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_bash_completes_options_and_choices(path: str) -> None:
    script = """
        eval "$(_TBCONVERT_COMPLETE=bash_source tbconvert)"
        COMP_WORDS=(tbconvert ingest --on-) COMP_CWORD=2
        _tbconvert_completion tbconvert && echo "${COMPREPLY[@]}"
        COMPREPLY=() COMP_WORDS=(tbconvert ingest --on-backward s) COMP_CWORD=3
        _tbconvert_completion tbconvert && echo "${COMPREPLY[@]}"
    """

    done = subprocess.run(
        ["bash", "-euc", script],
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == ["--on-duplicate --on-backward", "sort"]


def test_zsh_and_fish_complete_options(path: str) -> None:
    words = "tbconvert ingest --on-d"

    assert "--on-duplicate" in complete(path, "zsh", words, "2")
    assert any("--on-duplicate" in line for line in complete(path, "fish", words, "--on-d"))


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_scripts_for_other_shells(path: str, shell: str) -> None:
    done = subprocess.run(
        ["tbconvert"],
        env=os.environ | {"PATH": path, "_TBCONVERT_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "_TBCONVERT_COMPLETE=" + shell in done.stdout


# ------------------------------------------------------------------ the package's own doors


def test_python_m_and_the_command_are_one(path: str, tmp_path: Path) -> None:
    asked = {"env": os.environ | {"PATH": path}, "capture_output": True, "text": True}

    by_name = subprocess.run(["tbconvert", "formats", "--json"], check=True, **asked)
    by_module = subprocess.run(
        [sys.executable, "-m", "tbconvert", "formats", "--json"], check=True, **asked
    )

    assert json.loads(by_name.stdout) == json.loads(by_module.stdout)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupt_is_one_whatever_an_import_makes_of_it(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        try:
            os.kill(os.getpid(), number)
        except KeyboardInterrupt:
            raise TypeError("expected a message argument") from None

    def at_fault(*_: object, **__: object) -> None:
        raise TypeError("expected a message argument")

    monkeypatch.setattr(program, "main", interrupted)
    assert run(["formats"]) == 130
    monkeypatch.setattr(program, "main", at_fault)
    with pytest.raises(TypeError):
        run(["formats"])
