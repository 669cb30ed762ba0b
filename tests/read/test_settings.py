"""What trainings were started with, in YAML; PyYAML's own loader is the oracle."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tbconvert.errors import SourceError
from tbconvert.model import RawSettings, Run, Source
from tbconvert.options import Options
from tbconvert.read import holds, open_source, read_source, sniff_source
from tbconvert.read.settings import flat_settings, settings_by_name
from tbconvert.read.yaml_document import MOST_BYTES
from tbconvert.read.yaml_tree import YamlError, read_yaml

Read = Callable[..., RawSettings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return what reads some YAML as if it were a file."""

    def read(data: str | bytes, name: str = "config.yaml", **options: Any) -> RawSettings:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        format, found = sniff_source(str(path), Options(**options))
        assert format == "yaml"
        source = Source(str(path), Run("."), format, "generic", found)
        assert holds(source) == "settings"
        with open_source(source) as stream:
            (raw,) = read_source(source, stream)
        assert isinstance(raw, RawSettings)
        return raw

    return read


def remarks(raw: RawSettings) -> list[tuple[int | None, str]]:
    return [(problem.origin.row, problem.problem) for problem in raw.problems]


def test_settings_are_flat(read: Read) -> None:
    raw = read("""
lr: 0.001
model:
  name: resnet
  layers: [64, 64, "a|b"]
  block: {kernel: 3, bias: yes, none: null, empty: {}}
  list of more:
    - a: 1
      b: é
date: 2024-05-06
time: 2024-05-06 07:08:09.5
note: |
  two
  lines
nothing: ~
1: one
""")

    assert raw.values == {
        "lr": 0.001,
        "model/name": "resnet",
        "model/layers": '[64, 64, "a|b"]',
        "model/block/kernel": 3,
        "model/block/bias": True,
        "model/block/empty": "{}",
        "model/list of more": '[{"a": 1, "b": "é"}]',
        "date": "2024-05-06",
        "time": "2024-05-06T07:08:09.500000",
        "note": "two\nlines\n",
        "1": "one",
    }
    assert raw.problems == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("1e-3", 1e-3), ("1E5", 1e5), ("-2e+3", -2000.0), (".5e1", 5.0), ("3.e2", 300.0)],
        *[("1e400", float("inf")), (".inf", float("inf")), ("-.INF", -float("inf"))],
        *[("'1e-3'", "1e-3"), ("!!str 1e-3", "1e-3"), ("1e", "1e"), ("e5", "e5"), ("1-3", "1-3")],
        *[("0x1F", 31), ("1_000", 1000), ("0b11", 3), ("!!float 3", 3.0), ("!!int '7'", 7)],
        *[("off", False), ("'off'", "off"), ("None", "None"), ("2024-02-30", "2024-02-30")],
        *[("!!binary aGk=", "binary data, 2 bytes"), ("!!bool maybe", "maybe"), ("=", "=")],
        ("9" * 5000, "9" * 5000),
    ],
)  # fmt: skip
def test_scalars(text: str, value: object, read: Read) -> None:
    (found,) = read(f"a: {text}\n").values.values()

    assert found == value
    assert type(found) is type(value)


KEYS = st.text(st.characters(exclude_categories=["C"], exclude_characters="/"), max_size=9)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    # PyYAML writes the text "1e5" without quotes, and here that is a number
    | st.text(st.characters(exclude_categories=["C"])).map(lambda text: text.replace("e", "é"))
    | st.dates()
)
VALUES = st.recursive(
    LEAVES, lambda of: st.lists(of, max_size=4) | st.dictionaries(KEYS, of, max_size=4)
)
TREES = st.dictionaries(KEYS, VALUES, max_size=6)


