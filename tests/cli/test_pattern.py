"""``--pattern`` on the command line: console logs, as TensorBoard's readers show them."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import command, read_back

pytestmark = pytest.mark.usefixtures("folder")

Command = Callable[..., Any]

ITER = r"iter (?P<step>[\d,]+): loss (?P<loss>\S+), time (?P<time_ms>\S+)ms"
EVAL = r"step (?P<step>[\d,]+): train loss (?P<train__loss>\S+), val loss (?P<val__loss>\S+)"
PAIRS = r"(?P<key>\w+)[:=] ?(?P<value>[-\d.e+naif]+)"
LOG = (
    "compiling the model... (takes a ~minute)\n"
    "step 0: train loss 4.0, val loss 4.25\n"
    "iter 0: loss 4.5, time 30.5ms\n"
    "  0%|          | 0/10\r 50%|█████     | 5/10\riter 500: loss nan, time 12.5ms\r\n"
    "\x1b[32miter 1,000: loss 2.5, time 11.5ms\x1b[0m\n"
    "step 1,000: train loss 2.0, val loss 2.25\n"
)


def test_a_console_log_becomes_curves(tmp_path: Path) -> None:
    Path("train.log").write_text(LOG)
    report = command.ingest(
        "train.log", "--pattern", ITER, "--pattern", EVAL, logdir=tmp_path / "runs"
    )
    (run,) = report["runs"]
    assert run["run"] == "train"
    assert run["sources"][0]["format"] == "text"
    assert run["sources"][0]["step"] == {"column": "step", "how": "inferred"}
    assert run["scalars"] == {"tags": 4, "points": 10}
    assert (run["rejected"], run["missing"], run["superseded"]) == (0, 10, 0)
    said = [(p["row"], p["column"], p["problem"]) for p in run["problems"]]
    assert said == [
        (5, "step", "read '1,000' as 1000, and others like it"),
        (None, None, "matched 5 of 8 lines, each part between carriage returns being one"),
    ]

    served = read_back(tmp_path / "runs")["train"]
    assert served["loss"].steps.tolist() == [0, 500, 1000]
    np.testing.assert_array_equal(served["loss"].values, np.float32([4.5, np.nan, 2.5]))
    assert served["val/loss"].steps.tolist() == [0, 1000]
    assert served["val/loss"].values.tolist() == [4.25, 2.25]
    assert served.keys() == {"loss", "time_ms", "train/loss", "val/loss"}


def test_times_and_steps_of_lines_of_their_own(tbconvert: Command) -> None:
    Path("fold_0.txt").write_text(
        "2023-05-05 12:00:01.5: Epoch 0\n"
        "2023-05-05 12:05:00.25: train_loss -0.5\n"
        "2023-05-05 12:05:01.25: val_loss -0.25\n"
        "2023-05-05 12:05:02.0: Epoch 1\n"
        "2023-05-05 12:10:00.5: train_loss -0.75\n"
    )
    head = r"^(?P<wall_time>[-\d]+ [:.\d]+): "
    done = tbconvert(
        *("ingest", "fold_0.txt", "--logdir", "runs"),
        *("--pattern", head + r"Epoch (?P<epoch>\d+)"),
        *("--pattern", head + r"(?P<key>\w+_loss) (?P<value>\S+)"),
    )
    assert done.status == 0, done.err
    assert "3 rows without 'epoch' took that of the line before" in " ".join(done.err.split())
    served = read_back("runs")["fold_0"]
    assert served["train_loss"].steps.tolist() == [0, 1]
    assert served["train_loss"].values.tolist() == [-0.5, -0.75]
    np.testing.assert_allclose(
        served["train_loss"].wall_times, [1683288300.25, 1683288600.5], rtol=1e-12
    )
    assert served["val_loss"].steps.tolist() == [0]


def test_objects_behind_a_prefix(tbconvert: Command) -> None:
    line = (
        '2021-06-01 10:00:0{0} | INFO | train_inner | {{"num_updates": "{0}", "loss": "{0}.5"}}\n'
    )
    Path("fairseq.log").write_text("begin\n" + "".join(map(line.format, range(1, 4))))
    done = tbconvert(
        *("ingest", "fairseq.log", "--logdir", "runs"),
        *("--pattern", r"^(?P<wall_time>\S+ \S+) \| INFO \| train_inner \| (?P<json>\{.*)"),
    )
    assert done.status == 0, done.err
    loss = read_back("runs")["fairseq"]["loss"]
    assert loss.steps.tolist() == [1, 2, 3]
    assert loss.values.tolist() == [1.5, 2.5, 3.5]
    assert loss.wall_times[0] == 1622541601.0


def test_a_run_in_each_line(tbconvert: Command) -> None:
    Path("all.log").write_text("[a] 1 loss 2\n[b] 1 loss 3\n[a] 2 loss 4\n")
    done = tbconvert(
        *("ingest", "all.log", "--logdir", "runs"),
        *("--pattern", r"\[(?P<run>\w)\] (?P<step>\d) loss (?P<loss>\d)"),
    )
    assert done.status == 0, done.err
    served = read_back("runs")
    assert served["all/a"]["loss"].values.tolist() == [2, 4]
    assert served["all/b"]["loss"].values.tolist() == [3]


def test_nothing_matches_what_is_named(tbconvert: Command) -> None:
    Path("train.log").write_text("step 0, loss 1\n")
    done = tbconvert("ingest", "train.log", "--logdir", "runs", "--pattern", ITER)
    assert done.status == 1
    said = " ".join(done.err.split())
    assert "no line matches --pattern" in said
    assert "the first line is 'step 0, loss 1'" in said
    assert not Path("runs").exists()


def test_a_folder_of_logs_and_others(tbconvert: Command) -> None:
    for name, data in {
        "a/train.log": LOG.encode(),
        "b/train.log.gz": gzip.compress(LOG.encode()),
        "c/metrics.csv": b"step,loss\n1,2\n2,3\n",
        "d/notes.txt": b"nothing to be seen\n",
        "d/config.yaml": b"lr: 0.1\n",
    }.items():
        Path("logs", name).parent.mkdir(parents=True, exist_ok=True)
        Path("logs", name).write_bytes(data)
    done = tbconvert("ingest", "logs", "--logdir", "runs", "--json", "--pattern", ITER)
    assert done.status == 0, done.err
    formats = {run["run"]: run["sources"][0]["format"] for run in done.answer["runs"]}
    assert set(formats.values()) == {"text", "csv"}
    assert len(formats) == 3
    reasons = {skip["uri"]: skip["reason"] for skip in done.answer["skipped"]}
    assert "no line matches --pattern" in reasons["logs/d/notes.txt"]
    assert "logs/d/config.yaml" in reasons


def test_a_table_that_is_named_as_such_stays_one(tbconvert: Command) -> None:
    Path("t.csv").write_text("step,loss=1\n1,2\n2,3\n")
    arguments = ("ingest", "t.csv", "--logdir", "runs", "--json", "--dry-run", "--pattern", PAIRS)
    by_pattern = tbconvert(*arguments).answer["runs"][0]
    assert (by_pattern["sources"][0]["format"], by_pattern["sources"][0]["rows"]) == ("text", 1)
    as_table = tbconvert(*arguments, "--format", "csv").answer["runs"][0]
    assert (as_table["sources"][0]["format"], as_table["sources"][0]["rows"]) == ("csv", 2)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("loss (", "wanted a regular expression"),
        (r"loss (\d)", "(?P<loss>...) instead of (...)"),
        (r"(?<loss>\d)", "a group is named by a P"),
        (r"(?P<train/loss>\d)", "train__loss becomes train/loss"),
    ],
)
def test_a_pattern_that_makes_no_sense(tbconvert: Command, pattern: str, said: str) -> None:
    Path("train.log").write_text(LOG)
    done = tbconvert("ingest", "a.csv", "train.log", "--logdir", "runs", "--pattern", pattern)
    assert done.status == 2
    assert said in " ".join(done.err.split())
    assert not Path("runs").exists()


def test_text_wants_a_pattern(tbconvert: Command) -> None:
    done = tbconvert("ingest", "a.csv", "--logdir", "runs", "--format", "text")
    assert done.status == 2
    assert "wanted a --pattern" in " ".join(done.err.split())


def test_a_dry_run_writes_nothing(tbconvert: Command) -> None:
    Path("train.log").write_text(LOG)
    done = tbconvert(
        "ingest", "train.log", "--logdir", "runs", "--dry-run", "--json", "--pattern", ITER
    )
    assert done.status == 0
    assert done.answer["runs"][0]["scalars"]["points"] == 6
    assert not Path("runs").exists()


def test_patterns_by_variable_are_one_a_line(tbconvert: Command) -> None:
    Path("train.log").write_text(LOG)
    done = tbconvert(
        *("ingest", "train.log", "--logdir", "runs"), TBCONVERT_PATTERN=f"{ITER}\n\n{EVAL}\n"
    )
    assert done.status == 0, done.err
    assert read_back("runs")["train"].keys() == {"loss", "time_ms", "train/loss", "val/loss"}


def test_standard_input(tmp_path: Path) -> None:
    arguments = ("ingest", "-", "--logdir", "runs", "--run", "piped", "--pattern", ITER)
    done = subprocess.run(
        [sys.executable, "-m", "tbconvert", *arguments],
        input=LOG.encode("utf-16"),
        capture_output=True,
        timeout=command.PATIENCE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr.decode()
    assert read_back(tmp_path / "runs")["piped"]["loss"].steps.tolist() == [0, 500, 1000]


def test_a_long_log_is_read_in_blocks(tbconvert: Command) -> None:
    count = 150_000
    with Path("long.log").open("w") as file:
        for i in range(count):
            file.write(f"{i} of it: loss={i % 977}.5 {'lr=0.5' if i % 2 else '#' * 30}\n")
    done = tbconvert(
        *("ingest", "long.log", "--logdir", "runs", "--json"),
        *("--pattern", r"^(?P<step>\d+) of it: loss=(?P<loss>\S+)(?: lr=(?P<lr>\S+))?"),
    )
    (run,) = done.answer["runs"]
    assert run["scalars"] == {"tags": 2, "points": count + count // 2}
    assert run["missing"] == count // 2
    assert run["problems"] == []


def test_the_same_log_again_is_unchanged(tbconvert: Command) -> None:
    Path("train.log").write_text(LOG)
    arguments = ("ingest", "train.log", "--logdir", "runs", "--json", "--pattern", ITER)
    assert tbconvert(*arguments).answer["runs"][0]["status"] == "written"
    assert tbconvert(*arguments).answer["runs"][0]["status"] == "unchanged"
    assert tbconvert(*arguments, "--pattern", EVAL).answer["runs"][0]["status"] != "unchanged"
