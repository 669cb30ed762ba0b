"""Texts and tables of settings, as TensorBoard's server renders them."""

from __future__ import annotations

import csv
import time
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest
from corpus_at import CORPUS, MISSING
from hypothesis import given
from hypothesis import strategies as st

from tbconvert.model import Setting, Tag
from tbconvert.summaries.text import LONGEST, MOST_ROWS, settings_text, shown_text, text_point

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what it bundles warns of itself
    from tensorboard.plugin_util import markdown_to_safe_html
    from tensorboard.plugins.text.text_plugin import process_event


class Cells(HTMLParser):
    """The cells of the tables in a page, and what else it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.outside = ""
        self._cell = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True
        elif tag == "br" and self._cell:
            self.rows[-1][-1] += "\n"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.rows[-1][-1] += data
        else:
            self.outside += data


def rendered(settings: dict[str, Setting]) -> Cells:
    return Cells(markdown_to_safe_html(settings_text(settings)))


def test_settings_are_a_table() -> None:
    found = rendered({"lr": 1e-3, "opt/name": "adam", "bias": True, "n": 2**70, "e": ""})

    assert found.rows == [
        ["setting", "value"],
        ["lr", "0.001"],
        ["opt/name", "adam"],
        ["bias", "True"],
        ["n", str(2**70)],
        ["e", ""],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a|b||c",
        "`code` and ``more``",
        "**bold** *em* _em_ __strong__ snake_case _x",
        "<script>alert(1)</script> <b>x</b> &amp; &#124; & <br>",
        "[a](http://b) ![c](d) [e] [f]: g",
        "C:\\data\\|\\*",
        "http://a.b/c_d_e?f=*&g <http://h>",
        "# not a title",
        "- no list",
        "1. no list",
        "~~~",
        "| --- | --- |",
        '["a", {"b": [1, 2]}]',
        "{{ template }} $x_1$",
        "a\nb\n\nc",
    ],
)
def test_values_are_drawn_as_they_are(text: str) -> None:
    found = rendered({"before": 1, text.replace("\n", " "): text, "after": 2})

    assert found.rows[2] == [text.replace("\n", " "), text]
    assert found.rows[3] == ["after", "2"]
    assert found.tags <= {"table", "thead", "tbody", "tr", "th", "td", "br"}


@given(
    st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from("|`*_[]()<>&\\!# \n"))
)
def test_any_text_stays_in_its_cell(text: str) -> None:
    found = rendered({"before": 1, "x": text, "after": 2})

    assert [row[0] for row in found.rows] == ["setting", "before", "x", "after"]
    assert "".join(found.rows[2][1].split()) == "".join(text.split())
    assert found.tags <= {"table", "thead", "tbody", "tr", "th", "td", "br"}


def test_control_characters_do_not_break_the_table() -> None:
    found = rendered({"a": "x\x00\x02y\x03\x1bz\r\nq\u2028r\ud800", "b": 1})

    assert found.rows[1:] == [["a", "x��y��z\nq\nr�"], ["b", "1"]]


def test_a_long_table_is_cut_and_says_so() -> None:
    found = rendered({f"n{i}": i for i in range(MOST_ROWS + 500)})

    assert len(found.rows) == MOST_ROWS + 1
    assert "… 500 more settings were left out" in found.outside


@pytest.mark.parametrize("mark", ["x ", "[", "|", "*_ ", "é "])
def test_a_table_is_never_longer_than_a_text_may_be(mark: str) -> None:
    one = settings_text({mark * 10_000: mark * 100_000, "b": 1})
    many = settings_text({f"n{i}": mark * 1000 for i in range(500)})

    assert mark.strip() in rendered({"a": mark * 100_000}).rows[1][1]
    for text in (one, many):
        assert len(text) <= LONGEST
        assert shown_text(text) == (text, "")
        start = time.monotonic()
        markdown_to_safe_html(text)
        assert time.monotonic() - start < 60


# -------------------------------------------------------------------------------- texts


def shown(text: str) -> str:
    """Return what the server makes of a text."""
    point = text_point(Tag("note"), 3, 1.5, text)
    (stored,) = point.strings
    html: str = process_event(point.wall_time, point.step, np.array(stored, object), True)["text"]
    return html


def test_a_text_is_markdown() -> None:
    assert shown("**bold** ü") == "<p><strong>bold</strong> ü</p>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "loss went down\nand up\ttwice",
        "\x1b[31mred\x1b[0m",
        "a" * 999,
        "x " * (LONGEST // 2),
        "实验" * 2000,
        "data: image/png is a type, data:;base64,AAAA is nothing",
        "deadbeef" * 8,
    ],
)
def test_what_can_be_shown_is_left_as_it_is(text: str) -> None:
    assert shown_text(text) == (text, "")
    assert text_point(Tag("a"), 0, 1.0, text).strings == (text.encode(),)


def test_a_long_text_is_cut_and_says_so() -> None:
    text, remark = shown_text("word " * 100_000)

    assert len(text) <= LONGEST
    left = text.removesuffix(" more characters were left out").rpartition("… ")[2]
    assert int(left.replace(",", "")) == 500_000 - len(text.rpartition("\n\n")[0])
    assert remark == f"{left} of 500,000 characters were left out"
    assert shown_text(text) == (text, "")


def test_data_of_a_uri_gives_way_to_what_it_is() -> None:
    uri = "data:image/png;base64," + "iVBORw0KGgo" * 20 + "=="

    what = f"image/png data URI, {len(uri)} characters"
    assert shown_text(uri) == (what, "data of a URI was left out")
    assert shown_text(f"![x]({uri}) and more")[0] == (
        f"![x](image/png data URI, {len(uri)} characters) and more"
    )
    assert shown_text(f'{{"a": "{uri}", "b": 1}}')[0].endswith('characters", "b": 1}')
    plain = "data:;charset=utf-8;base64," + "QUJD" * 10
    assert shown_text(plain)[0] == f"text/plain data URI, {len(plain)} characters"


def test_what_is_no_text_gives_way_to_what_it_is() -> None:
    noise = np.random.default_rng(0).bytes(3000)

    for text in (noise.decode("latin-1"), noise.decode("utf-8", "replace")):
        described = f"binary data, {len(text):,} characters"
        assert shown_text(text) == (described, "binary data was left out")


def test_a_long_text_without_a_blank_is_cut() -> None:
    text, remark = shown_text("see " + "QUJD" * 1000 + " there")

    assert text == f"see {'QUJD' * 15}… 4,000 characters without a blank there"
    assert remark == "a long text without a blank was cut"


def test_pictures_in_a_genuine_table() -> None:
    log = CORPUS / "wandb_board_predictions_base64" / "run_1.csv"
    if not log.exists():
        pytest.skip(MISSING)
    with log.open(newline="") as file:
        cells = [row["input"] for row in csv.DictReader(file)]

    assert cells
    for cell in cells:
        assert shown_text(cell)[0] == f"image/png data URI, {len(cell):,} characters"
