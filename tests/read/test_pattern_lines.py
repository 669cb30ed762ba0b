"""Console logs, by ``--pattern``: what the lines of well-known programs become."""

from __future__ import annotations

import gzip
import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from found import Found

from tbconvert.errors import SourceError, UsageError
from tbconvert.options import Options

Read = Callable[..., Found]

PAIRS = r"(?P<key>\w+)[:=] ?(?P<value>[-\d.e+naif]+)"

# ------------------------------------------------------------------------- logs that there are

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


# ------------------------------------------------------------------------------------- noise


def test_parts_between_returns_are_looked_at_one_by_one(read: Read) -> None:
    text = (
        "start\r\n"
        "  0%|          | 0/10 [00:00<?, ?it/s]\r"
        " 50%|█████     | 5/10 [00:01<00:01, loss=0.5]\r"
        "100%|██████████| 10/10 [00:02<00:00, loss=0.25]\r\n"
        "1/2 [==>..] - loss: 9.0\b\b\b\b\b\b\r2/2 [====] - loss: 8.0\r\r\n"
        "done loss=0.125\n"
    )
    found = read(text, pattern=(r"loss[=:] ?(?P<loss>[\d.]+)",))
    assert [row["loss"] for row in found.rows] == [0.5, 0.25, 9.0, 8.0, 0.125]
    assert found.lines == [2, 2, 3, 3, 4]
    (said,) = [problem.problem for problem in found.problems]
    assert said == "matched 5 of 7 lines, each part between carriage returns being one"


def test_colours_are_no_part_of_a_line(read: Read) -> None:
    text = (
        "\x1b[1m\x1b[32mstep\x1b[0m 1\x1b[K loss \x1b[38;5;196m0.5\x1b[0m\n"
        "\x1b]0;title loss 7\x07step 2 loss 0.25\x1b(B\x1b[m\n\x1b[A\x1b[2Kstep 3 loss 1\n"
    )
    found = read(text, pattern=(r"^step (?P<step>\d+) loss (?P<loss>\S+)$",))
    assert found.rows == [
        {"step": 1, "loss": 0.5},
        {"step": 2, "loss": 0.25},
        {"step": 3, "loss": 1.0},
    ]
    assert found.lines == [1, 2, 3]


def test_nuls_and_signs_that_separate_are_no_matter(read: Read) -> None:
    text = b"\0" * 50 + b'step 1 note "a, b"\nstep 2 note a"b\x1fc\nstep\0 3 note a\\\n'
    found = read(text, pattern=(r"step (?P<step>\d+) note (?P<note>.*)",))
    assert found.rows == [
        {"step": 1, "note": '"a, b"'},
        {"step": 2, "note": 'a"b c'},
        {"step": 3, "note": "a\\"},
    ]
    assert found.lines == [1, 2, 3]


def test_a_long_line_is_looked_at_in_part(read: Read) -> None:
    text = "loss 1\n" + "x" * 70_000 + "loss 2\n" + "loss 3" + "y" * 70_000 + "\n"
    found = read(text, pattern=(r"loss (?P<loss>\d)",))
    assert [row["loss"] for row in found.rows] == [1, 3]
    assert [problem.problem for problem in found.problems] == [
        "2 lines longer than 64 KiB: what is behind was not looked at",
        "matched 2 of 3 lines",
    ]


