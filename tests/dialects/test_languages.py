"""fairseq's other forms of a log, and Flair's, AllenNLP's and OpenCLIP's other releases."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from oracle import ingest, read_back

from tbconvert.dialects.flair import FLAIR
from tbconvert.model import Origin, RawTable, Run, Source

BEGIN = "2021-03-08 12:29:51 | INFO | fairseq_cli.train | training on 1 devices (GPUs/TPUs)\n"


def test_fairseq_in_pairs(tmp_path: Path) -> None:
    at = "2021-03-08 12:30:{:02} | INFO | {} | {}\n"
    inner = "epoch 001:      2 / 10 loss=14.5, ppl=23985, wps=0, num_updates={}, lr=4e-05, wall=59"
    valid = "epoch 001 | valid on 'valid' subset | loss 8.5 | ppl 362 | num_updates 4"
    whole = "epoch 001 | loss 9.5 | ppl 724 | gnorm nan | num_updates 4 | train_wall 57"
    lines = [at.format(n, "train_inner", inner.format(n)) for n in (2, 4)]
    lines += [at.format(40, "valid", valid), at.format(41, "train", whole)]
    (tmp_path / "a.log").write_text(BEGIN + "".join(lines))

    report = ingest(tmp_path / "a.log", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["a"]
    assert served["train_inner/lr"].steps.tolist() == [2, 4]
    assert served["valid/loss"].values.tolist() == [8.5]
    assert served["train/loss"].steps.tolist() == [4]
    assert served["train/epoch"].values.tolist() == [1]
    assert (report["runs"][0]["rejected"], report["runs"][0]["non_finite"]) == (0, 1)


def test_fairseq_before_its_loggers_had_names(tmp_path: Path) -> None:
    at = "2020-03-04 10:00:0{} | INFO | fairseq.progress_bar | {}\n"
    said = ["epoch 001:  2 / 4 loss=9.5, num_updates=2", "epoch 001 | loss 8.5 | num_updates 4"]
    said += ["epoch 001 | valid on 'valid' subset | valid_loss 7.5 | num_updates 4"]
    lines = [at.format(n, text) for n, text in enumerate(said)]
    (tmp_path / "a.log").write_text(BEGIN + "".join(lines))

    ingest(tmp_path / "a.log", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["a"]
    epochs = {f"{name}/epoch" for name in ("train_inner", "train", "valid")}
    assert {*served} == {"train_inner/loss", "train/loss", "valid/valid_loss", *epochs}


def test_fairseq_by_hydra_and_cut_off(tmp_path: Path) -> None:
    at = "[2021-05-11 12:00:0{},123][{}][INFO] - {}\n"
    lines = [
        at.format(n, "train_inner", json.dumps({"epoch": 1, "loss": "0.5", "num_updates": f"{n}"}))
        for n in (1, 2)
    ]
    text = at.format(0, "fairseq_cli.train", "{'_name': None}") + "".join(lines)
    (tmp_path / "hydra_train.log").write_text(
        text + '[2021-05-11 12:00:03,123][train][INFO] - {"lo'
    )

    report = ingest(tmp_path / "hydra_train.log", "--run", "a", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["a"]
    assert served["train_inner/loss"].steps.tolist() == [1, 2]
    assert report["runs"][0]["rejected"] == 1


def test_flair_with_several_rates_and_nothing_to_evaluate(tmp_path: Path) -> None:
    log = tmp_path / "tagger" / "loss.tsv"
    log.parent.mkdir()
    names = "EPOCH\tTIMESTAMP\tLEARNING_RATE\tTRAIN_LOSS\tDEV_LOSS\n"
    log.write_text(f"{names}1\t10:00:00\t0.1,0.05\t0.5\t_\n2\t10:00:30\t0.1,0.025\t0.25\t_\n")

    report = ingest(log, logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["tagger"]
    assert {*served} == {"LEARNING_RATE/0", "LEARNING_RATE/1", "TRAIN_LOSS"}
    assert served["LEARNING_RATE/1"].values.tolist() == pytest.approx([0.05, 0.025])
    assert report["runs"][0]["rejected"] == 0


def test_flair_over_midnight_between_blocks() -> None:
    assert FLAIR.adapt is not None
    adapt = FLAIR.adapt(Source("loss.tsv", Run("a"), "csv", "flair"))
    found = []
    for times in (["23:59:58", "soon"], [None, "00:00:01"]):
        batch = pa.RecordBatch.from_pydict({"EPOCH": [1, 2], "TIMESTAMP": times})
        for raw in adapt(RawTable(Origin("a"), batch, range(2))):
            assert isinstance(raw, RawTable)
            found += raw.batch.column(1).to_pylist()

    assert found == [86398, None, None, 86401]


def test_allennlp_metrics_alone(tmp_path: Path) -> None:
    metrics = {"best_epoch": 2, "epoch": 3, "training_duration": "1 day, 0:00:01.5"}
    (tmp_path / "metrics.json").write_text(json.dumps(metrics | {"training_loss": 0.5}))

    ingest(tmp_path / "metrics.json", "--run", "a", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["a"]
    assert served["training_loss"].steps.tolist() == [3]
    assert served["training_duration"].values.tolist() == [86401.5]


def test_open_clip_evaluated_by_zero_shot_only(tmp_path: Path) -> None:
    log = tmp_path / "a" / "checkpoints" / "results.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text('{"imagenet-zeroshot-val-top1": 0.25}\n{"imagenet-zeroshot-val-top1": 0.5}\n')
    (tmp_path / "a" / "params.txt").write_text("lr: 1e-3\nname: 2023_01\nworkers: 4\nodd line\n")

    report = ingest(tmp_path / "a", logdir=tmp_path / "runs")

    assert report["runs"][0]["hparams"] == 3
    assert read_back(tmp_path / "runs")["a"]["imagenet-zeroshot-val-top1"].steps.tolist() == [0, 1]
