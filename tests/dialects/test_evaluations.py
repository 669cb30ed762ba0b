"""Evaluations of one model by the lm-evaluation-harness: a step for each, by their dates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oracle import ingest, read_back


def evaluation(path: Path, results: dict[str, Any], date: float, **config: Any) -> None:
    document = {
        "results": results,
        "configs": {},
        "versions": dict.fromkeys(results, 1),
        "config": {"model": "hf", **config},
        "date": date,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def points(logdir: Path, run: str) -> dict[str, list[tuple[int, float, float]]]:
    served = read_back(logdir)[run]
    return {
        tag: [*zip(of.steps.tolist(), of.values.tolist(), of.wall_times.tolist(), strict=True)]
        for tag, of in served.items()
        if of.plugin == "scalars"
    }


def test_evaluations_of_one_model_are_steps_of_its_run(tmp_path: Path) -> None:
    model = tmp_path / "results" / "me__model"
    late, early = "results_2026-11-10T01-00-00.5.json", "results_2026-11-09T23-00-00.25.json"
    evaluation(model / late, {"piqa": {"acc,none": 0.75}}, 1_762_736_400, limit=8)
    first = {"piqa": {"acc,none": 0.5}, "arc": {"acc,none": 0.25}}
    evaluation(model / early, first, 1_762_729_200, limit=8)

    report = ingest(tmp_path / "results", logdir=tmp_path / "runs")

    assert [run["run"] for run in report["runs"]] == ["me__model"]
    assert points(tmp_path / "runs", "me__model") == {
        "piqa/acc,none": [(0, 0.5, 1_762_729_200), (1, 0.75, 1_762_736_400)],
        "arc/acc,none": [(0, 0.25, 1_762_729_200)],
    }


def test_what_two_evaluations_were_asked_for_is_told_apart(tmp_path: Path) -> None:
    model = tmp_path / "me__model"
    for day, shots in (("09", 0), ("10", 5)):
        name = f"results_2026-11-{day}T00-00-00.json"
        evaluation(model / name, {"piqa": {"acc,none": 0.5}}, 1_762_700_000, num_fewshot=shots)

    report = ingest(model, logdir=tmp_path / "runs")

    (run,) = report["runs"]
    (said,) = (p for p in run["problems"] if p["column"] == "num_fewshot")
    assert said["problem"].startswith("got 5, and 0 in ")


def test_files_that_are_called_by_the_user_are_runs_of_those_names(tmp_path: Path) -> None:
    for name, score in (("base", 0.25), ("tuned", 0.5)):
        file = tmp_path / "out" / f"{name}_2026-11-10T01-00-00.123456.json"
        evaluation(file, {"piqa": {"acc,none": score}}, 1_762_700_000)

    report = ingest(tmp_path / "out", logdir=tmp_path / "runs")

    assert sorted(run["run"] for run in report["runs"]) == ["base", "tuned"]
    assert points(tmp_path / "runs", "tuned") == {"piqa/acc,none": [(0, 0.5, 1_762_700_000)]}


def test_files_of_models_before_0_4_stay_apart(tmp_path: Path) -> None:
    for name in ("gpt2", "llama"):
        document = {
            "results": {"piqa": {"acc": 0.75}},
            "versions": {"piqa": 0},
            "config": {"model": name, "model_args": ""},
        }
        (tmp_path / f"{name}.json").write_text(json.dumps(document))

    report = ingest(tmp_path, logdir=tmp_path / "runs")

    assert sorted(run["run"] for run in report["runs"]) == ["gpt2", "llama"]
