"""Bytes before they are a table: what a file is, how it is packed, how it is encoded."""

from __future__ import annotations

import bz2
import encodings.aliases
import gzip
import lzma
import pickle
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from found import Found, read_file

from tbconvert.errors import SourceError, UsageError
from tbconvert.model import Origin, Run, Source
from tbconvert.options import Options
from tbconvert.read import FORMATS, delimited, read_source, sniff_source
from tbconvert.storage import open_input
from tbconvert.streams import InputStream

Read = Callable[..., Found]

TEXT = "step,loss\n" + "".join(f"{i},{i / 7!r}\n" for i in range(5_000))
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bz2": lambda data: bz2.compress(data, 1),
    "xz": lzma.compress,
    "zstd": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


@pytest.mark.parametrize("packer", PACKERS)
def test_compression_is_told_by_the_bytes(read: Read, packer: str) -> None:
    found = read(PACKERS[packer](TEXT.encode()), name="log.csv")
    assert found.options["compression"] == packer
    assert len(found.rows) == 5_000
    assert not found.problems


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("lost", [1, 1_000, 10_000])
def test_a_cut_file_gives_what_can_be_read(read: Read, packer: str, lost: int) -> None:
    noise = "".join(f"{i},{hash((i, 1)) / 2**61!r}\n" for i in range(20_000))
    packed = PACKERS[packer](("step,loss\n" + noise).encode())
    found = read(packed[:-lost], block_bytes=50_000)
    assert found.lines == list(range(2, len(found.rows) + 2))
    assert len(found.rows) > 12_000  # bz2 and zstd are cut by whole blocks
    assert any(f"the {packer} stream ends too early" in p.problem for p in found.problems)


def test_a_damaged_file_gives_what_can_be_read(read: Read) -> None:
    text = b"step,loss\n" + b"0,1.5\n" * 20_000
    packed = bytearray(gzip.compress(text))
    packed[-6] ^= 0xFF
    found = read(bytes(packed))
    assert len(found.rows) == 20_000
    (problem,) = found.problems
    said = f"the gzip stream is damaged; {len(text)} bytes could be read"
    assert problem.problem.startswith(said)
    assert problem.cells == 1


def test_members_one_after_the_other(read: Read) -> None:
    half = len(TEXT) // 2
    packed = gzip.compress(TEXT[:half].encode()) + gzip.compress(TEXT[half:].encode())
    assert len(read(packed, block_bytes=1_000).rows) == 5_000


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-32-le", b"\xff\xfe\0\0", "utf-32-le"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("latin-1", b"", "cp1252"),
    ],
)
@pytest.mark.parametrize("block_bytes", [17, 1 << 20])
def test_encodings(read: Read, encoding: str, mark: bytes, name: str, block_bytes: int) -> None:
    text = "step,Verlust,note\n0,0.5,groß\n1,0.25,ä\n"
    found = read(mark + text.encode(encoding), block_bytes=block_bytes)
    assert found.options["encoding"] == name
    assert found.columns == ["step", "Verlust", "note"]
    assert found.rows == [
        {"step": 0, "Verlust": 0.5, "note": "groß"},
        {"step": 1, "Verlust": 0.25, "note": "ä"},
    ]
    assert bool(found.options["notes"]) == (name != "utf-8")


def test_an_encoding_is_as_the_options_say(read: Read) -> None:
    assert read("step,é\n0,1\n".encode("cp437"), encoding="cp437").columns == ["step", "é"]
    for name in ("utf9", "idna", "punycode", "undefined", "a\0b", "é", *NO_TEXT):
        with pytest.raises(UsageError, match=f"^--encoding: got {re.escape(repr(name))}, wanted"):
            read("a,b\n0,1\n", encoding=name)


NO_TEXT = {
    "base64_codec",
    "bz2_codec",
    "hex_codec",
    "quopri_codec",
    "rot_13",
    "uu_codec",
    "zlib_codec",
}


@pytest.mark.parametrize("name", sorted({*encodings.aliases.aliases.values()} - NO_TEXT))
def test_every_encoding_of_text_is_read(read: Read, name: str) -> None:
    text = "step,loss\n0,0.5\n1,0.25\n"
    try:
        data = text.encode(name)
    except LookupError:
        pytest.skip("not to be had on this system")
    assert read(data, encoding=name).rows == [{"step": 0, "loss": 0.5}, {"step": 1, "loss": 0.25}]


@pytest.mark.parametrize("order", ["le", "be"])
def test_utf16_has_a_byte_order_with_and_without_a_mark(read: Read, order: str) -> None:
    for mark in ("", "\ufeff"):
        data = (mark + "step,loss\n0,0.5\n").encode(f"utf-16-{order}")
        assert read(data, encoding="utf-16").rows == [{"step": 0, "loss": 0.5}]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_what_has_no_byte_order_is_not_what_was_said(read: Read, encoding: str) -> None:
    with pytest.raises(SourceError, match=f"--encoding {encoding}: got no byte order mark"):
        read("step,loss\n0,0.5\n", encoding=encoding)


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "euc-jp"])
@pytest.mark.parametrize("block_bytes", [7, 1 << 20])
def test_what_the_said_encoding_has_not_is_told(
    read: Read, encoding: str, block_bytes: int
) -> None:
    text = b"step,l\xff,note\n0,0.5,a\n1,0.25,b\xff\n"
    found = read(text, encoding=encoding, block_bytes=block_bytes)
    assert found.columns == ["step", "l\ufffd", "note"]
    assert [row["note"] for row in found.rows] == ["a", "b\ufffd"]
    assert (
        "header: not all of it is text; name the encoding by --encoding" in found.options["notes"]
    )
    assert [(row, problem) for row, _, _, problem in found.remarks] == [
        (3, "not in the encoding of the file from here on: such bytes are read as '\ufffd'")
    ]


