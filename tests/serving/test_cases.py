"""Every way in which TensorBoard does not show what is in the files, by hand.

What is expected of each stands here in numbers, and the real readers have to agree with it.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

import pytest
from oracle.readers import Served, by_data_server, by_python
from serving.case import Case, bytes_of, curve, file, flipped, hint, loss, start, tensors
from serving.examined import by_model, examine
from serving.generator import (
    PLUGINS,
    event,
    frame,
    scalar,
    tensor,
    value,
    version,
    write,
)
from tensorboard.compat.proto import types_pb2 as types
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary

GOOD = file(*curve(*range(10)))
TEN = list(range(10))
HISTOGRAM = HistogramProto(min=0, max=2, num=3, bucket_limit=[1, 2], bucket=[1, 2])
SHORT = HistogramProto(min=0, max=2, num=3, bucket_limit=[1], bucket=[1, 1, 1])
LONG = HistogramProto(min=0, max=2, num=3, bucket_limit=[1, 2, 3], bucket=[1, 2])
TIMED = [scalar(step, wall_time=1e9 + step) for step in range(20)]

CASES = {
    "good": Case((GOOD,), TEN, TEN, set()),
    "torn": Case((GOOD[:-7],), TEN[:-1], TEN[:-1], loss("torn")),
    # the data server shows the last point with bytes of what is behind it in its value
    "torn and appended to": Case(
        (GOOD[:-7] + file(*curve(9))[40:],), TEN, TEN[:-1], loss("checksum", "length")
    ),
    "checksum": Case(
        (flipped(GOOD, -1) + frame(scalar(10)),), [*TEN, 10], TEN[:-1], loss("checksum")
    ),
    "payload flipped": Case(
        (flipped(GOOD, -6) + frame(scalar(10)),), [*TEN, 10], TEN[:-1], loss("checksum")
    ),
    "no event under a wrong checksum": Case(
        (GOOD + flipped(frame(b"\xff"), -1) + frame(scalar(10)),), TEN, TEN, loss("checksum")
    ),
    "no event": Case(
        (GOOD + frame(b"\xff") + frame(scalar(10)), GOOD), TEN, TEN, loss("payload", "steps-erased")
    ),
    "length": Case(
        (GOOD + flipped(frame(scalar(10)), 0) + frame(scalar(11)),), TEN, TEN, loss("length")
    ),
    "zeros behind": Case((GOOD + bytes(64),), TEN, TEN, loss("length")),
    "foreign": Case((b"step,loss\n1,2\n3,4\n",), None, None, loss("foreign")),
    "empty": Case((b"", GOOD), TEN, TEN, hint("empty-file")),
    "an empty record": Case((GOOD + frame(b""),), TEN, TEN, hint("start-time")),
    "NaN time": Case(
        (file(*TIMED[:5], scalar(5, wall_time=math.nan), *TIMED[6:]),),
        TEN[:5],
        list(range(20)),
        loss("wall-time"),
    ),
    "infinite time": Case(
        (file(*TIMED[:5], scalar(5, wall_time=math.inf), *TIMED[6:8]),),
        [0, 1, 2, 3, 4, 6, 7],
        [0, 1, 2, 3, 4, 5, 6, 7],
        loss("wall-time"),
    ),
    "same step thrice": Case(
        (file(*curve(1, 2, 2, 2, 3)),), [1, 2, 3], [1, 2, 2, 2, 3], loss("steps-erased")
    ),
    "all at step 0": Case((file(*curve(*[0] * 10)),), [0], [0] * 10, loss("steps-erased")),
    "descending": Case((file(*curve(5, 4, 3)),), [3], [5, 4, 3], loss("steps-erased")),
    "back to 3": Case(
        (file(*curve(*range(10), 3, 4, 5)),), list(range(6)), [*TEN, 3, 4, 5], loss("steps-erased")
    ),
    "resumed in a second file": Case(
        (file(*curve(1, 2, 3, 4, 5)), file(*curve(3, 4))),
        [1, 2, 3, 4],
        [1, 2, 3, 4, 5, 3, 4],
        loss("steps-erased"),
    ),
    "resumed with one START": Case(
        (file(*curve(1, 2, 3, 4, 5)), file(start(3), *curve(3, 4))),
        [1, 2, 3, 4],
        [1, 2, 3, 4, 5, 3, 4],
        loss("steps-erased"),
    ),
    "resumed with two": Case(
        (file(start(0), *curve(1, 2, 3, 4, 5)), file(start(3), *curve(3, 4))),
        [1, 2, 3, 4],
        [1, 2, 3, 4],
        loss("steps-erased", "purged"),
    ),
    "not gone on with": Case(
        (file(start(0), *curve(1, 2, 3, 4, 5)), file(start(3), *curve(3, 4, tag="other"))),
        [1, 2, 3, 4, 5],
        [1, 2],
        loss("purged"),
    ),
    "no version, and back": Case(
        (b"".join(map(frame, curve(1, 2, 3, 2, 2, 3))),),
        [1, 2, 3],
        [1, 2, 2, 3],
        loss("steps-erased", "purged") | hint("first-record"),
    ),
    "no version, two tags that alternate": Case(
        (b"".join(map(frame, (*curve(5), *curve(1, tag="other"), *curve(6)))),),
        [5, 6],
        [5, 6],
        hint("first-record"),
    ),
    "no version": Case((b"".join(map(frame, curve(1, 2))),), [1, 2], [1, 2], hint("first-record")),
    "double": Case(
        (tensors(range(3), lambda: tensor(types.DT_DOUBLE, double_val=[1])),),
        None,
        [0, 1, 2],
        loss("hidden-dtype"),
    ),
    "half": Case(
        (tensors(range(3), lambda: tensor(types.DT_HALF, half_val=[1])),),
        None,
        [0, 1, 2],
        loss("hidden-dtype"),
    ),
    "of shape 1": Case(
        (tensors(range(3), lambda: tensor(types.DT_FLOAT, [1], float_val=[1])),),
        None,
        [0, 1, 2],
        loss("hidden-dtype"),
    ),
    "float32": Case(
        (tensors(range(3), lambda: tensor(types.DT_FLOAT, tensor_content=bytes(4))),),
        [0, 1, 2],
        [0, 1, 2],
        set(),
    ),
    "two values": Case(
        (tensors(range(3), lambda: tensor(types.DT_FLOAT, float_val=[1, 2])),),
        None,
        None,
        loss("bad-value"),
    ),
    "rows do not fit": Case(
        (tensors(range(2), lambda: tensor(types.DT_FLOAT, [2, 2], float_val=[1, 2, 3]), "mesh"),),
        [0, 1],
        None,
        loss("bad-value"),
    ),
    "a scalar, then a histogram": Case(
        (file(*curve(1, 2), event(3, value("loss", histo=HISTOGRAM))),),
        [1, 2],
        None,
        loss("two-kinds"),
    ),
    "a histogram, then a scalar": Case(
        (file(event(0, value("loss", histo=HISTOGRAM)), *curve(1)),),
        [0],
        [0, 1],
        loss("two-kinds"),
    ),
    "metadata late": Case(
        (
            file(
                event(0, value("loss", tensor=tensor(types.DT_FLOAT, float_val=[1]))),
                event(1, value("loss", "scalars", tensor=tensor(types.DT_FLOAT, float_val=[1]))),
            ),
        ),
        None,
        None,
        loss("late-metadata"),
    ),
    "metadata in the second file": Case(
        (
            tensors(range(1), lambda: tensor(types.DT_FLOAT, float_val=[1]), None),
            tensors(range(1, 2), lambda: tensor(types.DT_FLOAT, float_val=[1])),
        ),
        None,
        [0, 1],
        loss("late-metadata"),
    ),
    "no metadata": Case(
        (tensors(range(2), lambda: tensor(types.DT_FLOAT, float_val=[1]), None),),
        None,
        None,
        loss("no-metadata"),
    ),
    "no such plugin": Case(
        (tensors(range(2), lambda: tensor(types.DT_FLOAT, [1], float_val=[1]), "foreign"),),
        None,
        None,
        loss("unknown-plugin"),
    ),
    "metadata alone, then values": Case(
        (
            file(
                event(0, value("loss", "scalars")),
                *(
                    event(i, value("loss", tensor=tensor(types.DT_FLOAT, float_val=[1])))
                    for i in (0, 1)
                ),
            ),
        ),
        [0, 1],
        [0, 1],
        set(),
    ),
    "metadata alone": Case(
        (file(event(0, value("loss", "scalars"))),), None, None, loss("no-value")
    ),
    "settings": Case((file(event(0, value("loss", "hparams"))),), [0], [0], set()),
    "settings twice": Case(
        (file(event(0, value("loss", "hparams"))), file(event(0, value("loss", "hparams")))),
        [0],
        [0, 0],
        set(),
    ),
    "images at one step": Case(
        (file(*(event(0, value("loss", image=Summary.Image())) for _ in range(3))),),
        [0],
        [0],
        loss("steps-erased"),
    ),
    "fewer limits than buckets": Case(
        (file(*curve(0, 1), event(2, value("h", histo=SHORT)), *curve(3)),),
        [0, 1, 3],
        [0, 1],
        loss("histogram-limits", "bad-value"),
    ),
    "more limits than buckets": Case(
        (file(*(event(i, value("loss", histo=LONG)) for i in (0, 1))),),
        None,
        [0, 1],
        loss("bad-value"),
    ),
    "nine after ten": Case(
        (file(*curve(3, 4)), file(*curve(1, 2))),
        [1, 2],
        [3, 4, 1, 2],
        loss("steps-erased", "unsorted-names"),
        ("events.out.tfevents.10", "events.out.tfevents.9"),
    ),
    "nine after ten, of another tag": Case(
        (file(*curve(3, 4)), file(*curve(1, 2, tag="other"))),
        [3, 4],
        [3, 4],
        hint("unsorted-names"),
        ("events.out.tfevents.10", "events.out.tfevents.9"),
    ),
    "two writers": Case(
        (
            file(*TIMED[:5]),
            file(*(scalar(i, "other", wall_time=1e9 + 0.5 + i) for i in range(5))),
        ),
        TEN[:5],
        TEN[:5],
        hint("several-writers"),
    ),
    "profile-empty": Case(
        (GOOD,), TEN, None, loss("profile-empty"), ("events.out.tfevents.1.profile-empty",)
    ),
    "long": Case(
        (file(*curve(*range(1001))),), list(range(1001)), list(range(1001)), hint("sampled")
    ),
    "step of another wire type": Case(
        # as the data server has it, a field that is known has to be what it is known as
        (GOOD + frame(bytes_of(scalar(10)) + b"\x11" + bytes(8)) + frame(scalar(11)),),
        TEN,
        [*TEN, 10, 11],
        loss("payload"),
    ),
    "step of more than 64 bits": Case(
        (GOOD + frame(bytes_of(scalar(3)) + b"\x10" + b"\x8a" + b"\x80" * 8 + b"\x7e"),),
        TEN,
        [*TEN, 10],
        loss("payload"),
    ),
    "a key of six bytes": Case(
        (
            GOOD
            + frame(bytes_of(scalar(3)) + b"\x90" + b"\x80" * 4 + b"\0\x0a")
            + frame(scalar(11)),
        ),
        [*TEN, 10, 11],
        TEN,
        loss("payload"),
    ),
    "no event to the data server, under a wrong checksum": Case(
        (GOOD + flipped(frame(bytes_of(scalar(10)) + b"\x11" + bytes(8)), -1) + frame(scalar(11)),),
        TEN,
        TEN,
        loss("checksum"),
    ),
    "a scalar and a histogram in one event": Case(
        (file(*curve(0), event(1, value("loss", simple_value=1), value("loss", histo=HISTOGRAM))),),
        [0],
        None,
        loss("two-kinds", "steps-erased"),
    ),
    "a histogram and a scalar in one event": Case(
        (file(*curve(0), event(1, value("loss", histo=HISTOGRAM), value("loss", simple_value=1))),),
        [0, 1],
        None,
        loss("two-kinds", "steps-erased"),
    ),
    "a node in place of a tag": Case(
        (
            file(
                *curve(0, 1),
                event(2, value("", tensor=tensor(types.DT_FLOAT, float_val=[1]), node_name="loss")),
            ),
        ),
        [0, 1],
        [0, 1, 2],
        loss("no-tag"),
    ),
    "no version, and a summary of nothing": Case(
        (b"".join(map(frame, (*curve(5), Event(step=1, wall_time=1e9, summary={}), *curve(3)))),),
        [3],
        [5, 3],
        loss("steps-erased") | hint("first-record"),
    ),
    "a meta graph that is none": Case(
        (file(*curve(0, 1), Event(wall_time=1e9, meta_graph_def=b"\xff"), *curve(2)),),
        [0, 1, 2],
        [0, 1],
        loss("meta-graph"),
    ),
    "a meta graph that is none after a graph": Case(
        (
            file(Event(wall_time=1e9, graph_def=b"x"), *curve(0)),
            file(Event(wall_time=1e9, meta_graph_def=b"\xff"), *curve(1)),
        ),
        [0, 1],
        [0, 1],
        set(),
    ),
    "sounds of no rows": Case(
        (tensors(range(2), lambda: tensor(types.DT_STRING, [0, 2]), "audio"),),
        [0, 1],
        [0, 1],
        set(),
    ),
    "sounds of no columns": Case(
        (tensors(range(2), lambda: tensor(types.DT_STRING, [2, 0]), "audio"),),
        None,
        None,
        loss("no-sounds", "bad-value"),
    ),
    "at 1970": Case(
        (frame(Event(file_version="brain.Event:2")) + GOOD[40:],), TEN, TEN, hint("start-time")
    ),
}


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    logdir = tmp_path_factory.mktemp("cases")
    for name, case in CASES.items():
        write(logdir / name, *case.files, names=case.names)
    return logdir


@pytest.fixture(scope="module")
def served(logdir: Path) -> tuple[Served, Served]:
    return by_data_server(logdir, *PLUGINS), by_python(logdir, list(CASES), *PLUGINS)


@pytest.mark.parametrize("name", CASES)
def test_what_is_served(name: str, logdir: Path, served: tuple[Served, Served]) -> None:
    model = by_model({name: examine(logdir / name)})

    for mine, theirs, steps in zip(model, served, CASES[name][1:3], strict=True):
        assert theirs.get(name, {}) == mine[name]
        assert mine[name].get("loss", ("", 0, None))[2] == steps


@pytest.mark.parametrize("name", CASES)
def test_what_is_found(name: str, logdir: Path) -> None:
    found = examine(logdir / name).findings()

    # what is told of another tag is not asked for
    mine = {(each.code, each.severity) for each in found if each.tag in (None, "loss", "h")}
    assert mine == CASES[name].found, [str(each) for each in found]


def test_the_record_of_a_version_has_40_bytes() -> None:
    assert len(frame(version())) == 40
    assert struct.unpack("<Q", frame(version())[:8]) == (24,)
