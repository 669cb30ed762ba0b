"""DeepXDE, DeePMD-kit and NequIP, whose columns are not what they are called."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from oracle import ingest, read_back

from tbconvert.dialects.nequip import NEQUIP
from tbconvert.model import Origin, RawTable, Run, Source

HEADER = "# step, loss_train, loss_test, metrics_test"


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (2, ["loss_train", "loss_test"]),
        (3, ["loss_train", "loss_test", "metrics_test"]),
        (4, ["loss_train/0", "loss_train/1", "loss_test/0", "loss_test/1"]),
        (5, ["loss_train/0", "loss_train/1", "loss_test/0", "loss_test/1", "metrics_test"]),
    ],
)
def test_deepxde_under_any_name(tmp_path: Path, values: int, names: list[str]) -> None:
    rows = [[1000.0 * n, *(n + 0.5 for _ in range(values))] for n in range(3)]
    lines = [" ".join(f"{cell:.18e}" for cell in row) for row in rows]
    (tmp_path / "poisson.txt").write_text("\n".join([HEADER, *lines, ""]))

    report = ingest(tmp_path / "poisson.txt", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["poisson"]
    assert {*served} == {*names}
    assert served[names[0]].steps.tolist() == [0, 1000, 2000]
    assert len(report["runs"][0]["problems"]) == (values != 3)


def test_deepmd_in_pairs(tmp_path: Path) -> None:
    line = "step={}, lr=0.001, loss=720.5, rmse_e=0.25, speed=0.5 s/100 batches\n"
    (tmp_path / "lcurve.out").write_text("".join(line.format(n) for n in (0, 100, 200)))

    report = ingest(tmp_path / "lcurve.out", "--run", "a", logdir=tmp_path / "runs")

    served = read_back(tmp_path / "runs")["a"]
    assert {*served} == {"lr", "loss", "rmse_e", "speed"}
    assert served["loss"].steps.tolist() == [0, 100, 200]
    assert report["runs"][0]["sources"][0]["dialect"] == "deepmd"


def test_a_loss_dat_of_somebody_else_is_not_of_deepxde(tmp_path: Path) -> None:
    (tmp_path / "loss.dat").write_text("# epoch, loss\n0 0.5\n1 0.25\n")

    report = ingest(tmp_path / "loss.dat", logdir=tmp_path / "runs")

    assert report["runs"][0]["sources"][0]["dialect"] == "generic"


def test_a_table_with_no_such_comment_is_refused_as_deepmd(tmp_path: Path) -> None:
    log = tmp_path / "lcurve.out"
    log.write_text("step,rmse\n0,0.5\n1,0.25\n")

    report = ingest(log, "--dialect", "deepmd", logdir=tmp_path / "runs", status=1)

    assert "--dialect deepmd: no line before the table" in str(report)


def test_nequip_counts_batches_on_over_blocks() -> None:
    source = Source("a/metrics_batch_val.csv", Run("a"), "csv", "nequip")
    assert NEQUIP.adapt is not None
    adapt = NEQUIP.adapt(source)
    found = []
    for epochs, batches in (([3, 3], [1, 2]), ([4, 4], [1, 2]), ([5, None], [1, None])):
        batch = pa.RecordBatch.from_pydict({"epoch": epochs, "batch": batches, "loss": [0.5, 1.5]})
        for raw in adapt(RawTable(Origin("a"), batch, range(1, 3))):
            assert isinstance(raw, RawTable)
            assert raw.batch.schema.names == ["batch_val/epoch", "batch", "batch_val/loss"]
            found += raw.batch.column(1).to_pylist()

    assert found == [1, 2, 3, 4, 5, None]
