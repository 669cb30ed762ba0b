"""``inspect``: what a log is, and what would become of it; nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mixed_logs import write_inputs

from tbconvert.cli.ingest import ingest
from tbconvert.cli.inspect import inspect
from tbconvert.curves import Curve

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


def columns(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return role and reason of the columns of the first source."""
    return {c["name"]: (c["role"], c["why"]) for c in found["sources"][0]["columns"]}


# ----------------------------------------------------------------------- agrees with ingest


def test_it_says_what_ingest_does_and_writes_nothing(tbconvert: Command) -> None:
    write_inputs()
    before = sorted(Path().rglob("*"))

    found = tbconvert("inspect", "logs", "--json").answer
    assert sorted(Path().rglob("*")) == before
    done = tbconvert("ingest", "logs", "--logdir", "elsewhere", "--json").answer

    assert found["exit_status"] == done["exit_status"]
    assert found["skipped"] == done["skipped"]
    assert len(found["runs"]) == len(done["runs"])
    for seen, made in zip(found["runs"], done["runs"], strict=True):
        for key in ("run", "status", "missing", "rejected", "superseded", "graph", "non_finite"):
            assert seen[key] == made[key], key
        for kind in ("scalars", "histograms", "images", "texts"):
            points = sum(one["points"] for one in seen[kind])
            assert {"tags": len(seen[kind]), "points": points} == made[kind], kind
        assert len(seen["hparams"]) == made["hparams"]
        assert [p["problem"] for p in seen["problems"]] == [p["problem"] for p in made["problems"]]


def test_what_stands_in_a_logdir_changes_nothing(tbconvert: Command) -> None:
    tbconvert("ingest", "a.csv", "--logdir", "runs")

    found = tbconvert("inspect", "a.csv", "--json").answer

    assert found["runs"][0]["status"] == "written"
    assert len(found["runs"][0]["scalars"]) == 2


def test_it_has_the_options_of_ingest() -> None:
    own = {name for param in inspect.params for name in param.opts}
    of_ingest = {name for param in ingest.params for name in param.opts}

    assert of_ingest - own == {
        *("--logdir", "--if-exists", "--identifier", "--dry-run", "--checksum"),
        *("--jobs", "--engine", "--scheduler", "--shard", "--strict", "--quiet", "-q"),
        *("--require", "--fail-on", "--github", "--junit", "--markdown"),
    }
    assert own <= of_ingest


@pytest.mark.parametrize(
    ("log", "status"),
    [("step,loss\n0,1\n", 0), ("step,loss\n0,\n", 1), ("epoch,loss\n0.5,1\n", 1), (None, 1)],
    ids=["log", "no points", "failed", "gone"],
)
def test_the_status_is_that_of_ingest(tbconvert: Command, log: str | None, status: int) -> None:
    if log is not None:
        Path("b.csv").write_text(log)

    seen = tbconvert("inspect", "b.csv", "--json")
    made = tbconvert("ingest", "b.csv", "--logdir", "r", "--json")

    assert seen.status == made.status == seen.answer["exit_status"] == status
    assert [run["status"] for run in seen.answer["runs"]] == [
        run["status"] for run in made.answer["runs"]
    ]


def test_wrong_usage_is_one_object_too(tbconvert: Command) -> None:
    done = tbconvert("inspect", "a.csv", "--format", "cvs", "--json")

    assert done.status == done.answer["exit_status"] == 2
    assert "did you mean 'csv'?" in done.answer["error"]


def test_the_keys_are_a_promise(tbconvert: Command) -> None:
    found = tbconvert("inspect", "a.csv", "--json").answer

    assert list(found) == [
        *("tbconvert", "exit_status", "command", "sources", "runs", "skipped"),
        *("event_files", "seconds"),
    ]
    (source,), (run,) = found["sources"], found["runs"]
    assert list(source) == SOURCE
    assert list(source["dialect"]) == ["name", "about", "why", "others"]
    assert list(source["step"]) == list(source["wall_time"]) == ["column", "how", "why"]
    assert list(source["columns"][0]) == ["name", "type", "role", "why", "tags"]
    assert list(run) == RUN
    assert list(run["scalars"][0]) == SCALAR
    assert list(run["scalars"][0]["curve"]) == ["stride", "min", "max"]


# ---------------------------------------------------------------------------- what it finds


