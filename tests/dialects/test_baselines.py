"""The logger of Baselines and its heirs, where only its text is left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from oracle import ingest, read_back

from tbconvert.dialects.boxes import Boxes
from tbconvert.model import Origin, RawTable

SECTIONS = """Logging to logs/a
---------------------------------
| rollout/           |          |
|    ep_rew_mean     | 23.7     |
| time/              |          |
|    time_elapsed    | 0        |
|    total_timesteps | 512      |
---------------------------------
Eval num_timesteps=600, episode_reward=129.00 +/- 3.2
---------------------------------
| rollout/           |          |
|    ep_rew_mean     | nan      |
| time/              |          |
|    time_elapsed    | 2        |
|    total_timesteps | 1024     |
"""
FLAT = """Logging to /tmp/openai
training...
----------------------
| grad_norm | 1.08   |
| loss      | 0.0978 |
| step      | 0      |
----------------------
----------------------
| grad_norm | 0.0961 |
| loss      | 0.4    |
| step      | 10     |
----------------------
"""


@pytest.mark.parametrize(
    ("text", "tag", "steps", "values"),
    [
        (SECTIONS, "rollout/ep_rew_mean", [512, 1024], [23.7, float("nan")]),
        (FLAT, "grad_norm", [0, 10], [1.08, 0.0961]),
    ],
)
def test_the_text_alone(
    text: str, tag: str, steps: list[int], values: list[float], tmp_path: Path
) -> None:
    log = tmp_path / "agent" / "log.txt"
    log.parent.mkdir()
    log.write_text(text)
    ingest(tmp_path, logdir=tmp_path / "runs")
    seen = read_back(tmp_path / "runs")["agent"][tag]
    assert seen.steps.tolist() == steps
    assert seen.values == pytest.approx(values, nan_ok=True)


def test_a_box_that_two_blocks_share() -> None:
    boxes = Boxes()
    found = [*boxes(lines(1, name=["a", "b/"], inner=[None, None], cell=["1", None]))]
    found += boxes(lines(3, name=[None, None], inner=["c", None], cell=["2", None], ruler="-"))
    found += boxes.finish()
    rows = [(raw.batch.to_pylist(), list(raw.lines)) for raw in found if isinstance(raw, RawTable)]
    assert rows == [([], []), ([{"a": 1.0, "b/c": 2.0}], [4])]


def lines(first: int, **columns: Any) -> RawTable:
    rows = len(columns["name"])
    ruler = [None] * (rows - 1) + [columns.pop("ruler", None)]
    texts = {name: pa.array(cells, pa.string()) for name, cells in columns.items()}
    batch = pa.RecordBatch.from_pydict({**texts, "ruler": pa.array(ruler, pa.string())})
    return RawTable(Origin("log.txt"), batch, range(first, first + rows))


def test_a_log_of_other_text_is_none_of_it(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text('{"epoch": 0, "loss": 1.5}\n{"epoch": 1, "loss": 0.5}\n')
    (run,) = ingest(log, logdir=tmp_path / "runs")["runs"]
    assert run["sources"][0]["dialect"] != "baselines"
    assert run["scalars"]["points"] == 2


def test_a_text_without_boxes_is_refused_as_any_other(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("nothing to be seen\nin here\n")
    report = ingest(log, logdir=tmp_path / "runs", status=1)
    assert "no table of numbers" in report["runs"][0]["problems"][0]["problem"]


def test_a_name_that_was_cut_stands_twice(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    ruler = "-" * 24 + "\n"
    log.write_text(f"{ruler}| long...  | 1 |\n| long...  | 2 |\n| step     | 5 |\n{ruler}")
    (run,) = ingest(log, logdir=tmp_path / "runs")["runs"]
    assert run["rejected"] == 1
    (problem,) = run["problems"]
    assert (problem["row"], problem["column"]) == (3, "long...")


def test_a_percent_sign_is_part_of_the_first_name(tmp_path: Path) -> None:
    # Baselines sorts the names of a table, and those of its DQN begin with this one
    log = tmp_path / "a" / "progress.csv"
    log.parent.mkdir()
    head = "% time spent exploring,episodes,mean 100 episode reward,steps\n"
    log.write_text(head + "98,100,10.5,1219\n97,200,nan,2451\n" + head + "96,300,9.75,3632\n")

    (run,) = ingest(log, logdir=tmp_path / "runs")["runs"]

    (source,) = run["sources"]
    assert (source["dialect"], source["step"]["column"]) == ("baselines", "steps")
    tags = read_back(tmp_path / "runs")["a"]
    (share,) = (tag for tag in tags if "time spent exploring" in tag)
    assert tags[share].values.tolist() == [98, 97, 96]
    assert tags[share].steps.tolist() == [1219, 2451, 3632]