def test_bytes_that_are_no_text(read: Read) -> None:
    found = read("é ü ö\n".encode() * 9 + b"loss 1 \xff\n", pattern=(r"loss (?P<loss>\d)",))
    assert found.rows == [{"loss": 1}]
    assert found.problems[0].origin.row == 10
    assert "not in the encoding of the file" in found.problems[0].problem


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_packed_and_encoded(read: Read, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    text = "début\r\nétape 1, perte 0.5\r\nétape 2, perte 0.25\r\n" * 3
    found = read(
        pack(text.encode(encoding)), pattern=(r"étape (?P<step>\d+), perte (?P<perte>\S+)",)
    )
    assert found.rows == [{"step": 1, "perte": 0.5}, {"step": 2, "perte": 0.25}] * 3
    assert found.lines == [2, 3, 5, 6, 8, 9]


def test_a_stream_that_is_cut_off(read: Read) -> None:
    text = "".join(f"step {i} loss {hash((i, 1)) / 2**61!r}\n" for i in range(20_000))
    packed = gzip.compress(text.encode())
    found = read(packed[:-1_000], pattern=(r"step (?P<step>\d+) loss (?P<loss>\S+)",))
    assert len(found.rows) > 15_000
    assert any("the gzip stream ends too early" in p.problem for p in found.problems)
    assert found.lost == 1


# --------------------------------------------------------------------------------- semantics


def test_a_line_takes_the_first_pattern_that_matches(read: Read) -> None:
    found = read("a 1 b 2\nb 3\n", pattern=(r"a (?P<a>\d)", r"b (?P<b>\d)", r"(?P<never>\d) never"))
    assert found.rows == [{"a": 1}, {"b": 3}]
    assert found.columns == ["a", "b", "never"]
    assert not found.problems


def test_a_group_that_takes_no_part_is_missing(read: Read) -> None:
    found = read(
        "loss 1\nloss 2 acc 3\nloss x acc\n",
        pattern=(r"loss (?P<loss>\S+)(?: (acc) ?(?P<acc>.*))?",),
    )
    assert found.rows == [{"loss": "1"}, {"loss": "2", "acc": 3}, {"loss": "x"}]


def test_a_match_without_cells_is_no_row(read: Read) -> None:
    found = read("loss 1\nloss\nloss 2\n", pattern=(r"loss ?(?P<loss>\d*)",))
    assert found.rows == [{"loss": 1}, {"loss": 2}]
    assert found.lines == [1, 3]


def test_cells_are_read_as_those_of_tables(read: Read) -> None:
    lines = ["1 0.5 -inf NA", "2 1e3 NaN 3", f"{2**62} -Infinity inf None"]
    (table, _) = read(
        "\n".join(lines), pattern=(r"^(?P<a>\S+) (?P<b>\S+) (?P<c>\S+) (?P<d>\S+)$",)
    ).tables
    rows = table.batch.to_pydict()
    assert rows["a"] == [1, 2, 2**62]
    assert rows["b"] == [0.5, 1000.0, -math.inf]
    assert rows["c"][0] == -math.inf
    assert math.isnan(rows["c"][1])
    assert rows["d"] == [None, 3, None]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1,000", 1000),
        ("1,234,567", 1234567),
        ("1.2k", 1200),
        ("3K", 3000),
        ("2M", 2_000_000),
        ("1.0005k", 1000.5),
        ("0.1k", 100),
        ("-1,000.25", -1000.25),
        ("1,00", "1,00"),
        ("0,123", "0,123"),
        ("1e3k", "1e3k"),
        ("12ms", "12ms"),
        ("k", "k"),
    ],
)
def test_thousands(read: Read, cell: str, number: object) -> None:
    found = read(f"at {cell} x\nat 7 x\n", pattern=(r"at (?P<at>\S+) x",))
    odd = found.rows[0]["at"]
    assert odd == number
    assert type(found.rows[1]["at"]) in (type(odd), str)
    said = f"read {cell!r} as {number}, and others like it"
    assert [r[3] for r in found.remarks] == ([] if isinstance(number, str) else [said])


def test_thousands_beside_what_is_no_number(read: Read) -> None:
    found = read("at 1.2k\nat oops\nat 7\n", pattern=(r"at (?P<at>\S+)",))
    assert [row["at"] for row in found.rows] == ["1200", "oops", "7"]


def test_a_decimal_comma_is_believed(read: Read) -> None:
    found = read("at 1,250 x\n", pattern=(r"at (?P<at>\S+)",), decimal=",")
    assert found.rows == [{"at": 1.25}]


def test_keys_and_values_beside_other_groups(read: Read) -> None:
    pattern = r"^epoch (?P<epoch>\d+)|(?P<name>[\w ]+?): (?P<value>[\d.]+)"
    found = read("epoch 3 | loss: 0.5, val loss: 0.75\n", pattern=(pattern,))
    assert found.rows == [{"epoch": 3, "loss": 0.5, "val loss": 0.75}]


