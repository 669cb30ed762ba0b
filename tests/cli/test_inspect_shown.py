"""How ``tbconvert inspect`` shows what it found."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tbconvert.summaries.text import SETTINGS_TAG

Command = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("folder")

SOURCE = [
    *("uri", "run", "format", "dialect", "compression", "encoding", "delimiter", "decimal"),
    *("header_line", "rows", "step", "wall_time", "columns", "arrays"),
]
RUN = [
    *("run", "status", "sources", "points", "scalars", "histograms", "images", "texts", "graph"),
    *("hparams", "missing", "rejected", "superseded", "non_finite", "problems"),
]
SCALAR = ["tag", "points", "non_finite", "first_step", "last_step", "last", "min", "max", "curve"]


def test_curves_are_drawn(tbconvert: Command) -> None:
    Path("b.csv").write_text("step,up,odd\n" + "".join(
        f"{i},{i},{'nan' if i > 3 else i}\n" for i in range(8)))  # fmt: skip

    lines = tbconvert("inspect", "b.csv").out.splitlines()
    up = next(line for line in lines if line.startswith("  up ") and "metric" not in line)
    odd = next(line for line in lines if line.startswith("  odd ") and "metric" not in line)

    assert up.split() == ["up", "8", "0–7", "7", "0", "7", "▁▂▃▄▅▆▇█"]
    assert odd.split()[:6] == ["odd", "8", "0–7", "–", "0", "3"]
    assert odd.endswith("▁▃▆█     4 not finite")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_no_sign_is_beyond_the_terminal(encoding: str) -> None:
    Path("b.csv").write_text("step,up\n" + "".join(f"{i},{i}\n" for i in range(8)))
    words = [sys.executable, "-m", "tbconvert", "inspect", "b.csv"]
    environment = {"PYTHONIOENCODING": encoding, "PATH": "", "NO_COLOR": "1"}

    done = subprocess.run(words, env=environment, capture_output=True, check=True)

    said = done.stdout.decode(encoding)
    assert said.isascii()
    assert "\\u" not in said
    assert "0-7" in said
    assert "_.-=+*#@" in said


def test_settings_are_shown_once(tbconvert: Command) -> None:
    Path("logs").mkdir()
    Path("logs/log.csv").write_text("step,loss,hparams\n0,1,see\n1,2,below\n")
    Path("logs/hparams.yaml").write_text("lr: 0.5\nsizes: [784, 10]\n")
    Path("b.csv").write_text("step,loss,hparams\n0,1,see\n1,2,below\n")

    done = tbconvert("inspect", "logs").out
    alone = tbconvert("inspect", "b.csv").out

    assert "  hparams: lr=0.5, sizes=[784, 10]\n" in done
    assert "&#91;" not in done
    assert "| setting |" not in done
    assert "hparams       2  0–1    below" in alone
    lines = done.splitlines()
    assert lines[lines.index("logs/hparams.yaml") + 1] == "  format   yaml, utf-8 (--format)"


def test_the_tag_of_settings_is_that_of_the_text() -> None:
    from tbconvert.cli.inspected import _SETTINGS

    assert _SETTINGS == SETTINGS_TAG


def test_a_text_is_cut_at_its_end(tbconvert: Command) -> None:
    text = "It began " + "well, " * 20 + "and it ended."
    Path("b.csv").write_text(f'step,loss,note\n0,1,first\n1,2,"{text}"\n')

    done = tbconvert("inspect", "b.csv", "--hparam", f"why={text}").out

    cut = text[:47] + "…"
    assert f"note       2  0–1    {cut}\n" in done
    assert f"why={cut}\n" in done


def test_one_line_is_left_between_the_parts(tbconvert: Command) -> None:
    Path("logs").mkdir()
    for name in ("b", "c", "d", "e"):
        Path(f"logs/{name}.csv").write_text("step,loss\n0,1\n1,2\n")

    for words in (["a.csv"], ["logs"], ["logs", "-v"], ["a.csv", "logs/b.csv", "nope.csv"]):
        done = tbconvert("inspect", *words).out

        assert not done.startswith("\n"), words
        assert "\n\n\n" not in done, words
        assert "\n\n    tbconvert ingest " in done, words


def test_a_graph_alone_is_no_run_of_nothing(tbconvert: Command) -> None:
    layer = {"class_name": "Dense", "config": {"name": "dense", "units": 3}}
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": [layer]}}
    Path("model.json").write_text(json.dumps(model))

    done = tbconvert("inspect", "model.json").out

    assert "run model: a graph\n" in done
    assert "points" not in done
    assert " row" not in done


def test_an_input_that_cannot_be_read_is_no_run(tbconvert: Command) -> None:
    few = tbconvert("inspect", "x/**/*.csv").out
    many = tbconvert("inspect", *(f"x/{name}*.csv" for name in "abcd")).out

    assert few.startswith("x/**/*.csv: failed\n  x/**/*.csv: no file matches this pattern")
    assert "run " not in few
    rows = [line.split() for line in many.splitlines()]
    assert ["1", "failed", "x/a*.csv"] in rows
    assert "x/a_.csv" not in many


def test_the_reason_of_a_dialect_is_what_a_log_has(tbconvert: Command) -> None:
    Path("b.csv").write_text("epoch,loss,val_loss\n0,1,2\n1,0.5,1\n")

    done = tbconvert("inspect", "b.csv").out

    said = "  dialect  keras, by csv files with columns 'epoch', 'loss', 'val_loss' (--dialect)\n"
    assert said in done


def test_the_command_does_what_was_shown(tbconvert: Command) -> None:
    shown = tbconvert("inspect", "--step", "none", "a.csv", "-v", "--run", "my run").out

    command = shown.splitlines()[-1].strip()
    assert command == "tbconvert ingest --step none a.csv --run 'my run' --logdir runs"


def test_many_runs_are_a_list(tbconvert: Command) -> None:
    for name in "bcdef":
        Path(f"{name}.csv").write_text("step,loss,acc\n0,1,2\n10,1,2\n")

    done = tbconvert("inspect", ".")
    full = tbconvert("inspect", ".", "--verbose")

    rows = [line.split() for line in done.out.splitlines()]
    assert ["b", "4", "2", "0–10", "generic", "./b.csv"] in rows
    assert "run b:" not in done.out
    assert "run b: 4 points" in full.out
    assert "column" in full.out


def test_long_lists_are_cut_and_said(tbconvert: Command) -> None:
    names = [f"m{i}" for i in range(50)]
    Path("b.csv").write_text(",".join(["step", *names]) + "\n" + "0," + ",".join("1" * 50) + "\n")

    done, full = tbconvert("inspect", "b.csv"), tbconvert("inspect", "b.csv", "-v")

    assert "and 21 more columns; --verbose has all" in done.out
    assert "and 20 more tags; --verbose has all" in done.out
    assert "more" not in full.out


def test_names_cannot_command_the_terminal(tbconvert: Command) -> None:
    Path("b.csv").write_text("step,\x1b[31mred,loss\n0,1,2\n1,2,3\n")

    assert "\x1b" not in tbconvert("inspect", "b.csv").out


def test_standard_input() -> None:
    words = [sys.executable, "-m", "tbconvert", "inspect", "-", "--json"]

    done = subprocess.run(words, input=b"step,loss\n0,1\n1,2\n", capture_output=True, check=True)

    found = json.loads(done.stdout)
    assert found["sources"][0]["uri"] == "-"
    assert found["runs"][0]["run"] == "stdin"
    assert found["sources"][0]["rows"] == 2
