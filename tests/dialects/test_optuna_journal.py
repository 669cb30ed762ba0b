"""Optuna's journal, beyond the golden case: old versions, beginnings that are gone, odd cells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oracle import ingest, read_back
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

STUDY = {"op_code": 0, "worker_id": "w", "study_name": "digits", "directions": [1]}
TRIAL = {"op_code": 4, "worker_id": "w", "study_id": 0, "datetime_start": "2026-01-02T03:04:05"}
END = {"op_code": 6, "worker_id": "w", "datetime_complete": "2026-01-02T03:05:05.500000"}


def convert(place: Path, *entries: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    log = place / "journal.log"
    log.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    report = ingest(log, logdir=place / "runs")
    return report, read_back(place / "runs")


def settings(served: Any) -> dict[str, Any]:
    data = HParamsPluginData.FromString(served["_hparams_/session_start_info"].content)
    pairs = data.session_start_info.hparams.items()
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in pairs}


def param(name: str, value: float, kind: str, **attributes: Any) -> dict[str, Any]:
    space = json.dumps({"name": kind, "attributes": attributes})
    told = {"param_name": name, "param_value_internal": value, "distribution": space}
    return {"op_code": 5, "worker_id": "w", "trial_id": 0, **told}


def test_parameters_are_as_the_trial_got_them(tmp_path: Path) -> None:
    choices = ["sgd", 2, None, True, 0.5]
    _, served = convert(
        tmp_path,
        STUDY,
        TRIAL,
        param("lr", 0.25, "LogUniformDistribution", low=0.1, high=1),
        param("layers", 3.0, "IntUniformDistribution", low=1, high=3, step=1),
        *(
            param(f"choice/{at}", at, "CategoricalDistribution", choices=choices)
            for at in range(len(choices))
        ),
        param("odd", 7.0, "CategoricalDistribution", choices=["one"]),
        {**END, "trial_id": 0, "state": 1, "values": [0.125]},
    )

    assert settings(served["digits/trial-0"]) == {
        "state": "COMPLETE",
        "lr": 0.25,
        "layers": 3,
        "choice/0": "sgd",
        "choice/1": 2,
        "choice/2": "None",
        "choice/3": True,
        "choice/4": 0.5,
        "odd": 7,
    }
    value = served["digits/trial-0"]["value"]
    assert (value.steps.tolist(), value.values.tolist()) == ([0], [0.125])
    # without a zone times are UTC: 2026-01-02T03:05:05.5
    assert value.wall_times.tolist() == [1767323105.5]


def test_a_row_of_an_unknown_trial_is_left_out_and_counted(tmp_path: Path) -> None:
    report, served = convert(
        tmp_path,
        STUDY,
        TRIAL,
        {**TRIAL, "study_id": 5},
        {"op_code": 7, "worker_id": "w", "trial_id": 1, "step": 0, "intermediate_value": 0.5},
        {"op_code": 7, "worker_id": "w", "trial_id": 9, "step": 0, "intermediate_value": 0.5},
        {**END, "trial_id": 0, "state": 1, "values": [0.125]},
    )

    assert served.keys() == {"digits/trial-0"}
    told = {
        problem["row"]: problem["problem"]
        for run in report["runs"]
        for problem in run["problems"]
        if problem["row"] is not None
    }
    assert told == {
        3: "got study 5, wanted one that a row before creates; it was left out",
        4: "got trial 1, wanted one that a row before creates; it was left out",
        5: "got trial 9, wanted one that a row before creates; it was left out",
    }
    assert sum(run["rejected"] for run in report["runs"]) == 1 + 2 + 2


def test_a_trial_that_still_runs(tmp_path: Path) -> None:
    between = {"op_code": 7, "worker_id": "w", "trial_id": 0}
    _, served = convert(
        tmp_path,
        STUDY,
        TRIAL,
        {**between, "step": 0, "intermediate_value": 0.5},
        {**between, "step": 10, "intermediate_value": float("nan")},
    )

    run = served["digits/trial-0"]
    assert settings(run) == {"state": "RUNNING"}
    assert run["intermediate_value"].steps.tolist() == [0, 10]
    assert repr(run["intermediate_value"].values.tolist()) == "[0.5, nan]"
    assert run["intermediate_value"].wall_times.tolist() == [1767323045.0] * 2
