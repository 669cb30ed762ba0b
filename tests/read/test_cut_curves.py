"""Arrays of curves that are longer than what is looked at: the last one there is half read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from oracle import ingest, read_back

SEEDS = ("0", "1")


@pytest.mark.parametrize("points", [100, 5_000, 100_000])
def test_published_scores_are_known_however_long_their_curves_are(
    points: int, tmp_path: Path
) -> None:
    steps = [1e3 * step for step in range(points)]
    curves = [
        {"task": "walk", "method": "dreamer", "seed": seed, "xs": steps, "ys": [at / 8] * points}
        for at, seed in enumerate(SEEDS)
    ]
    log = tmp_path / "scores" / "walk.json"
    log.parent.mkdir()
    log.write_text(json.dumps(curves))

    report = ingest(log, logdir=tmp_path / "runs")

    assert {source["dialect"] for run in report["runs"] for source in run["sources"]} == {"dreamer"}
    served = read_back(tmp_path / "runs")
    for at, seed in enumerate(SEEDS):
        (curve,) = served[f"walk/dreamer/{seed}"].values()
        assert curve.steps.tolist() == [1000 * step for step in range(points)]
        assert set(curve.values.tolist()) == {at / 8}


def test_a_curve_without_values_is_none(tmp_path: Path) -> None:
    log = tmp_path / "scores.json"
    log.write_text(json.dumps([{"step": at, "loss": 0.5, "xs": [at, 2.5]} for at in range(2)]))

    report = ingest(log, logdir=tmp_path / "runs")

    assert {source["dialect"] for run in report["runs"] for source in run["sources"]} == {"generic"}
