"""The oracles themselves, on event files that other programs wrote."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from oracle import TensorBoard, data_server, python_loader, read_back

INF = math.inf


def write(folder: Path, *events: Event) -> Path:
    """Write events by TensorBoard's own writer, and return the file."""
    writer = EventFileWriter(str(folder))
    for event in events:
        writer.add_event(event)
    writer.close()
    (file,) = folder.iterdir()
    return file


def scalar(tag: str, step: int, value: float, wall_time: float = 1e9) -> Event:
    values = [Summary.Value(tag=tag, simple_value=value)]
    return Event(step=step, wall_time=wall_time, summary=Summary(value=values))


def curve(tag: str, values: list[float]) -> list[Event]:
    return [scalar(tag, step, value, 1e9 + step / 2) for step, value in enumerate(values)]


@pytest.fixture
def logdir(tmp_path: Path) -> Path:
    """Two runs: one of everything, and one in a folder of a folder."""
    histogram = HistogramProto(
        min=-1.5, max=2, num=6, sum=3, sum_squares=7, bucket_limit=[-1.5, 0, 2], bucket=[0, 2, 4]
    )
    graph = GraphDef()
    graph.node.add(name="x", op="Placeholder")
    summaries = [
        Summary(value=[Summary.Value(tag="weights", histo=histogram)]),
        text_pb("note", "**bold** ü"),
        Summary(value=[Summary.Value(tag="look", image=Summary.Image(width=3, height=2))]),
    ]
    write(
        tmp_path / "all kinds",
        *curve("loss", [1, 0.1, math.nan, INF, -INF, 16777217]),
        *(Event(step=7, wall_time=1e9, summary=summary) for summary in summaries),
        Event(wall_time=1e9, graph_def=graph.SerializeToString()),
    )
    write(tmp_path / "a" / "b", *curve("é/x", [3.0] * 2500))
    return tmp_path


def test_all_readers_agree_on_all_kinds(logdir: Path) -> None:
    served = read_back(logdir)
    assert set(served) == {"all kinds", "a/b"}

    loss = served["all kinds"]["loss"]
    assert loss.plugin == "scalars"
    assert loss.steps.tolist() == [0, 1, 2, 3, 4, 5]
    assert loss.wall_times.tolist() == [1e9, 1e9 + 0.5, 1e9 + 1, 1e9 + 1.5, 1e9 + 2, 1e9 + 2.5]
    assert loss.values.dtype == np.float32
    wanted = np.float32([1, 0.1, math.nan, INF, -INF, 16777216])
    np.testing.assert_array_equal(loss.values, wanted)

    assert served["all kinds"]["note"].values.tolist() == ["**bold** ü"]
    assert served["all kinds"]["note"].steps.tolist() == [7]
    (weights,) = served["all kinds"]["weights"].values
    assert weights.tolist() == [[-1.5, -1.5, 0], [-1.5, 0, 2], [0, 2, 4]]
    (look,) = served["all kinds"]["look"].values
    assert look[:2] == (b"3", b"2")
    (graph,) = served["all kinds"]["__run_graph__"].values
    assert GraphDef.FromString(graph[0]).node[0].name == "x"


def test_no_reader_samples(logdir: Path) -> None:
    # all readers keep fewer than 2500 of a tag unless told otherwise
    assert read_back(logdir)["a/b"]["é/x"].steps.tolist() == list(range(2500))


def test_whole_tensorboard_over_http(logdir: Path) -> None:
    served = read_back(logdir)
    with TensorBoard(logdir) as board:
        over_http = board.read_scalars()
        assert board.get("data/plugin/text/tags") == {"all kinds": ["note"]}
        assert "weights" in board.get("data/plugin/histograms/tags")["all kinds"]
    assert over_http.keys() == served.keys()
    assert over_http["all kinds"].keys() == {"loss"}
    for run, tags in over_http.items():
        for tag, series in tags.items():
            for field in ("steps", "wall_times", "values"):
                expected = getattr(served[run][tag], field)
                np.testing.assert_array_equal(expected, getattr(series, field))


@pytest.mark.filterwarnings("ignore")
def test_summaries_of_torch(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch.utils.tensorboard")
    with torch.SummaryWriter(str(tmp_path / "t")) as writer:
        for step in range(3):
            writer.add_scalar("loss", 1 / (step + 1), step, walltime=1.7e9 + step)
            writer.add_histogram("w", np.arange(10.0) * step, step, walltime=1.7e9)
        writer.add_scalar("odd", math.nan, 0)
        writer.add_scalar("odd", INF, 1)
        writer.add_text("note", "hello", 2)
    served = read_back(tmp_path)["t"]
    np.testing.assert_array_equal(served["loss"].values, np.float32([1, 1 / 2, 1 / 3]))
    np.testing.assert_array_equal(served["odd"].values, np.float32([math.nan, INF]))
    assert [buckets[:, 2].sum() for buckets in served["w"].values] == [10, 10, 10]
    assert served["note/text_summary"].values.tolist() == ["hello"]


# ------------------------------------------------- where the readers differ, it has to be seen


def test_a_step_back_is_a_disagreement(tmp_path: Path) -> None:
    write(tmp_path / "r", *(scalar("loss", step, 1) for step in (1, 2, 3, 2)))
    with pytest.raises(AssertionError, match="run 'r', tag 'loss': the steps differ"):
        read_back(tmp_path)


def test_a_wall_time_that_is_no_number_is_a_disagreement(tmp_path: Path) -> None:
    events = [scalar("loss", 1, 1), scalar("loss", 2, 1, math.nan), scalar("loss", 3, 1)]
    write(tmp_path / "r", *events)
    with pytest.raises(AssertionError, match="the steps differ"):
        read_back(tmp_path)


def test_two_kinds_under_one_tag_are_a_disagreement(tmp_path: Path) -> None:
    both = [scalar("x", 0, 1), Event(step=1, wall_time=1e9, summary=text_pb("x", "text"))]
    write(tmp_path / "r", *both)
    with pytest.raises(AssertionError, match="a tag of two kinds"):
        read_back(tmp_path)


def test_new_style_scalars_are_invisible_to_most_tools(tmp_path: Path) -> None:
    events = [scalar("x", 0, 1)]
    events[0].summary.value[0].ClearField("simple_value")
    events[0].summary.value[0].tensor.dtype = 1
    events[0].summary.value[0].tensor.float_val.append(1)
    events[0].summary.value[0].metadata.plugin_data.plugin_name = "scalars"
    write(tmp_path / "r", *events)
    assert data_server.read(tmp_path)["r"]["x"].values.tolist() == [1]
    assert python_loader.read(tmp_path)["r"]["x"].values.tolist() == [1]
    with pytest.raises(AssertionError, match="EventAccumulator differ in tags"):
        read_back(tmp_path)


def test_an_empty_file_is_a_disagreement(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "events.out.tfevents.1").touch()
    with pytest.raises(AssertionError, match=r"only the second \['r'\]"):
        read_back(tmp_path)


def test_a_record_with_a_bad_checksum_ends_the_file(tmp_path: Path) -> None:
    file = write(tmp_path / "r", *curve("loss", [0.5, 0.25, 0.125]))
    data = bytearray(file.read_bytes())
    data[data.index(struct.pack("<f", 0.25))] ^= 1
    file.write_bytes(data)
    assert read_back(tmp_path)["r"]["loss"].steps.tolist() == [0]
