"""What the pages on configuration and dialects say is done as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import click
import numpy as np
import pytest
from following import PAGES, Follower
from oracle import read_back

from tbconvert.cli.ingest import ingest
from tbconvert.dialects.own import KEYS
from tbconvert.options import OF_SOURCE


def test_a_dialect_of_ones_own_is_written_as_the_page_says(tmp_path: Path) -> None:
    done = Follower(tmp_path)

    done.follow("own-dialect.md")

    page = (PAGES / "own-dialect.md").read_text()
    shown = re.findall(r"\n\n((?:    .*\n|\n)+)", page)[0]
    said = done.said["tbconvert inspect experiments/ada/scores.csv"]
    assert re.sub(r"(?m)^    ", "", shown).strip() in said
    assert "of your configuration" in done.said["tbconvert formats"]
    served = read_back(tmp_path / "runs")
    assert served.keys() == {"ada"}
    quality = served["ada"]["quality"]
    assert quality.steps.tolist() == [10, 20, 30]
    assert quality.wall_times.tolist() == [1700000000, 1700000060, 1700000120]
    assert quality.values.tolist() == np.float32([0.1, 0.4, 0.7]).tolist()
    assert "width" not in served["ada"]
    content = b"".join(s.content for s in served["ada"].values() if s.plugin == "hparams")
    assert b"width" in content
    assert b"lab-3" in content

    robot = read_back(tmp_path / "robot-runs")
    assert robot.keys() == {"first", "second/load"}
    assert robot["first"].keys() == {"left", "right", "error"}
    assert robot["first"]["error"].values.tolist() == [0.25, 0.125]
    assert robot["first"]["error"].steps.tolist() == [1, 2]
    assert robot["second/load"]["load"].steps.tolist() == [7, 8]


def test_the_configuration_does_what_the_page_says(tmp_path: Path) -> None:
    Follower(tmp_path).follow("configuration.md")

    served = read_back(tmp_path / "runs")
    assert served["first"]["train/loss"].steps.tolist() == [0, 1]
    assert served["first"]["train/loss"].values.tolist() == [1.0, 0.25]
    assert "train_raw" not in served["first"]
    assert "train/raw" not in served["first"]
    assert served["scores"]["quality"].steps.tolist() == [3, 9]
    content = b"".join(s.content for s in served["first"].values() if s.plugin == "hparams")
    assert b"augmented" in content


def test_every_key_of_a_dialect_is_on_the_page() -> None:
    page = (PAGES / "own-dialect.md").read_text()

    table = page[page.index("### The keys") :]
    assert [key for key in KEYS if f"`{key}`" not in table] == []


def test_every_option_of_a_source_is_on_the_page() -> None:
    page = (PAGES / "configuration.md").read_text()

    keys = {name.replace("_", "-") for name in OF_SOURCE}
    assert keys <= set(re.findall(r"`([a-z-]+)`", page))
    assert keys <= {param.opts[0][2:] for param in ingest.params if isinstance(param, click.Option)}


@pytest.mark.parametrize("page", ["own-dialect.md", "dialects.md", "configuration.md"])
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"(?<!\\)\]\(([^)#]+)\)", (PAGES / page).read_text())  # "\]" is none

    assert [link for link in links if not (PAGES / link).exists()] == []
