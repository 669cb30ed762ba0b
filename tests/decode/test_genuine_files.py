"""Files that others wrote, and our own: all that TensorBoard's readers serve of them is read."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus_at import CORPUS, MISSING
from decode.event_files import framed
from numpy.typing import NDArray
from oracle import Logdir, data_server, python_loader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

import tbconvert
from tbconvert.decode import Damage, Mark, Scalars, Value, read_events

FIXTURES = Path(__file__).parents[2] / "fixtures"


def read(file: Path) -> tuple[dict[str, list[Scalars]], list[Value], list[Mark]]:
    scalars: dict[str, list[Scalars]] = defaultdict(list)
    values, marks = [], []
    with file.open("rb") as stream:
        for part in read_events(stream, file.stat().st_size):
            assert not isinstance(part, Damage), part
            if isinstance(part, Scalars):
                scalars[part.tag].append(part)
            elif isinstance(part, Value):
                values.append(part)
            else:
                marks.append(part)
    return scalars, values, marks


def has_all(file: Path, served: Logdir, run: str) -> int:
    """Fail unless all that is served of a run is read of its file; return how many points."""
    scalars, values, marks = read(file)
    count = 0
    for tag, series in served[run].items():
        if series.plugin == "scalars" and tag in scalars:
            parts = scalars[tag]
            steps, times = joined(parts, "steps"), joined(parts, "wall_times")
            read_of = set(zip(steps, times, bits(joined(parts, "values")), strict=True))
            wanted = zip(series.steps, series.wall_times, bits(series.values), strict=True)
            assert set(wanted) <= read_of, (run, tag)
        elif series.plugin == "graphs":
            contents = [mark.content for mark in marks if mark.what == "graph_def"]
            assert [value[-1] for value in series.values] == contents, (run, tag)
        else:
            places = {(value.step, value.wall_time) for value in values if value.tag == tag}
            assert set(zip(series.steps, series.wall_times, strict=True)) <= places, (run, tag)
        count += len(series)
    return count


def joined(parts: list[Scalars], column: str) -> NDArray[Any]:
    return np.concatenate([getattr(part, column) for part in parts])


def bits(values: NDArray[Any]) -> NDArray[np.uint32]:
    return values.astype(np.float32).view(np.uint32)


def both_readers_have(logdir: Path, least: int) -> None:
    files = {file.parent: file for file in logdir.rglob("*tfevents*")}
    for reader in (data_server, python_loader):
        served = reader.read(logdir)
        count = 0
        for folder, file in files.items():
            count += has_all(file, served, folder.relative_to(logdir).as_posix())
        assert count >= least


@pytest.mark.parametrize("package", ["torch.utils.tensorboard", "tensorboardX"])
def test_what_a_summary_writer_wrote(package: str, tmp_path: Path) -> None:
    writer_of = pytest.importorskip(package).SummaryWriter
    random = np.random.default_rng(7)
    with writer_of(str(tmp_path / "run")) as writer:
        for step in range(300):
            for tag in ("loss/train", "loss/test", "lr"):
                writer.add_scalar(tag, float(random.normal()), step, walltime=1.7e9 + step)
            if step % 50 == 0:
                writer.add_histogram("weights", random.normal(size=100), step, walltime=1.7e9)
                writer.add_text("note", f"at {step}", step, walltime=1.7e9)
                image = random.random((8, 8, 3)).astype(np.float32)
                writer.add_image("image", image, step, walltime=1.7e9, dataformats="HWC")
        writer.add_hparams({"lr": 0.1}, {"best": 0.5})  # a run of its own

    (file,) = (tmp_path / "run").glob("*tfevents*")
    scalars, values, _ = read(file)

    assert {tag: sum(len(p.steps) for p in parts) for tag, parts in scalars.items()} == {
        "loss/train": 300,
        "loss/test": 300,
        "lr": 300,
    }
    kinds = {(value.tag.split("/")[0], value.message.WhichOneof("value")) for value in values}
    assert {("weights", "histo"), ("note", "tensor"), ("image", "image")} <= kinds
    both_readers_have(tmp_path, 900 + 3 * 6)


def test_torch_in_the_new_style(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch.utils.tensorboard")
    with torch.SummaryWriter(str(tmp_path / "run")) as writer:
        for step in range(100):
            writer.add_scalar("single", step / 3, step, new_style=True)
            writer.add_scalar("double", step / 3, step, new_style=True, double_precision=True)

    (file,) = (tmp_path / "run").glob("*tfevents*")
    scalars, values, _ = read(file)

    (single,) = scalars["single"]
    assert (single.is_tensor, single.plugin) == (True, "scalars")
    assert np.array_equal(single.values, np.arange(100).astype(np.float32) / np.float32(3))
    assert [value.message.tensor.double_val[0] for value in values] == [s / 3 for s in range(100)]
    both_readers_have(tmp_path, 100)


def test_tensorflow_2(tmp_path: Path) -> None:
    # as tf.summary.scalar writes them: a tensor with its metadata in each event
    payloads = [Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString()]
    for step in range(200):
        value = Summary.Value(tag="epoch_loss")
        value.metadata.plugin_data.plugin_name = "scalars"
        value.metadata.data_class = 1
        value.tensor.dtype = 1
        value.tensor.tensor_shape.SetInParent()
        value.tensor.tensor_content = np.float32(step / 7).tobytes()
        event = Event(step=step, wall_time=1.7e9 + step, summary=Summary(value=[value]))
        payloads.append(event.SerializeToString())
    (tmp_path / "run").mkdir()
    file = tmp_path / "run" / "events.out.tfevents.1700000000.host.1.0.v2"
    file.write_bytes(framed(*payloads))

    parts = read(file)[0]["epoch_loss"]

    assert all((part.is_tensor, part.plugin) == (True, "scalars") for part in parts)
    assert np.array_equal(joined(parts, "values"), (np.arange(200) / 7).astype(np.float32))
    both_readers_have(tmp_path, 200)


@pytest.mark.parametrize("dialect", ["keras", "lightning", "ray", "numpy", "sacred", "wandb"])
def test_what_tbconvert_wrote(dialect: str, tmp_path: Path) -> None:
    report = tbconvert.ingest(FIXTURES / dialect, logdir=tmp_path)

    assert sum(run.points for run in report.runs)
    both_readers_have(tmp_path, 1)


GENUINE = sorted(CORPUS.rglob("*tfevents*")) if CORPUS.is_dir() else []


@pytest.mark.corpus
@pytest.mark.skipif(not GENUINE, reason=MISSING)
@pytest.mark.parametrize("file", GENUINE, ids=[file.parent.name for file in GENUINE])
def test_genuine_files(file: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / file.name).write_bytes(file.read_bytes())

    both_readers_have(tmp_path, 1)