@given(TREES, st.sampled_from([None, True, False]), st.booleans())
def test_what_pyyaml_writes_is_read_as_pyyaml_reads_it(
    tree: dict[str, Any], style: bool | None, unicode: bool
) -> None:
    text = yaml.safe_dump(tree, default_flow_style=style, allow_unicode=unicode)

    found, said = read_yaml(text)

    plain = json.loads(json.dumps(yaml.safe_load(text), default=str))
    assert found == plain
    assert said == []


def test_aliases_and_merges_are_as_pyyamls(read: Read) -> None:
    text = """
base: &base {lr: 0.1, sizes: [1, 2]}
other: &other {wd: 0, momentum: 5}
run:
  <<: *base
  lr: 0.2
both:
  <<: [*other, *base]
same: *base
"""
    assert read(text).values == dict(flat_settings(yaml.safe_load(text)))
    assert read("'<<': 1").values == {"<<": 1}
    # of two that differ YAML takes the first; PyYAML did, and from 6.0.4 on takes the last
    two = read("a: &a {x: 1}\nb: &b {x: 2}\nc:\n  <<: [*a, *b]\n")
    assert two.values["c/x"] == 1


def test_python_objects_are_never_made(read: Read, tmp_path: Path) -> None:
    made = tmp_path / "made"
    raw = read(f"""
a: !!python/object/apply:os.system ["touch {made}"]
optimizer: !!python/name:torch.optim.Adam ''
root: !!python/object/apply:pathlib.PosixPath
- /
- data
- sets
betas: !!python/tuple [0.9, 0.99]
args: !!python/object:argparse.Namespace
  x: 1
  y: !!python/unicode 'u'
more: !custom {{z: 2}}
again: !custom 5
""")

    assert not made.exists()
    assert raw.values == {
        "a": f'["touch {made}"]',
        "optimizer": "torch.optim.Adam",
        "root": "/data/sets",
        "betas": "[0.9, 0.99]",
        "args/x": 1,
        "args/y": "u",
        "more/z": 2,
        "again": "5",
    }
    assert remarks(raw) == [
        (2, "got the tag !!python/object/apply:os.system: read as plain data"),
        (3, "got the tag !!python/name:torch.optim.Adam: read as plain data"),
        (4, "got the tag !!python/object/apply:pathlib.PosixPath: read as plain data"),
        (9, "got the tag !!python/object:argparse.Namespace: read as plain data"),
        (12, "got the tag !custom, and 1 times more: read as plain data"),
    ]


def test_the_form_of_wandb(read: Read) -> None:
    raw = read("""
wandb_version: 1
_wandb:
  desc: null
  value: {cli_version: 0.16.0, t: {1: [1, 5]}}
lr: {desc: null, value: 0.01}
model:
  desc: what it is
  value: {name: cnn, value: 3}
""")

    assert raw.values == {"lr": 0.01, "model/name": "cnn", "model/value": 3}
    assert read("a: {value: 1, min: 0}\n").values == {"a/value": 1, "a/min": 0}


