"""Console logs, by ``--pattern``: what the lines of well-known programs become."""

from __future__ import annotations

import math
from collections.abc import Callable

from found import Found

Read = Callable[..., Found]

PAIRS = r"(?P<key>\w+)[:=] ?(?P<value>[-\d.e+naif]+)"

NANOGPT = """\
number of parameters: 10.65M
step 0: train loss 4.2874, val loss 4.2823
iter 0: loss 4.2662, time 34290.43ms, mfu -100.00%
iter 10: loss 3.2440, time 12.11ms, mfu 30.86%
step 250: train loss 1.9672, val loss 2.0652
saving checkpoint to out-shakespeare-char
iter 250: loss nan, time 2023.10ms, mfu 27.78%
"""
NANOGPT_PATTERNS = (
    r"iter (?P<step>\d+): loss (?P<loss>\S+), time (?P<time_ms>\S+)ms, mfu (?P<mfu>\S+)%",
    r"step (?P<step>\d+): train loss (?P<train__loss>\S+), val loss (?P<val__loss>\S+)",
)

LLM_C = "s:0 tel:10.9815\ns:0 trl:10.984 lr:8.6e-07 norm:21.31\ns:1 trl:10.7 lr:1.7e-06 norm:9\n"

MEGATRON = (
    " [2024-03-05 10:11:12] iteration      100/  500000 | consumed samples:        25,600 |"
    " elapsed time per iteration (ms): 5243.2 | learning rate: 1.500E-05 |"
    " global batch size:   256 | lm loss: 9.341238E+00 | loss scale: 1.0 | grad norm: 2.183 |"
    " number of skipped iterations:   0 | number of nan iterations:   0 |\n"
)

PADDLE_OCR = """\
[2022/02/22 07:58:05] root INFO: train dataloader has 203 iters
[2022/02/22 07:58:05] root INFO: epoch: [1/500], iter: 10, lr: 0.000010, loss: 27.1, acc: 0.0
[2022/02/22 07:59:05] root INFO: epoch: [1/500], iter: 20, lr: 0.000020, loss: 25.0, acc: 0.5
[2022/02/22 08:00:01] root INFO: cur metric, acc: 0.25, norm_edit_dis: 0.5, fps: 1234.5
"""

NNUNET = """\
2023-05-05 12:00:00.123456: unpacking done...
2023-05-05 12:00:01.000001: Epoch 0
2023-05-05 12:00:01.500000: Current learning rate: 0.01
2023-05-05 12:05:00.250000: train_loss -0.1234
2023-05-05 12:05:00.300000: val_loss -0.2345
2023-05-05 12:05:00.350000: Epoch time: 299.35 s
2023-05-05 12:05:01.000000: Epoch 1
2023-05-05 12:10:00.250000: train_loss -0.5
"""

INFO = """\
2024-01-01 12:00:00,123 - INFO - epoch 3 loss=0.1
2024-01-01 12:00:01,456 - INFO - epoch 4 loss=0.05
"""

FAIRSEQ = (
    "2021-06-01 10:00:00 | INFO | fairseq.trainer | begin training epoch 1\n"
    '2021-06-01 10:00:05 | INFO | train_inner | {"epoch": 1, "update": 0.02, "loss": "9.125", '
    '"ppl": "558.3", "num_updates": "100", "lr": "1.25e-05", "train_wall": "5"}\n'
)

MLLOG = (
    ':::MLLOG {"namespace": "", "time_ms": 1556733699974, "event_type": "POINT_IN_TIME", '
    '"key": "eval_accuracy", "value": 0.53, "metadata": {"file": "a.py", "epoch_num": 3}}\n'
)

DETECTRON = (
    'json_stats: {"eta": "1:02:03", "iter": 20, "loss": 0.5, "lr": 0.001, "mb_qsize": 64}\n'
    'json_stats: {"eta": "1:02:01", "iter": 40, "loss": NaN, "lr": 0.002, "mb_qsize": 64}\n'
)


def test_nanogpt(read: Read) -> None:
    found = read(NANOGPT, name="train.log", pattern=NANOGPT_PATTERNS)
    assert found.format == "text"
    rows = found.rows
    assert math.isnan(rows.pop()["loss"])
    assert rows == [
        {"step": 0, "train/loss": 4.2874, "val/loss": 4.2823},
        {"step": 0, "loss": 4.2662, "time_ms": 34290.43, "mfu": -100.0},
        {"step": 10, "loss": 3.244, "time_ms": 12.11, "mfu": 30.86},
        {"step": 250, "train/loss": 1.9672, "val/loss": 2.0652},
    ]
    assert found.lines == [2, 3, 4, 5, 7]
    assert found.types["step"] == "int64"
    assert found.remarks == [(None, None, 0, "matched 5 of 7 lines")]


