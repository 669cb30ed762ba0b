"""What is suggested for a text that is no table, and that it does what it says."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path

import pytest
from oracle import read_back

from tbconvert import ingest
from tbconvert.read.suggested import pattern_for

EPOCHS = "epoch: 01,loss: 0.5,lr: 1e-2, val_loss: 1\nepoch: 02,loss: nan,lr: 3., val_loss: 7\n"
BARS = (
    " iteration      1/  9 | lm loss: 2.5E+00 | elapsed time (ms): 86.2 | skipped:   0 |\n"
    " iteration      2/  9 | lm loss: 2.0E+00 | elapsed time (ms): 80.2 | skipped:   0 |\n"
)
SIGNS = (
    "16:17:23 INFO [a/b] Process 0/31(0.0%) mean objf=-1.5 over 64 frames, eta: 1:02:03\n"
    "16:18:23 INFO [a/b] Process 9/31(9.0%) mean objf=-0.5 over 64 frames, eta: 0:02:03\n"
)
BRACKETS = "INFO - Iter [50/90]\tlr: 1e-3, loss: 2.5\nINFO - Iter [60/90]\tlr: 9e-4, loss: 2\n"
PREFIXED = "INFO {'loss': 2.5, 'epoch': 1}\nINFO 10%|#\nINFO {'loss': 2.0, 'epoch': 2}\n"
APOSTROPHE = "INFO [10]\ttrain's auc: 0.5\nINFO [20]\ttrain's auc: 0.75\n"


def suggested(tmp_path: Path, text: str) -> str:
    log = tmp_path / "train.log"
    log.write_text(text)
    (run,) = ingest(str(log), logdir=str(tmp_path / "none")).runs
    assert run.status == "failed"
    hint = run.problems[0].hint
    assert "lines of a console are read by --pattern" in hint
    _, found, pattern = hint.partition("these by --pattern ")
    return shlex.split(pattern)[0] if found else ""


@pytest.mark.parametrize(
    ("text", "curves"),
    [
        (EPOCHS, {"loss": 2, "lr": 2, "val_loss": 2}),
        (BARS, {"lm loss": 2, "elapsed time (ms)": 2, "skipped": 2}),
        (SIGNS, {"mean objf": 2}),
        (BRACKETS, {"lr": 2, "loss": 2}),
        (PREFIXED, {"loss": 2}),
        (APOSTROPHE, {"train's auc": 2}),
    ],
)
def test_what_is_suggested_reads_the_log(text: str, curves: dict[str, int], tmp_path: Path) -> None:
    pattern = suggested(tmp_path, text)

    ingest(str(tmp_path / "train.log"), logdir=str(tmp_path / "runs"), pattern=(pattern,))

    assert re.compile(pattern).groups
    shown = read_back(tmp_path / "runs")["train"]
    counts = {"Iter [50": [50, 60], "iteration ": [1, 2], "epoch: 0": [1, 2], "'epoch':": [1, 2]}
    steps = next((of for word, of in counts.items() if word in text), [0, 1])
    assert all(series.steps.tolist() == steps for series in shown.values())
    assert {tag: len(series.steps) for tag, series in shown.items()} == curves


@pytest.mark.parametrize(
    "text",
    [
        "Once upon a time there was: 1 wolf\nand it ate them all, at 12:30:00\n",
        "name: value\nother: value\n",
        "INFO started at 10:20:30\nINFO ended at 10:20:31\n",
    ],
)
def test_nothing_is_suggested_for_prose(text: str, tmp_path: Path) -> None:
    assert suggested(tmp_path, text) == ""


@pytest.mark.parametrize(
    "line", ["and so on " * 200, "a-" * 1000, "a." * 1000, "a (" * 600, "'a" * 900]
)
def test_long_lines_of_other_things_take_no_time(line: str) -> None:
    begun = time.process_time()

    assert pattern_for([line.encode()] * 30) == ""

    assert time.process_time() - begun < 3
