"""MMCV's and MMEngine's lines, beyond the golden cases."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
from oracle import ingest, read_back

from tbconvert.dialects.mmcv import MMCV
from tbconvert.model import Origin, RawTable, Run, Source


def write(log: Path, lines: Iterable[Any]) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(line if isinstance(line, str) else json.dumps(line) + "\n"
                           for line in lines))  # fmt: skip


def train(epoch: int, place: int) -> dict[str, Any]:
    return {"mode": "train", "epoch": epoch, "iter": place, "lr": 0.5, "loss": 1 / place}


def test_mmcv_resumed_and_cut_off(tmp_path: Path) -> None:
    val = {"mode": "val", "epoch": 4, "iter": 7, "lr": 0.5, "acc": 0.75}
    lines = [{"seed": None}, train(4, 10), train(4, 20), val, train(5, 10), '{"mode": "tra\n']
    write(tmp_path / "a" / "None.log.json", lines)

    report = ingest(tmp_path / "a", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["a"]
    assert served["train/loss"].steps.tolist() == [70, 80, 90]
    assert served["val/acc"].steps.tolist() == [80]
    assert not {"train/iter", "val/iter"} & {*served}
    assert report["runs"][0]["rejected"] == 1


def test_mmcv_counts_on_over_blocks() -> None:
    assert MMCV.adapt is not None
    adapt = MMCV.adapt(Source("a", Run("a"), "jsonl", "mmcv"))
    blocks = [
        [("train", 1, 10), ("train", 1, 20)],
        [("val", 1, 7), ("train", 2, 10)],
        [("val", 2, 7), (None, None, None)],
        [("train", 3, 10)],
    ]
    found = []
    for number, block in enumerate(blocks):
        columns = zip(*block, strict=True)
        batch = pa.RecordBatch.from_pydict(
            dict(zip(("mode", "epoch", "iter"), map(list, columns), strict=True))
            | {"loss": [0.5] * len(block)}
        )
        lines = range(2 + 10 * number, 2 + 10 * number + len(block))
        for raw in adapt(RawTable(Origin("a"), batch, lines)):
            assert isinstance(raw, RawTable)
            if "step" in raw.batch.schema.names:
                tag = raw.batch.schema.names[0].partition("/")[0]
                found += [(tag, step) for step in raw.batch.column("step").to_pylist()]

    steps = {mode: [step for of, step in found if of == mode] for mode in ("train", "val")}
    assert steps == {"train": [10, 20, 30, 50], "val": [20, 30]}


def test_mmengine_without_config_and_with_other_iterations(tmp_path: Path) -> None:
    # before 0.7 a line of the training had the iteration within its epoch
    lines = [
        {
            "lr": 0.5,
            "data_time": 0.1,
            "loss": 1 / n,
            "time": 0.2,
            "epoch": n,
            "iter": 4,
            "step": 4 * n,
        }
        for n in (1, 2)
    ]
    write(tmp_path / "x" / "20260102_030405" / "vis_data" / "scalars.json", lines)

    ingest(tmp_path / "x", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["20260102_030405"]
    assert served["loss"].steps.tolist() == [4, 8]
    assert served["iter"].values.tolist() == [4, 4]
