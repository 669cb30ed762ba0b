"""What is said of a few points, and of histograms whose lists do not fit: word by word."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving.examined import examine
from serving.generator import event, frame, scalar, tensor, value, version, write
from tensorboard.compat.proto import types_pb2 as types
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto

from tbconvert.serving import Finding, counted


def found(folder: Path, *events: Event | bytes, tail: bytes = b"", cut: int = 0) -> list[Finding]:
    data = b"".join(map(frame, (version(), *events))) + tail
    return examine(write(folder, data[: len(data) - cut])).findings()


def finding(code: str, findings: list[Finding]) -> Finding:
    (one,) = (each for each in findings if each.code == code)
    return one


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 points"), (1, "1 point"), (2, "2 points"), (1000, "1,000 points")]
)
def test_counts(count: int, said: str) -> None:
    assert counted(count, "point") == said


def test_one_point_is_no_points(tmp_path: Path) -> None:
    one = tensor(types.DT_DOUBLE, double_val=[1])

    said = finding(
        "hidden-dtype", found(tmp_path / "r", event(0, value("a", "scalars", tensor=one)))
    )

    assert said.said.endswith(": of 1 point TensorBoard shows 0, its Python reader shows 1")


@pytest.mark.parametrize(("rest", "said"), [(1, "1 byte at byte 40"), (20, "20 bytes at byte 40")])
def test_bytes_that_are_cut_off(rest: int, said: str, tmp_path: Path) -> None:
    size = len(frame(scalar(1)))

    torn = finding("torn", found(tmp_path / "r", scalar(1), cut=size - rest))

    assert torn.said.startswith(f"the last record is cut off: {said} cannot be read")


def test_bytes_that_are_no_record(tmp_path: Path) -> None:
    length = finding("length", found(tmp_path / "r", tail=bytes(12)))

    assert length.said == (
        "no record at byte 40: TensorBoard and its Python reader read nothing of the 12 bytes "
        "from there"
    )


@pytest.mark.parametrize(("limits", "odd"), [([1, 2, 3], "more"), ([], "fewer")])
def test_what_mends_a_histogram(limits: list[float], odd: str, tmp_path: Path) -> None:
    histogram = HistogramProto(min=0, max=2, num=3, bucket_limit=limits, bucket=[3, 0])

    bad = finding("bad-value", found(tmp_path / "r", event(0, value("h", histo=histogram))))

    assert bad.said.startswith(f"a histogram of {odd} limits than buckets which cannot be shown")
    assert bad.cure == "write as many limits as buckets"


def test_what_mends_a_tensor(tmp_path: Path) -> None:
    short = tensor(types.DT_FLOAT, [2, 2], float_val=[1, 2, 3])

    bad = finding("bad-value", found(tmp_path / "r", event(0, value("m", "mesh", tensor=short))))

    assert bad.cure == "write as many numbers as the shape of the tensor says"


def test_nothing_is_said_of_a_file_that_was_dropped(tmp_path: Path) -> None:
    examination = examine(write(tmp_path / "r", frame(version()) + frame(scalar(1))))
    examination.begin_file("events.out.tfevents.2")
    examination.drop_file()

    assert examination.findings() == []
    assert [served.written for served in examination.served().values()] == [1]
