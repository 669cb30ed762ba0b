"""Loggers that have a file for each part of an experiment: Acme, Caffe, TorchRL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oracle import Series, ingest, read_back
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData


def settings_of(served: dict[str, Series]) -> dict[str, Any]:
    data = HParamsPluginData.FromString(served["_hparams_/session_start_info"].content)
    pairs = data.session_start_info.hparams.items()
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in pairs}


def test_a_learner_of_acme_whose_counts_have_no_prefix(tmp_path: Path) -> None:
    log = tmp_path / "learner" / "logs.csv"
    log.parent.mkdir()
    log.write_text("loss,steps,walltime\n2.5,1,0.5\n1.5,2,1.25\n")

    report = ingest(log, logdir=tmp_path / "runs")

    (source,) = report["runs"][0]["sources"]
    assert (source["dialect"], source["step"]["column"]) == ("acme-learner", "steps")
    loss = read_back(tmp_path / "runs")["learner"]["loss"]
    assert loss.steps.tolist() == [1, 2]
    assert loss.wall_times[1] - loss.wall_times[0] == 0.75


def test_the_table_of_a_shell_script_of_caffe(tmp_path: Path) -> None:
    logs = tmp_path / "net"
    logs.mkdir()
    train = "#Iters Seconds TrainingLoss LearningRate\n0 0.5 2.5 0.01\n100 3.5 1.5 0.01\n"
    test = "#Iters Seconds TestAccuracy TestLoss\n0 0.25 0.5 2.75\n100 2.5 0.75 1.75\n"
    (logs / "log.train").write_text(train)
    (logs / "log.test").write_text(test)

    report = ingest(logs, logdir=tmp_path / "runs")

    assert [run["run"] for run in report["runs"]] == ["net"]  # "log" says nothing
    served = read_back(tmp_path / "runs")["net"]
    assert served["train/TrainingLoss"].steps.tolist() == [0, 100]
    assert served["test/TestLoss"].values.tolist() == [2.75, 1.75]
    began = served["train/TrainingLoss"].wall_times[0] - 0.5
    assert served["test/TestLoss"].wall_times.tolist() == [began + 0.25, began + 2.5]
    assert served.keys() == {
        *("train/TrainingLoss", "train/LearningRate", "train/Seconds"),
        *("test/TestAccuracy", "test/TestLoss", "test/Seconds"),
    }


def test_what_log_hparams_of_torchrl_wrote(tmp_path: Path) -> None:
    given = {"b": 0.1, "c": {"d": [1, 2]}, "n": None, "t": True, "w": "two\nlines: no", "z": -3}
    text = "\n".join(f"{k}: {v}" for k, v in sorted(given.items()))
    (tmp_path / "exp" / "scalars").mkdir(parents=True)
    (tmp_path / "exp" / "texts").mkdir()
    (tmp_path / "exp" / "scalars" / "loss.csv").write_text("0,1.5\n10,1.25\n")
    (tmp_path / "exp" / "texts" / "hparams0.txt").write_text(text)
    (tmp_path / "exp" / "texts" / "note0.txt").write_text("lr: 0.5 was too much")

    report = ingest(tmp_path / "exp", logdir=tmp_path / "runs")

    assert [run["run"] for run in report["runs"]] == ["exp"]
    assert [skipped["uri"].rpartition("/")[2] for skipped in report["skipped"]] == ["note0.txt"]
    found = settings_of(read_back(tmp_path / "runs")["exp"])
    # a line of a text that looks like a name cannot be told from one
    assert found == {"b": 0.1, "c": "{'d': [1, 2]}", "t": True, "w": "two", "lines": "no", "z": -3}
