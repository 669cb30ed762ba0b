"""Sacred's info.json as PyMARL fills it, beyond the golden cases."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from oracle import ingest, read_back


def sacred_run(folder: Path, info: dict[str, Any], metrics: dict[str, list[float]]) -> Path:
    """Store a run whose metrics were logged at steps 0, 10, … from 2020-01-01 on, each second."""
    folder.mkdir(parents=True)
    (folder / "run.json").write_text('{"status": "COMPLETED"}')
    (folder / "config.json").write_text('{"gamma": 0.5}')
    (folder / "info.json").write_text(json.dumps(info))
    series = {
        name: {
            "steps": [10 * at for at in range(len(values))],
            "timestamps": [f"2020-01-01T00:00:{at:02}.000000" for at in range(len(values))],
            "values": values,
        }
        for name, values in metrics.items()
    }
    (folder / "metrics.json").write_text(json.dumps(series))
    return folder


def test_what_only_info_has_is_shown_beside_the_curves_of_both(tmp_path: Path) -> None:
    info = {"loss": [1.5, 1.25], "loss_T": [0, 10], "episode": [3], "episode_T": [10]}
    info |= {"note": "a text", "value": [0.5, 0.75], "value_T": [5, 10]}
    sacred_run(tmp_path / "sacred" / "1", info, {"loss": [1.5, 1.25]})

    report = ingest(tmp_path / "sacred", logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert (run["run"], run["superseded"], run["problems"]) == ("1", 0, [])
    served = read_back(tmp_path / "runs")["1"]
    curves = {tag: of for tag, of in served.items() if of.plugin == "scalars"}
    found = {tag: [*zip(of.steps, of.values, strict=True)] for tag, of in curves.items()}
    assert found == {
        "loss": [(0, 1.5), (10, 1.25)],
        "episode": [(10, 3.0)],
        "value": [(5, 0.5), (10, 0.75)],
    }
    assert curves["loss"].wall_times.tolist() == [1_577_836_800, 1_577_836_801]


def test_runs_of_sacred_without_such_lists_stay_as_they_are(tmp_path: Path) -> None:
    for number in ("1", "2"):
        sacred_run(tmp_path / "sacred" / number, {"result": 3}, {"loss": [1.5, 1.25]})

    report = ingest(tmp_path / "sacred", logdir=tmp_path / "runs")

    assert [run["run"] for run in report["runs"]] == ["1", "2"]
    assert {run["sources"][0]["dialect"] for run in report["runs"]} == {"sacred"}


def test_what_is_no_number_is_left_out_and_counted(tmp_path: Path) -> None:
    info = {"loss": [1.5, "x", 1.0], "loss_T": [0, 10, 20]}
    sacred_run(tmp_path / "1", info, {})

    (run,) = ingest(tmp_path / "1", logdir=tmp_path / "runs")["runs"]

    assert (run["rejected"], run["missing"]) == (1, 0)
    assert read_back(tmp_path / "runs")["1"]["loss"].steps.tolist() == [0, 20]


def test_numbers_that_no_double_holds_are_infinite_and_are_no_steps(tmp_path: Path) -> None:
    info = {
        "score": [1.5, 10**400, {"value": -(10**400)}, 0.5],
        "score_T": [0, 10, 20, 30],
        "value": [0.5, 10**400, 0.25, 0.125, 1.0],
        "value_T": [5, 10, 10**400, 1e30, -(2**63)],
    }
    sacred_run(tmp_path / "sacred" / "1", info, {"loss": [1.5]})

    report = ingest(tmp_path / "sacred", logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert (run["status"], run["rejected"]) == ("written", 3)
    served = read_back(tmp_path / "runs")["1"]
    assert served["score"].values.tolist() == [1.5, math.inf, -math.inf, 0.5]
    assert served["value"].steps.tolist() == [5, 10]
    assert served["value"].values.tolist() == [0.5, math.inf]