def test_columns_have_roles_and_reasons(tbconvert: Command) -> None:
    Path("b.csv").write_text(
        "Unnamed: 0,step,time,loss,note,empty,lr,seed,what\n"
        + "".join(f"{i},{i},{1700000000 + i},{i / 7},warm,,{i},3,t{i}\n" for i in range(9))
    )

    found = tbconvert("inspect", "b.csv", "--json", "--exclude", "lr", "--rename", "loss=l").answer

    assert columns(found) == {
        "Unnamed: 0": ("left out", "numbers the rows"),
        "step": ("step", "named like a step"),
        "time": ("wall time", "named like a time, s"),
        "loss": ("metric", "numbers, as l"),
        "note": ("setting", "one value in all rows"),
        "empty": ("left out", "no cell in it"),
        "lr": ("left out", "--include and --exclude"),
        "seed": ("metric", "numbers"),
        "what": ("text", "texts"),
    }
    types = {c["name"]: c["type"] for c in found["sources"][0]["columns"]}
    assert (types["loss"], types["step"], types["empty"]) == ("numbers", "whole numbers", "nothing")
    assert found["runs"][0]["hparams"] == {"note": "warm"}
    assert [one["tag"] for one in found["runs"][0]["texts"]] == ["what"]


def test_numbers_among_texts_are_told_from_them(tbconvert: Command) -> None:
    cells = zip("0oops", ["1%", "2%", "3%", "4%", "5%"], ["1", "x", "y", "2", "3"], strict=True)
    lines = [f"{i},{'oops' if i == 3 else i},{b},{c}\n" for i, (_, b, c) in enumerate(cells)]
    Path("b.csv").write_text("step,one,share,two\n" + "".join(lines))
    Path("c.jsonl").write_text("".join(f'{{"step": {i}, "x": "{i}.5"}}\n' for i in range(9)))

    found = tbconvert("inspect", "b.csv", "--json").answer
    other = tbconvert("inspect", "c.jsonl", "--json").answer

    assert columns(found) == {
        "step": ("step", "named like a step"),
        "one": ("metric", "numbers, 1 cell is none"),
        "share": ("metric", "numbers, read the number before '%'"),
        "two": ("metric", "numbers, 2 cells are none"),
    }
    assert found["runs"][0]["rejected"] == 3
    assert columns(other)["x"] == ("metric", "numbers, written as texts")


def test_what_the_user_says_is_the_reason(tbconvert: Command) -> None:
    Path("b.csv").write_text("n,s,t,v,w\n" + "".join(f"{i},{i % 2},a,1,{i}\n" for i in range(6)))

    found = tbconvert(
        *("inspect", "b.csv", "--json", "--step", "n", "--wall-time", "w"),
        *("--run-column", "s", "--tag-column", "t", "--value-column", "v"),
    ).answer

    assert columns(found) == {
        "n": ("step", "--step"),
        "w": ("wall time", "--wall-time, seconds since the start"),
        "s": ("run", "--run-column"),
        "t": ("tag", "--tag-column"),
        "v": ("value", "--value-column"),
    }
    assert [run["run"] for run in found["runs"]] == ["b/0", "b/1"]


def test_the_columns_of_a_failed_run_are_unknown_but_for_its_step(tbconvert: Command) -> None:
    Path("b.csv").write_text("epoch,loss\n0,1\n0.5,1\n")

    found = tbconvert("inspect", "b.csv", "--json").answer

    assert columns(found) == {
        "epoch": ("step", "named like a step"),
        "loss": ("unknown", "the run failed"),
    }
    assert "--step-scale 1000" in found["runs"][0]["problems"][0]["hint"]


def test_a_dialect_says_why_it_was_taken(tbconvert: Command) -> None:
    Path("progress.csv").write_text(
        "training_iteration,time_total_s,timesteps_total,loss\n1,5,100,0.5\n2,9,200,0.25\n"
    )

    source = tbconvert("inspect", "progress.csv", "--json").answer["sources"][0]
    forced = tbconvert("inspect", "progress.csv", "--json", "--dialect", "generic").answer

    assert source["dialect"]["name"] == "ray"
    assert "progress.csv" in source["dialect"]["why"]
    assert "'training_iteration'" in source["dialect"]["why"]
    dialect = forced["sources"][0]["dialect"]
    assert dialect["why"] == "as --dialect says"
    assert "ray" in dialect["others"]


