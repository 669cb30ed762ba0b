"""MLflow's file store, beyond the golden case: older versions, what is gone, what is twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from oracle import ingest, read_back
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData


def store(folder: Path, run_meta: str = "", experiment_meta: str | None = "name: digits\n") -> Path:
    """Make a store of one run, and return the folder of that."""
    run = folder / "mlruns" / "7" / "0123abc"
    for name, lines in {
        "metrics/loss": "1700000000000 0.5 0\n1700000001000 0.25 1\n",
        "metrics/val/acc": "1700000000000 0.75 1 d1 cafe\n",
        "params/lr": "0.5",
        "params/none": "None",
        "tags/mlflow.user": "me",
    }.items():
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_text(lines)
    (run / "meta.yaml").write_text(f"run_id: 0123abc\nlifecycle_stage: active\n{run_meta}")
    if experiment_meta is not None:
        (run.parent / "meta.yaml").write_text(experiment_meta)
    return run


@pytest.mark.parametrize(
    ("run_meta", "experiment_meta", "name"),
    [
        ("run_name: a b\n", "name: digits\n", "digits/a b"),
        ("run_name: 'it''s'\n", 'name: "d\\xe9"\n', "7/it's"),
        ("", "name: digits\n", "digits/0123abc"),
        ("run_name: ''\n", None, "7/0123abc"),
    ],
)
def test_names_are_those_of_its_page_or_else_ids(
    tmp_path: Path, run_meta: str, experiment_meta: str | None, name: str
) -> None:
    if name.startswith("7/it"):
        experiment_meta = None
    store(tmp_path, run_meta, experiment_meta)

    report = ingest(tmp_path / "mlruns", logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert (run["run"], run["hparams"]) == (name, 1)
    served = read_back(tmp_path / "runs")[name]
    assert served["val/acc"].steps.tolist() == [1]
    assert "names a data set" in str(run["problems"])


@pytest.mark.parametrize("tag", ["mlflow.user", "mlflow.runName"])
def test_a_run_that_was_copied_without_its_description_keeps_its_settings(
    tmp_path: Path, tag: str
) -> None:
    run = store(tmp_path)
    for name in ("meta.yaml", "../meta.yaml", "tags/mlflow.user"):
        (run / name).unlink()
    (run / "tags" / tag).write_text("0123abc")
    (run / "tags" / "mine").write_text("7")
    (run / "params" / "model").mkdir()
    (run / "params" / "model" / "layers").write_text("3")

    report = ingest(run, logdir=tmp_path / "runs")

    (found,) = report["runs"]
    assert (found["run"], found["hparams"]) == ("0123abc", 3)
    assert report["skipped"] == []
    served = read_back(tmp_path / "runs")["0123abc"]
    data = HParamsPluginData.FromString(served["_hparams_/session_start_info"].content)
    settings = data.session_start_info.hparams
    assert {name: settings[name].number_value for name in settings} == {
        "lr": 0.5,
        "model/layers": 3,
        "tags/mine": 7,
    }


def test_the_name_of_an_older_run_is_a_tag(tmp_path: Path) -> None:
    run = store(tmp_path)
    (run / "tags" / "mlflow.runName").write_text("old")

    report = ingest(tmp_path / "mlruns", logdir=tmp_path / "runs")

    assert [run["run"] for run in report["runs"]] == ["digits/old"]


def test_lines_of_the_first_version_have_no_step(tmp_path: Path) -> None:
    run = store(tmp_path)
    (run / "metrics" / "loss").write_text("1500000000 4.0\n1500000060 2.0\n")

    ingest(tmp_path / "mlruns", logdir=tmp_path / "runs")

    loss = read_back(tmp_path / "runs")["digits/0123abc"]["loss"]
    assert loss.steps.tolist() == [0, 1]
    assert loss.wall_times.tolist() == [1_500_000_000, 1_500_000_060]


def test_what_is_deleted_is_not_shown(tmp_path: Path) -> None:
    run = store(tmp_path)
    meta = run / "meta.yaml"
    meta.write_text(meta.read_text().replace("active", "deleted"))

    report = ingest(tmp_path / "mlruns", logdir=tmp_path / "runs", status=1)

    assert "deleted in MLflow" in str(report["skipped"])


def test_metrics_of_logged_models_are_those_of_their_run(tmp_path: Path) -> None:
    run = store(tmp_path)
    model = run.parent / "models" / "m-1"
    (model / "metrics").mkdir(parents=True)
    (model / "meta.yaml").write_text("model_id: m-1\n")
    (model / "metrics" / "loss").write_text("1700000001000 0.25 1 0123abc\n")

    report = ingest(tmp_path / "mlruns", logdir=tmp_path / "runs")

    assert [run["run"] for run in report["runs"]] == ["digits/0123abc"]


def test_a_folder_of_metrics_without_a_store_is_none(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "a.csv").write_text("step,loss\n0,1.5\n1,1.25\n")

    report = ingest(tmp_path / "metrics", logdir=tmp_path / "runs")

    assert report["runs"][0]["sources"][0]["dialect"] == "generic"


@pytest.mark.parametrize("above", ["metrics/team", "tags", "a/params/b"])
def test_folders_above_a_store_are_called_as_they_like(tmp_path: Path, above: str) -> None:
    run = store(tmp_path / "all" / above)
    (run / "metrics" / "params" / "tags").mkdir(parents=True)
    (run / "metrics" / "params" / "tags" / "norm").write_text("1700000000000 2 0\n")

    report = ingest(tmp_path / "all", logdir=tmp_path / "runs")

    (found,) = report["runs"]
    assert (found["run"], found["hparams"]) == (f"{above}/mlruns/digits/0123abc", 1)
    tags = set(read_back(tmp_path / "runs")[found["run"]])
    assert {"loss", "val/acc", "params/tags/norm"} <= tags


@pytest.mark.parametrize(
    ("folder", "name"), [("run_7/metrics", "run_7"), ("copied", "copied"), ("metrics", None)]
)
def test_metrics_without_their_meta_yaml_are_known_by_their_lines(
    tmp_path: Path, folder: str, name: str | None
) -> None:
    metrics = tmp_path / "all" / folder
    (metrics / "val").mkdir(parents=True)
    (metrics / "loss").write_text("1700000000000 0.5 0\n1700000001500 0.25 10\n")
    (metrics / "val" / "acc").write_text("1700000001500 0.75 10 d1 cafe\n")
    (metrics / "table.csv").write_text("step,norm\n0,1.5\n1,1.25\n")

    report = ingest(tmp_path / "all", logdir=tmp_path / "runs")

    dialects = {run["run"]: run["sources"][0]["dialect"] for run in report["runs"]}
    of_mlflow = [run for run, dialect in dialects.items() if dialect == "mlflow"]
    tags = {}
    for run in of_mlflow:
        tags |= read_back(tmp_path / "runs")[run]
    assert tags["loss"].steps.tolist() == [0, 10]
    assert tags["loss"].wall_times.tolist() == [1_700_000_000, 1_700_000_001.5]
    acc = tags["val/acc" if folder != "copied" else "acc"]
    assert (acc.steps.tolist(), acc.values.tolist()) == ([10], [0.75])
    if name is not None:
        assert name in of_mlflow
    assert "generic" in dialects.values()


def test_a_single_metric_of_a_store_is_known_by_its_lines(tmp_path: Path) -> None:
    (tmp_path / "loss").write_text("1700000000000 0.5 0\n1700000001500 0.25 10\n")

    report = ingest(tmp_path / "loss", logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert run["sources"][0]["dialect"] == "mlflow"
    assert read_back(tmp_path / "runs")[run["run"]]["loss"].steps.tolist() == [0, 10]