def test_keys_that_come_twice_are_told(read: Read) -> None:
    raw = read("a: 1\nb/c: 2\nb: {c: 3}\na: 4\n")

    assert raw.values == {"a": 4, "b/c": 2, "b/c.1": 3}
    assert remarks(raw) == [
        (4, "key 'a' stands there twice; the last was kept"),
        (None, "two settings have this name when they are flat: the second is 'b/c.1'"),
    ]
    many = remarks(read("a: 1\n" * 1001))
    assert (len(many), many[-1]) == (21, (22, "980 more keys stand there twice"))


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 20)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 400))
LONG = f"a: &a {'x' * 500_000}\nb: [{', '.join(['*a'] * 1000)}]\n"


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        (BOMB, 6, "its aliases stand for more than 100,000 values"),
        (LONG, 2, "its aliases stand for more than 100,000 values"),
        (CHAIN, 100, "nested more than 100 deep"),
        ("a: &a [1, *a]", 1, "the anchor 'a' has itself in it"),
        ("a: 1\nb: &b\n  c: *b", 3, "the anchor 'b' has itself in it"),
        ("a: 1\nb: *c", 2, "got the alias 'c', and no such anchor before"),
        ("a: 1\n---\nb: 2\n", 2, "several documents in one file, wanted one"),
        ("# x\n- 1\n- 2\n", 2, "got a list, wanted a mapping of names to values"),
        ("just words", 1, "got only just words, wanted a mapping"),
        ("# nothing\n", None, "got nothing but comments"),
        ("a:\n\t- b\n", 2, "not YAML: found character"),
        ("a: [1,\n", 2, "not YAML: "),
        ("a: b: c", 1, "not YAML: mapping values are not allowed"),
        ("a: 1\nb: \x07\n", 2, "got the control character '\\x07'"),
        ("a: 1\n? [b]\n: 2\n", 2, "got a list for a key, wanted a text"),
        ("<<: 3\na: 1\n", 1, "'<<' wants a mapping"),
        ("a: " + "[" * 101 + "]" * 101, 1, "nested more than 100 deep"),
        ("a: " + "[" * 100_000, 1, "nest"),
        ("- " * 100_000, 1, "nest"),
        ("{a: " * 100_000, 1, "nest"),
        (f"a: {'x' * MOST_BYTES}", None, "is larger than 4 MiB"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_cannot_be_read(text: str, row: int | None, said: str, read: Read) -> None:
    with pytest.raises(SourceError) as caught:
        read(text)

    assert said in caught.value.problem
    assert caught.value.origin.row == row


def test_tabs_have_a_hint(read: Read) -> None:
    with pytest.raises(SourceError, match="by blanks, not by tabs"):
        read("a:\n\tb: 1\n")


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "is empty"), (b"\x00\x01\x02\x03" * 99, "binary data"), (b" \n", "is empty")],
)
def test_what_is_no_text_is_told_at_once(data: bytes, said: str, read: Read) -> None:
    with pytest.raises(SourceError, match=said):
        read(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_and_line_ends(encoding: str, read: Read) -> None:
    data = "name: Zürich\r\nlr: 1e-3\r\n".encode(encoding)

    assert read(data).values == {"name": "Zürich", "lr": 0.001}


def test_packed_files(read: Read) -> None:
    data = gzip.compress(b"a: 1\n" + b"# more\n" * 100_000)

    assert read(data, "hparams.yml.gz").values == {"a": 1}
    with pytest.raises(SourceError, match="not a whole document: the gzip stream ends too early"):
        read(data[:-50], "hparams.yml.gz")


def test_only_the_suffix_tells_yaml(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("step: 1\nloss: 2\n")

    assert sniff_source(str(path), Options(format="yaml"))[0] == "yaml"
    with pytest.raises(SourceError, match="no table of numbers"):
        sniff_source(str(path), Options())


def test_numbers_of_numpy_and_other_things_are_plain() -> None:
    given: dict[str, Any] = {
        "a": np.float32(0.5),
        "b": [np.int64(3), Path("x")],
        "c": np.arange(3),
        "d": Path("data"),
        "e": (1, 2),
        "f": {("x", "y"): 1},
    }

    values, met = settings_by_name(given)

    assert values == {
        "a": 0.5,
        "b": '[3, "x"]',
        "c": "[0, 1, 2]",
        "d": "data",
        "e": "[1, 2]",
        "f/('x', 'y')": 1,
    }
    assert met == {}
    assert settings_by_name({}) == ({}, {})


def test_pyyaml_without_its_library_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &a {b: 1e-3, c: [x, 'y']}\nd: *a\n"
    wanted = read_yaml(text)
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)

    assert read_yaml(text) == wanted
    for bad in ("a: [", "a:\n\t- b", "[" * 5000):
        with pytest.raises(YamlError):
            read_yaml(bad)


def test_help_does_not_wait_for_yaml() -> None:
    code = "import sys, tbconvert.read, tbconvert.cli; print('yaml' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