def test_a_key_that_comes_twice_in_a_line_is_told(read: Read) -> None:
    found = read("loss: 1 acc: 2\nloss: 1 loss: 2 acc: 3 acc: 3\n", pattern=(PAIRS,))
    assert found.rows == [{"loss": 1, "acc": 2}, {"loss": 2, "acc": 3}]
    said = "got '2' after '1' in one line; the last was kept"
    assert found.remarks == [(2, "loss", 1, said)]


def test_lines_without_a_step_take_the_last_one(read: Read) -> None:
    text = "val 0\nstep 1 loss 2\nval 1\nrun b\nval 2\nstep 3 loss 4\nval 3\n"
    found = read(
        text,
        pattern=(r"step (?P<step>\d) loss (?P<loss>\d)", r"val (?P<val>\d)", r"run (?P<run>\w)"),
        block_bytes=8,
    )
    assert [(row.get("step"), row.get("val")) for row in found.rows] == [
        (None, 0),
        (1, None),
        (1, 1),
        (1, None),
        (1, 2),
        (3, None),
        (3, 3),
    ]
    assert [row.get("run") for row in found.rows] == [None] * 3 + ["b"] * 4
    assert found.remarks == [
        (None, "step", 0, "4 rows without 'step' took that of the line before")
    ]


def test_the_step_that_is_asked_for_is_carried_on(read: Read) -> None:
    patterns = (r"tick (?P<tick>\d)", r"loss (?P<loss>\d)")
    text = "tick 4\nloss 1\n"
    assert read(text, pattern=patterns).rows == [{"tick": 4}, {"loss": 1}]
    carried = read(text, pattern=patterns, step="tick").rows
    assert carried == [{"tick": 4}, {"tick": 4, "loss": 1}]


def test_a_step_may_be_spelled_in_any_case(read: Read) -> None:
    found = read("Epoch 4\nloss 1\n", pattern=(r"Epoch (?P<Epoch>\d)", r"loss (?P<loss>\d)"))
    assert found.rows == [{"Epoch": 4}, {"Epoch": 4, "loss": 1}]


# -------------------------------------------------------------------------------------- json


def test_broken_json_is_told_with_its_line(read: Read) -> None:
    text = 'ok\nj 1 {"a": 1}\nj 2 {"a": 2, "b"}\nj 3 {"a": 3} {"a": 4}\nj 4 {"a": 5, "a": 6}\n'
    found = read(text, pattern=(r"^j (?P<step>\d) (?P<json>.*)",))
    assert found.rows == [
        {"step": 1, "a": 1},
        {"step": 2},
        {"step": 3, "a": 3},
        {"step": 4, "a": 6},
    ]
    assert [(row, cells) for row, _, cells, _ in found.remarks] == [
        (3, 1),
        (4, 1),
        (5, 1),
        (None, 0),
    ]
    assert "wanted JSON" in found.problems[0].problem
    assert found.problems[1].problem == "got 2 objects, wanted one; the first was kept"
    assert found.problems[2].problem == "key 'a' stands there twice; the last was kept"


def test_json_is_flat(read: Read) -> None:
    text = 'x {"a": {"b": 1, "c": {"d": "t"}}, "l": [1, 2], "e": {}, "step": 3}\n'
    found = read(text, pattern=(r"^(?P<step>\w) (?P<json>.*)",))
    assert found.rows == [{"step": "x", "a/b": 1, "a/c/d": "t", "l/0": 1, "l/1": 2, "step.1": 3}]
    assert found.problems[0].problem == "a group and a key are 'step': the key is read as 'step.1'"


def test_json_beside_other_lines(read: Read) -> None:
    found = read(
        'step 1 loss 2\nj {"val": 3.5}\nj {}\n',
        pattern=(r"step (?P<step>\d) loss (?P<loss>\d)", r"^j (?P<json>.*)"),
    )
    assert found.rows == [{"step": 1, "loss": 2}, {"step": 1, "val": 3.5}]
    assert found.lines == [1, 2]


def test_too_deep_is_refused(read: Read) -> None:
    text = 'j {"a": 1}\nj ' + '{"a":' * 9_000 + "1" + "}" * 9_000 + "\n"
    found = read(text, pattern=(r"^j (?P<json>.*)",))
    assert found.rows == [{"a": 1}]
    assert "nested more than 100 deep" in found.problems[0].problem