def test_what_the_said_encoding_has_not_is_told_of_json_lines(read: Read) -> None:
    found = read(b'{"step": 0, "x": 1}\n{"step": 1, "\xff": 2}\n', encoding="ascii")
    assert found.rows == [{"step": 0, "x": 1}, {"step": 1, "\ufffd": 2}]
    assert [row for row, *_ in found.remarks] == [2]


def test_halves_of_characters_are_no_text(read: Read) -> None:
    found = read(b"step,note\n0,\\ud800\n1,x\n", encoding="unicode_escape", format="csv")
    assert [row["note"] for row in found.rows] == ["\ufffd", "x"]
    assert found.problems


def test_one_broken_character_among_good_ones_is_damage(read: Read) -> None:
    found = read("step,größe\n0,ü\n1,ß\n".encode() + b"2,\xff\n")
    assert found.options["encoding"] == "utf-8"
    assert [row["größe"] for row in found.rows] == ["ü", "ß", "\ufffd"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"\n \r\n", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(b"step,loss", mtime=0)[:8], "the gzip stream ends too early; 0 bytes"),
        (b"\0" * 5_000, "holds only NUL bytes"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 5\n", "Git LFS"),
        (b"\x18\0\0\0\0\0\0\0\xa3\x7fK\x22\t\0\0\xc0\x8e\xb7\x9b\xc2A\x1a\rbrain", "event file"),
        (bytes(range(256)) * 40, "binary data"),
        (pickle.dumps({"loss": [0.5, 0.25], "x": list(range(1000))}), "binary data"),
        (b"PK\x03\x04" + b"x" * 100, "a zip archive"),
        (b"Remember the milk.\n", "no table of numbers"),
        (b"Dear all, we meet at 5, as ever.\nBring cake, please, and 3 forks.\n", "no table"),
        (b"# My project\n\nThis is it. Run 2 things:\n\n1. this\n2. that\n", "no table"),
        (b"hidden_size: 40\nkernel_size: 20\nlr: 0.1\n", "no table"),
        (b"torch==2.2\nnumpy==1.26\n", "no table"),
        (b"import os\n\ndef f(a, b):\n    return a, b\n", "no table"),
        (b"name,phase\nfoo,train\nbar,test\n", "no table"),
        (b"iter 0: loss 4.2, time 100ms\niter 1: loss 4.1, time 90ms\n", "no table"),
        (b"5\n", "no table"),
        (b"a:b\n1:2\n3:4\n", "no table"),
        (b"[section]\nx=1\ny=2\n", "no table"),
        (b"[2020-01-01 12:00:00] epoch 1, loss 0.5\n", "no table"),
        (b"{'loss': f(5), 'epoch'}\n{'loss': f(4), 'epoch'}\n", "no table"),
    ],
)
def test_what_is_no_log_is_refused_with_a_reason(read: Read, data: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        read(data)


def test_a_folder_a_missing_and_an_unreadable_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SourceError, match="is a directory"):
        sniff_source(str(tmp_path), Options())
    with pytest.raises(SourceError, match="no such file"):
        sniff_source(str(tmp_path / "none.csv"), Options())

    def denied(*_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", denied)
    with pytest.raises(SourceError, match="permission denied"):
        sniff_source(str(tmp_path / "log.csv"), Options())


def test_an_error_in_the_middle_of_a_file_is_a_source_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(TEXT)
    sound = InputStream.read

    def broken(self: InputStream, size: int = -1) -> bytes:
        if self.bytes_read > 20_000:
            raise SourceError(origin, "cannot be read: input/output error")
        return sound(self, size)

    origin = Origin(str(path))
    monkeypatch.setattr(InputStream, "read", broken)
    with pytest.raises(SourceError, match="input/output error"):
        read_file(path, block_bytes=5_000)


def test_a_format_that_is_none(read: Read) -> None:
    with pytest.raises(UsageError, match=r"--format: got 'xml', wanted one of npz, .*jsonl, csv"):
        read("a,b\n1,2\n", format="xml")


def test_the_formats_are_a_table() -> None:
    assert len({format.name for format in FORMATS}) == len(FORMATS)
    assert all(format.about for format in FORMATS)


def test_read_options_are_plain_and_picklable(read: Read) -> None:
    for text in ("step,loss\n0,1\n", '{"step": 0}\n'):
        options = read(text).options
        assert pickle.loads(pickle.dumps(options)) == options
        assert type(options) is dict


def test_a_reader_that_is_left_alone_stops(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(TEXT)
    name, options = sniff_source(str(path), Options())
    source = Source(str(path), Run("."), name, "generic", options)
    with open_input(str(path)) as stream:
        tables = delimited.read(source, stream, 1_000)
        next(tables)
        tables.close()
    for thread in threading.enumerate():  # nobody waited for them
        if thread.name.startswith("read"):
            thread.join(60)
            assert not thread.is_alive()
    with open_input(str(path)) as stream:
        assert sum(table.batch.num_rows for table in read_source(source, stream)) == 5_000
        assert stream.bytes_read == path.stat().st_size
