"""Console logs, by ``--pattern``: noise, what groups mean, and which files are read."""

from __future__ import annotations

import gzip
import json
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


@pytest.mark.parametrize("block_bytes", [1, 1 << 20])
def test_a_step_that_is_a_list_stays_one_cell(read: Read, block_bytes: int) -> None:
    lines = [
        {"step": "PARAMETER", "lr": 0.5},
        {"step": [0, 1], "loss": 2.5},
        {"loss": 1.5},
        {"step": [], "loss": 0.25},
        {"loss": 0.125},
    ]
    text = "".join(f"x {json.dumps(line)}\n" for line in lines)

    found = read(text, pattern=(r"x (?P<json>\{.*\})",), block_bytes=block_bytes)

    steps = ["PARAMETER", "[0, 1]", "[0, 1]", "[]", "[]"]
    assert [row["step"] for row in found.rows] == steps
    assert found.remarks[-1][3] == "2 rows without 'step' took that of the line before"