# ------------------------------------------------------------------------- which files are read


def test_nothing_matches(read: Read) -> None:
    with pytest.raises(SourceError) as err:
        read("\nhello world\nbye\n", pattern=(r"loss (?P<loss>\d)", r"acc (?P<acc>\d)"))
    assert err.value.problem == (
        "no line matches --pattern 'loss (?P<loss>\\\\d)', 'acc (?P<acc>\\\\d)'; "
        "the first line is 'hello world'"
    )


def test_a_match_may_come_late(read: Read) -> None:
    text = "some line that says nothing\n" * 20_000
    found = read(text + "loss 1\n", pattern=(r"loss (?P<loss>\d)",))
    assert found.rows == [{"loss": 1}]
    assert found.lines == [20_001]
    with pytest.raises(SourceError, match="no line matches"):
        read(text, pattern=(r"loss (?P<loss>\d)",))


def test_other_formats_keep_their_files_unless_a_line_matches(read: Read) -> None:
    pattern = (r"loss (?P<loss>\d)",)
    assert read("step,loss\n1,2\n", pattern=pattern).format == "csv"
    assert read('{"step": 1, "loss": 2}\n', pattern=pattern).format == "jsonl"
    assert read("step,loss 1\n1,2\n", pattern=pattern).format == "text"
    assert read("step,loss 1\n1,2\n", pattern=pattern, format="csv").format == "csv"
    with pytest.raises(SourceError, match="no line matches"):
        read("step,loss\n1,2\n", pattern=pattern, format="text")


def test_binary_data_is_no_console_log(read: Read) -> None:
    with pytest.raises(SourceError, match="binary data"):
        read(bytes(range(256)) * 50 + b"\nloss 1\n", pattern=(r"loss (?P<loss>\d)",))


def test_text_wants_a_pattern(read: Read) -> None:
    with pytest.raises(UsageError, match="--format text: wanted a --pattern"):
        read("loss 1\n", format="text")


def test_values_that_are_taken_for_keys(read: Read) -> None:
    text = "".join(f"k{i}: {i}\n" for i in range(3_000))
    with pytest.raises(SourceError, match="more than 2,000 different keys"):
        read(text, pattern=(PAIRS,))


@pytest.mark.parametrize(
    ("patterns", "said"),
    [
        ([r"loss (?P<loss>\d"], "wanted a regular expression: missing )"),
        ([r"loss (?<loss>\d)"], "a group is named by a P: (?P<loss>...)"),
        ([r"(?P<train/loss>\d)"], "train__loss becomes train/loss"),
        ([r"(?P<a>\d) (?P<a>\d)"], "each name once, and --pattern again for other lines"),
        ([r"loss \d"], r"wanted groups with names: such as (?P<loss>\S+)"),
        ([r"loss (\d)"], "(?P<loss>...) instead of (...)"),
        ([r"(?P<__>\d)"], "wanted names of columns for groups, not '__'"),
        ([r"(?P<key>\w+): \d"], "has a group 'key', and wanted one 'value' as well"),
        ([r"(?P<json>x)(?P<name>y)(?P<value>z)"], "not all of them"),
        ([r"(?P<loss>\d*)"], "does not match an empty line too"),
        ([r"step (?P<step>\d+)", r"(?P<run>\w+):"], "got no groups but run, step"),
        ([r"epoch (?P<epoch>\d+)"], "got no groups but epoch"),
    ],
)
def test_patterns_that_make_no_sense(patterns: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)) as err:
        Options(pattern=tuple(patterns))
    assert str(err.value).startswith("--pattern: got ")


def test_a_pattern_is_no_list_of_characters() -> None:
    given: Any = r"(?P<loss>\d)"
    with pytest.raises(UsageError, match=r"--pattern: got .* wanted a list"):
        Options(pattern=given)


def test_what_python_warns_of_is_no_matter(read: Read) -> None:
    assert read("[a 1\n", pattern=(r"[[a] (?P<loss>\d)",)).rows == [{"loss": 1}]
