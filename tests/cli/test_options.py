"""What the options make of a log, as others read it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oracle import Logdir, Series, read_back

pytestmark = pytest.mark.usefixtures("folder")

FILE_TIME = 1_700_000_000


@pytest.fixture
def convert(tbconvert: Callable[..., Any]) -> Callable[..., Logdir]:
    """Return a function that converts a text, as ``log.csv``, and reads back what came of it."""

    def call(text: str, *options: str, name: str = "log.csv", status: int = 0) -> Logdir:
        Path(name).write_text(text)
        os.utime(name, (FILE_TIME, FILE_TIME))
        run = () if {"--run", "--run-column"} & {*options} else ("--run", "r")
        done = tbconvert("ingest", name, "--logdir", "runs", *run, *options)
        assert done.status == status, done.err
        return read_back("runs") if Path("runs").exists() else {}

    return call


Convert = Callable[..., Logdir]


def points(series: Series) -> dict[int, float]:
    assert len(set(series.steps.tolist())) == len(series)
    return dict(zip(series.steps.tolist(), series.values.tolist(), strict=True))


# ------------------------------------------------------------------------- steps and times


def test_step_takes_another_column(convert: Convert) -> None:
    served = convert("step,batch,loss\n0,10,1.0\n1,20,0.5\n", "--step", "batch")

    assert points(served["r"]["loss"]) == {10: 1.0, 20: 0.5}
    assert points(served["r"]["step"]) == {10: 0.0, 20: 1.0}


def test_step_none_numbers_the_rows(convert: Convert) -> None:
    served = convert("step,loss\n10,1.0\n20,0.5\n", "--step", "none")

    assert points(served["r"]["loss"]) == {0: 1.0, 1: 0.5}
    assert points(served["r"]["step"]) == {0: 10.0, 1: 20.0}


def test_step_scale_counts_in_fractions(convert: Convert) -> None:
    served = convert("epoch,loss\n0.1,1.0\n0.25,0.5\n", "--step-scale", "1000")

    assert points(served["r"]["loss"]) == {100: 1.0, 250: 0.5}


def test_fractions_need_a_scale(convert: Convert) -> None:
    assert convert("epoch,loss\n0.1,1.0\n0.25,0.5\n", status=1) == {}


def test_wall_time_takes_another_column(convert: Convert) -> None:
    text = "step,time,at,loss\n0,1600000000,1500000000500,1.0\n1,1600000001,1500000001500,0.5\n"

    served = convert(text, "--wall-time", "at")

    assert served["r"].keys() == {"loss", "time"}
    assert served["r"]["loss"].wall_times.tolist() == [1_500_000_000.5, 1_500_000_001.5]


def test_wall_time_none_takes_the_files(convert: Convert) -> None:
    served = convert("step,time,loss\n0,1600000000,1.0\n", "--wall-time", "none")

    assert served["r"].keys() == {"loss", "time"}
    assert served["r"]["loss"].wall_times.tolist() == [float(FILE_TIME)]


# --------------------------------------------------------------------------- runs and tags


def test_run_column_splits_a_table(convert: Convert) -> None:
    text = "step,model,loss\n0,big,1.0\n0,small,2.0\n1,big,0.5\n1,small,1.5\n"

    served = convert(text, "--run-column", "model", name="sweep.csv")

    assert served.keys() == {"sweep/big", "sweep/small"}
    assert points(served["sweep/big"]["loss"]) == {0: 1.0, 1: 0.5}
    assert points(served["sweep/small"]["loss"]) == {0: 2.0, 1: 1.5}


def test_run_column_none_does_not_split(convert: Convert) -> None:
    text = "step,seed,loss\n0,1,1.0\n0,2,2.0\n1,1,0.5\n1,2,1.5\n"

    split = convert(text, "--run-column", "seed", name="a.csv")
    whole = convert(text, "--run-column", "none", name="b.csv")

    assert split.keys() == {"a/1", "a/2"}
    assert points(whole["b"]["loss"]) == {0: 2.0, 1: 1.5}


def test_tag_and_value_columns_name_a_long_table(convert: Convert) -> None:
    text = "step,what,how_much\n0,loss,1.0\n0,acc,0.1\n1,loss,0.5\n1,acc,0.2\n"

    served = convert(text, "--tag-column", "what", "--value-column", "how_much")

    assert served["r"].keys() == {"loss", "acc"}
    assert points(served["r"]["loss"]) == {0: 1.0, 1: 0.5}
    assert points(served["r"]["acc"]) == pytest.approx({0: 0.1, 1: 0.2})


MANY = "step,train_loss,train_acc,val_loss,lr\n0,1,2,3,4\n"


@pytest.mark.parametrize(
    ("options", "tags"),
    [
        ([], {"train_loss", "train_acc", "val_loss", "lr"}),
        (["--include", "*_loss"], {"train_loss", "val_loss"}),
        (["--include", "lr", "--include", "val_*"], {"lr", "val_loss"}),
        (["--exclude", "train_*"], {"val_loss", "lr"}),
        (["--include", "*_loss", "--exclude", "val_*"], {"train_loss"}),
        (["--rename", "lr=rate"], {"train_loss", "train_acc", "val_loss", "rate"}),
        (
            ["--rename", "train_*=train/*", "--rename", "val_*=val/*"],
            {"train/loss", "train/acc", "val/loss", "lr"},
        ),
        (["--rename", "*_loss=loss/*"], {"loss/train", "loss/val", "train_acc", "lr"}),
        (
            ["--tag-prefix", "exp1/"],
            {"exp1/train_loss", "exp1/train_acc", "exp1/val_loss", "exp1/lr"},
        ),
        (["--tag-prefix", "x/", "--rename", "lr=rate", "--include", "lr"], {"x/rate"}),
        (["--rename", "*=same"], {"same", "same.1", "same.2", "same.3"}),
    ],
)
def test_tags_are_chosen_and_renamed(convert: Convert, options: list[str], tags: set[str]) -> None:
    served = convert(MANY, *options)

    assert served["r"].keys() == tags


ODD_TAGS = {
    "a//b": "a/b",
    "x\ty": "x_y",
    "/c": "c",
    "d/": "d",
    "e / f": "e/f",
}


def test_a_name_that_no_reader_shows_is_changed_and_reported(
    convert: Convert, tbconvert: Callable[..., Any]
) -> None:
    long = "n" * 3_000
    names = [*ODD_TAGS, long, " blank ", "é/ü"]
    text = ",".join(["step", *names]) + "\n" + ",".join(map(str, range(len(names) + 1))) + "\n"

    served = convert(text)
    done = tbconvert("ingest", "log.csv", "--logdir", "other", "--json")

    (cut,) = (tag for tag in served["r"] if tag.startswith("nnn"))
    changed = ODD_TAGS | {long: cut}
    assert len(cut) == 512
    assert served["r"].keys() == {*changed.values(), "blank", "é/ü"}
    assert {p["column"]: p["problem"] for p in done.answer["runs"][0]["problems"]} == {
        name: f"the tag is {tag!r}: no reader can show the name as it is"
        for name, tag in changed.items()
    }


def test_a_name_that_was_given_and_is_taken_is_reported(
    convert: Convert, tbconvert: Callable[..., Any]
) -> None:
    renamed = ("--rename", "acc=loss")
    served = convert("step,loss,acc\n0,1,2\n", *renamed)

    done = tbconvert("ingest", "log.csv", "--logdir", "other", "--json", *renamed)

    assert {tag: points(series) for tag, series in served["r"].items()} == {
        "loss": {0: 1},
        "loss.1": {0: 2},
    }
    (problem,) = done.answer["runs"][0]["problems"]
    assert problem["column"] == "acc"
    assert problem["problem"] == "tag 'loss' is that of 'loss' (scalar) already: here 'loss.1'"


# --------------------------------------------------------------- steps that repeat or go back

REPEATS = "step,loss\n0,1\n1,2\n1,4\n2,8\n"


@pytest.mark.parametrize(
    ("choice", "loss"),
    [
        ("last", {0: 1, 1: 4, 2: 8}),
        ("first", {0: 1, 1: 2, 2: 8}),
        ("mean", {0: 1, 1: 3, 2: 8}),
    ],
)
def test_on_duplicate_chooses_what_stays(
    convert: Convert, choice: str, loss: dict[int, float]
) -> None:
    served = convert(REPEATS, "--on-duplicate", choice)

    assert points(served["r"]["loss"]) == loss


def test_on_duplicate_error_names_the_row(convert: Convert, tbconvert: Callable[..., Any]) -> None:
    convert(REPEATS, "--on-duplicate", "error", status=1)

    done = tbconvert("ingest", "log.csv", "--logdir", "runs", "--on-duplicate", "error")

    assert done.err.startswith("log.csv:4: column 'loss': step 1 repeats; --on-duplicate says")
    assert not Path("runs").exists()


BACK = "step,loss\n0,1\n1,2\n2,4\n3,8\n2,16\n3,32\n"


@pytest.mark.parametrize(
    ("options", "loss"),
    [
        (["--on-backward", "restart"], {0: 1, 1: 2, 2: 16, 3: 32}),
        (["--on-backward", "sort"], {0: 1, 1: 2, 2: 16, 3: 32}),
        (["--on-backward", "sort", "--on-duplicate", "first"], {0: 1, 1: 2, 2: 4, 3: 8}),
        (["--on-backward", "sort", "--on-duplicate", "mean"], {0: 1, 1: 2, 2: 10, 3: 20}),
    ],
)
def test_on_backward_chooses_what_a_smaller_step_means(
    convert: Convert, options: list[str], loss: dict[int, float]
) -> None:
    served = convert(BACK, *options)

    assert points(served["r"]["loss"]) == loss


def test_on_backward_restart_drops_what_was_superseded(convert: Convert) -> None:
    text = "step,loss\n0,1\n2,2\n4,4\n6,8\n3,16\n"

    restarted = convert(text, "--run", "restarted", "--on-backward", "restart")
    everything = convert(text, "--run", "sorted", "--on-backward", "sort", name="copy.csv")

    assert points(restarted["restarted"]["loss"]) == {0: 1, 2: 2, 3: 16}
    assert points(everything["sorted"]["loss"]) == {0: 1, 2: 2, 3: 16, 4: 4, 6: 8}


def test_on_backward_error_names_the_row(convert: Convert, tbconvert: Callable[..., Any]) -> None:
    convert(BACK, "--on-backward", "error", status=1)

    done = tbconvert("ingest", "log.csv", "--logdir", "runs", "--on-backward", "error")

    assert done.err.startswith("log.csv:6: column 'loss': step 2 goes back; --on-backward says")
    assert not Path("runs").exists()


# ------------------------------------------------------------------------- how a log is read


@pytest.mark.parametrize(
    ("text", "options", "tag"),
    [
        ("step:loss\n0:1.5\n1:2.5\n", ["--delimiter", ":"], "loss"),
        ("step;loss\n0;1,5\n1;2,5\n", ["--decimal", ","], "loss"),
        ("0,1.5\n1,2.5\n", ["--no-header"], "column_2"),
        ("step\tloss\n0\t1.5\n1\t2.5\n", ["--delimiter", "tab", "--header"], "loss"),
        ('{"step": 0, "loss": 1.5}\n{"step": 1, "loss": 2.5}\n', ["--format", "jsonl"], "loss"),
        ("step,loss\n0,1.5\n1,2.5\n", ["--format", "csv", "--dialect", "generic"], "loss"),
        ("step,loss\n0,1.5\n1,2.5\n", ["--encoding", "latin-1"], "loss"),
    ],
)
def test_what_is_said_of_a_log_is_believed(
    convert: Convert, text: str, options: list[str], tag: str
) -> None:
    served = convert(text, *options)

    assert served["r"][tag].values.tolist() == [1.5, 2.5]


# ----------------------------------------------------------------------------- what is written


def test_run_names_the_run_of_one_source(convert: Convert) -> None:
    assert convert("step,loss\n0,1\n", "--run", "group/best").keys() == {"group/best"}


def test_run_can_be_the_logdir_itself(convert: Convert) -> None:
    served = convert("step,loss\n0,1\n", "--run", ".")

    assert points(served["."]["loss"]) == {0: 1}
    assert Path("runs/tbconvert.json").exists()


def test_run_is_the_folder_of_several_sources(tbconvert: Callable[..., Any]) -> None:
    Path("b.csv").write_text("step,loss\n0,1\n")

    tbconvert("ingest", "a.csv", "b.csv", "--logdir", "runs", "--run", "group")

    assert read_back("runs").keys() == {"group/a", "group/b"}


def test_identifier_ends_the_name_of_the_file(convert: Convert) -> None:
    convert("step,loss\n0,1\n", "--identifier", "mine")

    names = sorted(path.name for path in Path("runs/r").iterdir())
    assert names == [f"events.out.tfevents.{FILE_TIME}.mine", "tbconvert.json"]


def test_jobs_do_not_change_what_is_written(tbconvert: Callable[..., Any]) -> None:
    Path("logs").mkdir()
    for number in range(3):
        Path(f"logs/{number}.csv").write_text(f"step,loss\n0,{number}\n1,oops\n")

    alone = tbconvert("ingest", "logs", "--logdir", "one", "--jobs", "1", "--json").answer
    shared = tbconvert("ingest", "logs", "--logdir", "two", "--jobs", "2", "--json").answer

    for run, other in zip(alone["runs"], shared["runs"], strict=True):
        assert other | {"event_file": run["event_file"]} == run
        assert Path(other["event_file"]).read_bytes() == Path(run["event_file"]).read_bytes()