def test_how_a_file_is_read(tbconvert: Command) -> None:
    import gzip

    text = "# of today\nepoch;loss\n0;0,5\n1;0,25\n"
    Path("b.csv.gz").write_bytes(gzip.compress(text.encode("utf-16")))

    source = tbconvert("inspect", "b.csv.gz", "--json").answer["sources"][0]
    plain = tbconvert("inspect", "b.csv.gz").out

    wanted = {"format": "csv", "compression": "gzip", "encoding": "utf-16-le", "delimiter": ";"}
    wanted |= {"decimal": ",", "header_line": 2, "rows": 2}
    assert {key: source[key] for key in wanted} == wanted
    assert "csv, gzip, utf-16-le, ';' between cells, decimal ',', header in line 2, 2 rows" in plain


def test_arrays_and_the_pictures_of_them(tbconvert: Command) -> None:
    Path("logs").mkdir()
    rng = np.random.default_rng(0)
    for step in (0, 100):
        arrays = {"dense/kernel": rng.normal(size=(784, 16)).astype(np.float32)}
        np.savez(f"logs/step_{step}.npz", **arrays)

    found = tbconvert("inspect", "logs", "--json").answer

    wanted = {"name": "dense/kernel", "shape": [784, 16], "type": "float32"}
    assert found["sources"][0]["arrays"] == [wanted]
    assert found["sources"][0]["step"]["how"] == "file name"
    (run,) = found["runs"]
    images = {one["tag"]: one for one in run["images"]}
    assert any((one["height"], one["width"]) == (28, 28) for one in images.values()), images
    (histogram,) = run["histograms"]
    assert (histogram["points"], histogram["first_step"], histogram["last_step"]) == (2, 0, 100)
    assert histogram["min"] < -2 < 2 < histogram["max"]
    assert run["graph"]
    plain = tbconvert("inspect", "logs").out
    assert "28 × 28, 1 channel" in plain
    assert "784 × 16" in plain
    assert "a graph" in plain


def test_an_event_file_is_a_run_already(tbconvert: Command) -> None:
    tbconvert("ingest", "a.csv", "--logdir", "runs")
    (event_file,) = map(str, Path("runs/a").glob("events*"))

    by_name = tbconvert("inspect", event_file)
    in_logdir = tbconvert("inspect", "runs", "--json")

    assert by_name.status == in_logdir.status == 1
    assert "is a TensorBoard run already: tensorboard --logdir runs/a\n" in by_name.out
    assert in_logdir.answer["event_files"] == [event_file]


def test_steps_that_go_back_are_seen_once(tbconvert: Command) -> None:
    rows = [*range(50), *range(30, 60)]
    Path("b.csv").write_text("step,loss\n" + "".join(f"{i},{i}\n" for i in rows))

    (run,) = tbconvert("inspect", "b.csv", "--json").answer["runs"]

    (loss,) = run["scalars"]
    assert (loss["points"], run["superseded"]) == (60, 20)
    assert loss["curve"]["min"] == list(range(60))


# -------------------------------------------------------------------------------- curves


@pytest.mark.parametrize("count", [1, 255, 256, 257, 1000, 12345])
@pytest.mark.parametrize("piece", [1, 7, 5000])
def test_a_curve_keeps_the_outline_of_its_points(count: int, piece: int) -> None:
    rng = np.random.default_rng(count)
    values = rng.normal(size=count).astype(np.float32)
    values[rng.random(count) < 0.1] = np.nan
    values[rng.random(count) < 0.05] = np.inf
    curve = Curve()

    for start in range(0, count, piece):
        part = slice(start, start + piece)
        curve.add(np.arange(count)[part], values[part])

    finite = np.isfinite(values)
    assert (curve.points, curve.non_finite) == (count, count - finite.sum())
    assert (curve.first_step, curve.last_step) == (0, count - 1)
    assert len(curve.low) == len(curve.high) == -(-count // curve.stride) <= 256
    for place in range(len(curve.low)):
        part = slice(place * curve.stride, (place + 1) * curve.stride)
        there = values[part][finite[part]]
        wanted = [there.min(), there.max()] if len(there) else [np.nan, np.nan]
        np.testing.assert_array_equal([curve.low[place], curve.high[place]], wanted)
