"""Exports of Weights & Biases, and folders of its clients, beyond the golden cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from oracle import ingest, read_back

from tbconvert.dialects.wandb_chart import WANDB_CHART
from tbconvert.dialects.wandb_histograms import histograms
from tbconvert.dialects.wandb_history import WANDB_HISTORY
from tbconvert.model import Origin, Raw, RawTable, Run, Source


def chart(folder: Path, name: str, axis: str, cells: dict[str, Any]) -> Path:
    log = folder / name
    names = [axis, *(n + end for n in list(cells)[1:] for end in ("", "__MIN", "__MAX"))]
    columns = [cells[axis], *(cells[n] for n in list(cells)[1:] for _ in range(3))]
    lines = [names, *zip(*columns, strict=True)]
    log.write_text("".join(",".join(f'"{c}"' for c in line) + "\n" for line in lines))
    return log


def dialects(report: Any) -> set[str]:
    return {source["dialect"] for run in report["runs"] for source in run["sources"]}


def test_charts_of_one_folder_are_curves_of_the_same_runs(tmp_path: Path) -> None:
    folder = tmp_path / "charts"
    folder.mkdir()
    for at, metric in enumerate(("loss", "eval/acc")):
        cells = {"Step": [0, 1, 2], f"a - {metric}": [1, 2, 3], f"b - {metric}": [3, "", 1]}
        chart(folder, f"wandb_export_{at}.csv", "Step", cells)

    ingest(folder, logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")
    assert {run: sorted(tags) for run, tags in served.items()} == {
        "a": ["eval/acc", "loss"],
        "b": ["eval/acc", "loss"],
    }
    assert served["b"]["loss"].steps.tolist() == [0, 2]


@pytest.mark.parametrize(("axis", "first"), [("epoch", 0.5), ("Relative Time (Process)", 2.0)])
def test_an_axis_that_is_no_step_is_kept(tmp_path: Path, axis: str, first: float) -> None:
    cells = {axis: [first, first * 2, first * 3], "a - loss": ["", 2, 3]}
    log = chart(tmp_path, "chart.csv", axis, cells)

    ingest(log, logdir=tmp_path / "runs")

    tags = read_back(tmp_path / "runs")["a"]
    assert tags["loss"].steps.tolist() == [1, 2]
    assert tags[axis].values.tolist() == [first * 2, first * 3]


def test_a_range_is_left_out_until_it_says_more() -> None:
    assert WANDB_CHART.adapt is not None
    adapt = WANDB_CHART.adapt(Source("x.csv", Run(""), "csv", "wandb-chart"))
    blocks: list[Raw] = []
    for first, most in ((0, [1.0, 2.0]), (2, [1.5, 2.0]), (4, [1.0, 2.0])):
        columns = {"Step": [first, first + 1], "a - l": [1.0, 2.0], "a - l__MAX": most}
        batch = pa.RecordBatch.from_pydict(columns)
        blocks += adapt(RawTable(Origin("x.csv"), batch, range(first + 2, first + 4)))
    names = [block.batch.schema.names for block in blocks if isinstance(block, RawTable)]
    assert names == [
        ["run", "Step", "l"],
        ["run", "Step", "l", "l__MAX"],
        ["run", "Step", "l", "l__MAX"],
    ]
    assert [list(block.lines) for block in blocks if isinstance(block, RawTable)][1] == [4, 5]


def test_runs_of_one_name_are_told_apart_and_the_alphabet_says_what_is_a_metric(
    tmp_path: Path,
) -> None:
    log = tmp_path / "wandb_export_1.csv"
    log.write_text(
        '"Name","State","User","Created","Runtime","depth","kind","distance","width"\n'
        '"a","finished","u","2026-11-19T08:30:00.000Z","10","3","x","0.5","7"\n'
        '"a","crashed","u","","","4","y","",""\n'
    )

    report = ingest(log, logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")
    assert [run["run"] for run in report["runs"]] == ["a", "a-2"]
    scalars = [t for t, series in served["a"].items() if series.plugin == "scalars"]
    assert sorted(scalars) == ["Runtime", "distance", "width"]
    assert [run["hparams"] for run in report["runs"]] == [4, 4]


def test_rows_that_come_twice_where_two_pages_meet_are_counted(tmp_path: Path) -> None:
    log = tmp_path / "history.csv"
    rows = [(0, 5.0, 0.1), (1, 4.0, 0.2), (1, 4.0, 0.2), (2, 3.0, 0.3)]
    lines = [f"{step},{1.7e9 + step},{loss},{acc}" for step, loss, acc in rows]
    log.write_text("".join(f"{line}\n" for line in ["_step,_timestamp,loss,acc", *lines]))

    report = ingest(log, logdir=tmp_path / "runs")

    (tags,) = read_back(tmp_path / "runs").values()
    assert tags["loss"].values.tolist() == [5, 4, 3]
    (run,) = report["runs"]
    assert (run["superseded"], run["problems"]) == (2, [])


@pytest.mark.parametrize("bins", [4, 64])
def test_histograms_are_read_as_they_are_packed(tmp_path: Path, bins: int) -> None:
    packed = {"min": -1.0, "size": 2 / bins, "count": bins}
    rows = [
        {"_step": 0, "_timestamp": 1.7e9, "w": {"_type": "histogram", "values": [1] * bins}},
        {"_step": 1, "_timestamp": 1.7e9, "w": {"_type": "histogram", "values": [2] * bins}},
        {"_step": 2, "_timestamp": 1.7e9, "w": {"_type": "histogram", "values": ["?"]}},
    ]
    for row in rows:
        assert isinstance(row["w"], dict)
        row["w"]["packedBins"] = packed
    log = tmp_path / "h.jsonl"
    log.write_text("".join(json.dumps(row) + "\n" for row in rows[:2]))

    ingest(log, logdir=tmp_path / "runs")

    series = read_back(tmp_path / "runs")["h"]["w"]
    assert [buckets[:, 2].sum() for buckets in series.values] == [bins, 2 * bins]


def test_what_is_no_histogram_is_counted() -> None:
    cells = ["{'_type': 'histogram', 'values': [1, 2], 'bins': [0, 1, 2]}", None, "{broken"]
    batch = pa.RecordBatch.from_pydict({"w": cells})
    column, lost = histograms(RawTable(Origin(""), batch, range(3)), "w")
    assert (column.null_count, lost) == (2, 1)
    assert np.allclose(column[0].as_py()["counts"], [1, 2])


def test_the_folder_of_a_later_client_is_one_run(tmp_path: Path) -> None:
    files = tmp_path / "wandb" / "run-20260101_101010-abc" / "files"
    files.mkdir(parents=True)
    (files / "config.yaml").write_text("lr:\n  value: 0.5\n_wandb:\n  value: {}\n")
    summary = {"_step": 9, "_timestamp": 1.7e9, "loss": 0.5, "_wandb": {"runtime": 3}}
    (files / "wandb-summary.json").write_text(json.dumps(summary))
    (files / "wandb-metadata.json").write_text('{"os": "Linux", "cpu_count": 4}')

    report = ingest(tmp_path / "wandb", logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert (run["run"], run["hparams"]) == ("run-20260101_101010-abc", 1)
    tags = read_back(tmp_path / "runs")[run["run"]]
    assert [t for t in tags if tags[t].plugin == "scalars"] == ["loss"]
    assert tags["loss"].steps.tolist() == [9]


@pytest.mark.parametrize("dialect", ["wandb-chart", "wandb-runs", "wandb-history", "optuna"])
def test_another_log_is_refused_by_name(tmp_path: Path, dialect: str) -> None:
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss\n0,1.5\n1,1.25\n")

    report = ingest(log, "--dialect", dialect, logdir=tmp_path / "runs", status=1)

    assert "without --dialect it is found out" in str(report)


def test_damaged_tables_pass_through() -> None:
    batch = pa.RecordBatch.from_pydict({"_step": pa.nulls(2), "_wandb": pa.array([True, None])})
    odd: Raw = RawTable(Origin(""), batch, range(2))
    for dialect in (WANDB_CHART, WANDB_HISTORY):
        assert dialect.adapt is not None
        (table,) = dialect.adapt(Source("x", Run(""), "csv", dialect.name))(odd)
        assert isinstance(table, RawTable)
        assert table.batch.num_rows == 2


def test_the_table_that_the_guide_makes_of_the_api_has_a_run_in_each_row(tmp_path: Path) -> None:
    log = tmp_path / "project.csv"
    log.write_text(
        ",summary,config,name\n"
        "0,\"{'_runtime': 30.5, '_step': 9, '_timestamp': 1700000100.5, '_wandb': {'runtime': 30}, "
        "'loss': 0.25, 'best': nan, 'acc': {'max': 0.75}, 'note': 'nan',"
        " 'table': {'_type': 'table-file', 'nrows': 7}}\","
        "\"{'lr': 0.5, 'sizes': [3, 4], 'model': {'name': 'cnn', 'p': inf}}\",sun-1\n"
        "1,\"{'_timestamp': 1700000200, 'loss': -inf}\",{},sea-2\n"
        "2,{},{'lr': 0.1},sea-2\n"
        "3,{'loss': print(1)},{},hill-3\n"
    )
    report = ingest(log, logdir=tmp_path / "runs", status=0)

    assert dialects(report) == {"wandb-api"}
    served = read_back(tmp_path / "runs")
    sun = {
        tag: curve.values.tolist() for tag, curve in served["sun-1"].items() if curve.values.size
    }
    assert sun["loss"] == [0.25]
    assert sun["acc.max"] == [0.75]
    assert np.isnan(sun["best"]).all()
    assert sun["_runtime"] == [30.5]
    assert sun["_step"] == [9]
    assert "table.nrows" not in sun
    assert served["sun-1"]["loss"].wall_times.tolist() == [1700000100.5]
    assert served["sea-2"]["loss"].values.tolist() == [-np.inf]
    assert {run["run"] for run in report["runs"]} == {"sun-1", "sea-2", "sea-2-2", "hill-3"}
    problems = [p for run in report["runs"] for p in run["problems"]]
    assert not any("no time" in p["problem"] for p in problems)  # of a run without a summary
    said = [p for p in problems if "print(1)" in p["problem"]]
    assert [(p["row"], p["column"]) for p in said] == [(5, "summary")]


def test_the_api_s_members_may_be_columns(tmp_path: Path) -> None:
    log = tmp_path / "wandb_export.csv"
    log.write_text(
        ",lr,_runtime,_step,_timestamp,_wandb,train_loss,name\n"
        "0,0.5,3.5,9,1700000100.5,{'runtime': 3},0.25,a\n"
        "1,0.1,4.5,3,1700000200.5,{'runtime': 4},0.5,b\n"
        "2,0.2,5.5,5,1700000300.5,{'runtime': 5},0.75,a\n"
    )
    report = ingest(log, logdir=tmp_path / "runs")

    assert dialects(report) == {"wandb-api"}
    served = read_back(tmp_path / "runs")
    losses = {run: tags["train_loss"].values.tolist() for run, tags in served.items()}
    assert losses == {"a": [0.25], "b": [0.5], "a-2": [0.75]}
    assert served["a-2"]["train_loss"].wall_times.tolist() == [1700000300.5]
    assert [run["hparams"] for run in report["runs"]] == [2, 2, 2]  # lr and _wandb
    said = [p["problem"] for run in report["runs"] for p in run["problems"]]
    assert any("left out were 'column_1' (3 cells)" in problem for problem in said)


@pytest.mark.parametrize(
    ("metrics", "shown"),
    [
        # capitals come before small letters
        (["FPR", "FPS", "accuracy", "speed"], ["FPR", "FPS", "accuracy", "speed"]),
        # "train_loss" ends with "n_loss", which is not how many losses there are
        (["z", "a", "train_loss", "mean_reward", "n_layers"], ["mean_reward", "train_loss"]),
    ],
)
def test_capitals_come_first_in_the_alphabet_of_metrics(
    metrics: list[str], shown: list[str], tmp_path: Path
) -> None:
    log = tmp_path / "wandb_export_1.csv"
    names = ["Name", "State", "User", "Created", "Runtime", "lr", "wd", *metrics]
    cells = ["a", "finished", "me", "2026-02-02T07:14:06.000Z", 9, 0.5, 0.1, *range(len(metrics))]
    log.write_text("\n".join(",".join(f'"{c}"' for c in row) for row in (names, cells)))
    ingest(log, logdir=tmp_path / "runs")

    (tags,) = read_back(tmp_path / "runs").values()
    assert sorted(tag for tag in tags if tag in metrics) == shown
