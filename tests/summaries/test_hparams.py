"""What a training was started with, as TensorBoard's HParams dashboard shows it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import TensorBoard, read_back
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
from tensorboard.plugins.hparams.metadata import (
    parse_session_end_info_plugin_data,
    parse_session_start_info_plugin_data,
)

from tbconvert.encode import Encoder
from tbconvert.model import ScalarBlock, Setting, Tag
from tbconvert.proto import hparams_pb2
from tbconvert.summaries.hparams import MOST_SETTINGS, hparams_points

START, END = 1.7e9, 1.7e9 + 60
STATUSES = list(api_pb2.Status.keys())


def write_run(
    logdir: Path, run: str, settings: Mapping[str, Setting], **curves: list[float]
) -> list[str]:
    """Write a run with its settings first, and return the remarks on them."""
    points, remarks = hparams_points(settings, START, END)
    blocks = [
        ScalarBlock(
            (Tag(tag),),
            np.arange(len(values)),
            START + np.arange(len(values), dtype=float),
            np.array(values, np.float32)[:, np.newaxis],
        )
        for tag, values in curves.items()
    ]
    encoder = Encoder()
    parts = [encoder.begin(START), *map(encoder.encode, [*points, *blocks])]
    (logdir / run).mkdir(parents=True, exist_ok=True)
    file = logdir / run / "events.out.tfevents.1700000000.tbconvert"
    file.write_bytes(b"".join(part.data for part in parts))
    return remarks


class Page:
    """The HParams page: what it asks for, and what it is answered."""

    def __init__(self, board: TensorBoard) -> None:
        self._board = board
        asked = {"experimentName": "", "hparamsLimit": 1000}
        self.experiment = board.post("data/plugin/hparams/experiment", asked)

    @property
    def columns(self) -> dict[str, Any]:
        return {info["name"]: info for info in self.experiment["hparamInfos"]}

    @property
    def metrics(self) -> list[str]:
        return [info["name"]["tag"] for info in self.experiment["metricInfos"]]

    def rows(self, *filtered: str) -> dict[str, Any]:
        """Return the rows by run; those columns are filtered by all of their values."""
        asked = [
            {"hparam": name, "includeInResult": True}
            | ({"filterDiscrete": info["domainDiscrete"]} if name in filtered else {})
            for name, info in self.columns.items()
        ]
        body = {"allowedStatuses": STATUSES, "colParams": asked, "startIndex": 0, "sliceSize": 100}
        answer = self._board.post("data/plugin/hparams/session_groups", body)
        return {group["name"]: group for group in answer.get("sessionGroups", [])}


LEFT: dict[str, Setting] = {
    "lr": 1e-3,
    "layers": 2**53,
    "bias": True,
    "name": "adam",
    "path": 'C:\\data\\"x"',
    "sizes": '["a", 64]',
    "lines": "a\nb\tc\x00d",
    "city": "Zürich",
    "prompt": "x" * 5000,
    "": "empty",
    "ключ/\"a\\b'": 1,
    "many": 2**53 + 1,
    "limit": math.inf,
    "odd": math.nan,
    "half": "\ud800",
    "vast": 10**5000,
}
RIGHT: dict[str, Setting] = {
    "lr": 1e-2,
    "bias": False,
    "name": "sgd",
    "path": "/data",
    "city": "Bern",
    "prompt": "x" * 5001,
    "own": 3,
}


@pytest.fixture(scope="module")
def remarks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    logdir = tmp_path_factory.mktemp("runs")
    said = {
        "left": write_run(logdir, "left", LEFT, loss=[3, 2, 1], **{"val/acc": [0.5, 0.75]}),
        "right": write_run(logdir, "group/right", RIGHT, loss=[3, math.nan]),
    }
    write_run(logdir, "plain", {}, other=[1.0])
    with TensorBoard(logdir) as board:
        yield {"logdir": logdir, "page": Page(board), **said}


@pytest.fixture(scope="module")
def page(remarks: dict[str, Any]) -> Page:
    found: Page = remarks["page"]
    return found


def test_a_run_with_settings_is_a_row_and_no_other_is(page: Page) -> None:
    assert page.rows().keys() == {"left", "group/right"}


def test_columns_are_the_settings_of_all_runs(page: Page) -> None:
    names = (LEFT.keys() | RIGHT.keys()) - {""} | {"unnamed"}

    assert page.columns.keys() == names
    assert page.columns["lr"]["type"] == "DATA_TYPE_FLOAT64"
    assert page.columns["lr"]["domainInterval"] == {"minValue": 1e-3, "maxValue": 1e-2}
    assert page.columns["bias"]["type"] == "DATA_TYPE_BOOL"
    assert page.columns["name"]["type"] == "DATA_TYPE_STRING"
    assert [name for name in RIGHT if page.columns[name]["differs"]] == [*RIGHT][:-1]


def test_rows_have_their_own_settings(page: Page) -> None:
    left, right = (page.rows()[run]["hparams"] for run in ("left", "group/right"))

    exact = ("lr", "layers", "bias", "name", "city", "ключ/\"a\\b'")
    assert {name: left[name] for name in exact} == {name: LEFT[name] for name in exact}
    assert (left["many"], left["limit"], left["odd"]) == ("9007199254740993", "inf", "nan")
    assert left["unnamed"] == "empty"
    assert left["half"] == "�"
    assert left["vast"].startswith("0x")
    assert right.keys() == RIGHT.keys()
    assert type(right["bias"]) is bool


def test_metrics_are_all_scalars_at_their_last_step(page: Page) -> None:
    left, right = (
        {value["name"]["tag"]: value for value in page.rows()[run]["metricValues"]}
        for run in ("left", "group/right")
    )

    assert page.metrics == ["loss", "val/acc"]
    assert {tag: value["value"] for tag, value in left.items()} == {"loss": 1, "val/acc": 0.75}
    assert left["loss"]["trainingStep"] == 2
    assert right["loss"]["value"] == "NaN"


def test_sessions_say_when_they_were(page: Page) -> None:
    (session,) = page.rows()["left"]["sessions"]

    assert session["status"] == "STATUS_SUCCESS"
    assert (session["startTimeSecs"], session["endTimeSecs"]) == (START, END)


def test_a_filter_that_lets_everything_through_does(page: Page) -> None:
    texts = [
        name
        for name, info in page.columns.items()
        if info["type"] == "DATA_TYPE_STRING" and name not in ("city", "half")
    ]

    rows = page.rows(*texts)

    assert rows.keys() == {"left", "group/right"}
    assert rows["left"]["hparams"]["path"] == "C:/data/'x'"
    assert rows["left"]["hparams"]["sizes"] == "['a', 64]"
    assert rows["left"]["hparams"]["lines"] == "a b c d"


def test_letters_beyond_ascii_cannot_be_filtered_by(page: Page, remarks: dict[str, Any]) -> None:
    # TensorBoard spells them as JSON does in its list of values; once it does not, drop this
    assert page.columns["city"]["domainDiscrete"] != ["Zürich", "Bern"]
    assert page.rows("city").keys() == {"group/right"}
    (said,) = [remark for remark in remarks["left"] if "ASCII" in remark]
    assert said.startswith("setting 'city' and 1 more beyond ASCII")


def test_long_texts_are_cut_and_stay_apart(page: Page, remarks: dict[str, Any]) -> None:
    left, right = (page.rows()[run]["hparams"]["prompt"] for run in ("left", "group/right"))

    assert len(left) == len(right) == 200
    assert "... (5,000 characters, " in left
    assert left != right
    assert remarks["right"] == ["setting 'prompt' longer than 200 characters: cut in HParams"]


def test_both_readers_find_the_records(remarks: dict[str, Any]) -> None:
    served = read_back(remarks["logdir"])

    assert "_hparams_/session_start_info" not in served["plain"]
    start, end = (served["left"][f"_hparams_/session_{which}_info"] for which in ("start", "end"))
    assert (start.plugin, end.plugin, start.steps.tolist()) == ("hparams", "hparams", [0])
    assert start.wall_times.tolist() == [START]
    info = parse_session_start_info_plugin_data(start.content)
    assert len(info.hparams) == len(LEFT)
    assert info.hparams["lr"].number_value == 1e-3
    assert parse_session_end_info_plugin_data(end.content).end_time_secs == END


def test_names_that_meet_are_kept_apart() -> None:
    (start, _), _ = hparams_points({"a\nb": 1, "a b": 2, "a\tb": 3}, START)

    hparams = parse_session_start_info_plugin_data(getattr(start, "content", b"")).hparams
    assert {name: value.number_value for name, value in hparams.items()} == {
        "a b": 1,
        "a b.1": 2,
        "a b.2": 3,
    }


def test_no_settings_are_no_points() -> None:
    assert hparams_points({}, START) == ([], [])


def test_the_end_is_the_start_where_it_is_not_known() -> None:
    (_, end), _ = hparams_points({"a": 1}, START)

    assert parse_session_end_info_plugin_data(getattr(end, "content", b"")).end_time_secs == START


def test_as_many_as_the_page_can_bear(tmp_path: Path) -> None:
    settings = {f"group{i % 97}/name {i}": i / 2 for i in range(MOST_SETTINGS + 1)}
    for run in ("a", "b"):
        said = write_run(tmp_path, run, {**settings, "group5/name 9996": run}, loss=[1])

    assert said == ["10,001 settings, of which HParams gets the first 10,000"]
    with TensorBoard(tmp_path) as board:
        page = Page(board)
        assert len(page.columns) == 1000
        assert next(iter(page.columns)) == "group5/name 9996"
        assert page.rows()["b"]["hparams"]["group5/name 9996"] == "b"


def test_the_logdir_itself_is_a_row_without_metrics(tmp_path: Path) -> None:
    # TensorBoard looks for them in "./."; once it does not, the docstring may say less
    write_run(tmp_path, ".", {"lr": 0.5}, loss=[1.0])
    with TensorBoard(tmp_path) as board:
        (row,) = Page(board).rows().values()

    assert row["hparams"] == {"lr": 0.5}
    assert row["metricValues"] == []


def test_messages_are_a_part_of_tensorboards() -> None:
    for name in ("HParamsPluginData", "SessionStartInfo", "SessionEndInfo"):
        ours = getattr(hparams_pb2, name).DESCRIPTOR.fields_by_name
        theirs = getattr(plugin_data_pb2, name).DESCRIPTOR.fields_by_name
        for field in ours.values():
            other = theirs[field.name]
            assert (field.number, field.type) == (other.number, other.type), field.name
    statuses = dict(hparams_pb2.Status.items())
    assert statuses == dict(api_pb2.Status.items())