def test_llm_c(read: Read) -> None:
    found = read(LLM_C, pattern=(PAIRS,))
    assert found.rows == [
        {"s": 0, "tel": 10.9815},
        {"s": 0, "trl": 10.984, "lr": 8.6e-07, "norm": 21.31},
        {"s": 1, "trl": 10.7, "lr": 1.7e-06, "norm": 9.0},
    ]
    assert found.lines == [1, 2, 3]
    assert not found.problems


def test_megatron(read: Read) -> None:
    pattern = (
        r"\[(?P<wall_time>[^]]+)\] iteration +(?P<step>\d+)/.* consumed samples: +"
        r"(?P<samples>[\d,]+) .* learning rate: (?P<lr>\S+) .* lm loss: (?P<lm__loss>\S+)"
    )
    found = read(MEGATRON, pattern=(pattern,))
    (row,) = found.rows
    assert row.pop("wall_time").isoformat() == "2024-03-05T10:11:12"
    assert row == {"step": 100, "samples": 25600, "lr": 1.5e-05, "lm/loss": 9.341238}
    assert found.remarks == [(1, "samples", 0, "read '25,600' as 25600, and others like it")]

    every = read(MEGATRON, pattern=(r"(?:\| |\] )(?P<key>[^|:]+): +(?P<value>\S+)",))
    assert every.rows[0]["grad norm"] == 2.183
    assert every.rows[0]["number of skipped iterations"] == 0


def test_paddle_ocr(read: Read) -> None:
    head = r"^\[(?P<wall_time>[^]]+)\] root INFO: "
    patterns = (
        head + r"epoch: \[(?P<epoch>\d+)/\d+\], iter: (?P<step>\d+), .*loss: (?P<loss>[\d.]+)",
        head + r"cur metric, acc: (?P<eval__acc>[\d.]+)",
    )
    found = read(PADDLE_OCR, pattern=patterns)
    assert [(row["step"], row.get("loss"), row.get("eval/acc")) for row in found.rows] == [
        (10, 27.1, None),
        (20, 25.0, None),
        (20, None, 0.25),
    ]
    assert found.remarks == [
        (None, None, 0, "matched 3 of 4 lines"),
        (None, "step", 0, "1 row without 'step' took that of the line before"),
    ]


def test_nnunet(read: Read) -> None:
    head = r"^(?P<wall_time>[-\d]+ [:.\d]+): "
    found = read(
        NNUNET,
        pattern=(head + r"Epoch (?P<epoch>\d+)$", head + r"(?P<key>\w+_loss) (?P<value>\S+)"),
    )
    assert [{k: v for k, v in row.items() if k != "wall_time"} for row in found.rows] == [
        {"epoch": 0},
        {"epoch": 0, "train_loss": -0.1234},
        {"epoch": 0, "val_loss": -0.2345},
        {"epoch": 1},
        {"epoch": 1, "train_loss": -0.5},
    ]


def test_times_of_logging(read: Read) -> None:
    pattern = r"^(?P<wall_time>\S+ \S+) - INFO - epoch (?P<epoch>\d+) loss=(?P<loss>\S+)"
    assert read(INFO, pattern=(pattern,)).rows == [
        {"wall_time": "2024-01-01 12:00:00,123", "epoch": 3, "loss": 0.1},
        {"wall_time": "2024-01-01 12:00:01,456", "epoch": 4, "loss": 0.05},
    ]


def test_fairseq(read: Read) -> None:
    found = read(
        FAIRSEQ, pattern=(r"^(?P<wall_time>.{19}) \| INFO \| train_inner \| (?P<json>{.*})",)
    )
    (row,) = found.rows
    assert row.pop("wall_time").isoformat() == "2021-06-01T10:00:05"
    assert row == {
        "epoch": 1,
        "update": 0.02,
        "loss": "9.125",
        "ppl": "558.3",
        "num_updates": "100",
        "lr": "1.25e-05",
        "train_wall": "5",
    }
    assert found.lines == [2]


def test_mllog(read: Read) -> None:
    (row,) = read(MLLOG, pattern=(r":::MLLOG (?P<json>\{.*\})",)).rows
    assert row["key"] == "eval_accuracy"
    assert row["value"] == 0.53
    assert row["time_ms"] == 1556733699974
    assert row["metadata/epoch_num"] == 3


def test_json_stats(read: Read) -> None:
    found = read(DETECTRON, pattern=(r"json_stats: (?P<json>\{.*\})",))
    assert found.types == {
        "eta": "string",
        "iter": "int64",
        "loss": "double",
        "lr": "double",
        "mb_qsize": "int64",
    }
    assert [row["iter"] for row in found.rows] == [20, 40]
    assert math.isnan(found.rows[1]["loss"])


def test_what_python_prints_of_a_dictionary(read: Read) -> None:
    text = "{'loss': 2.5, 'note': 'it\\'s', 'x': None, 'y': nan, 'epoch': 0.5}\n"
    (row,) = read(text, pattern=(r"^(?P<json>\{'loss.*\})",)).rows
    assert math.isnan(row.pop("y"))
    assert row == {"loss": 2.5, "note": "it's", "epoch": 0.5}
