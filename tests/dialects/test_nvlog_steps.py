"""The document of DLLogger's first version: iterations of epochs that do not fit each other."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from oracle import ingest, read_back
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData


def convert(place: Path, iterations: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    document = {"run": {"args": {"lr": 0.5}}, "epoch": {"x": [0, 1, 2]}, "iter": iterations}
    log = place / "nvlog.json"
    log.write_text(json.dumps(document))
    os.utime(log, (1.7e9, 1.7e9))
    report = ingest(log, logdir=place / "runs")
    (served,) = read_back(place / "runs").values()
    return served, report["runs"][0]


@pytest.mark.parametrize(
    ("iterations", "steps"),
    [
        ([[0, 1, 2], [0, 1, 2], [0, 1]], [0, 1, 2, 3, 4, 5, 6, 7]),
        ([[1, 2], [1, 2], [1, 2]], [1, 2, 3, 4, 5, 6]),
        ([[0, 5], [10, 15], [20, 25]], [0, 5, 10, 15, 20, 25]),
        ([[0, 1], [], [0, 1]], [0, 1, 2, 3]),
        ([[0.0, 1.0], [0.0, 1.0]], [0, 1, 2, 3]),
        ([[0, 1.0], [0.0, 1]], [0, 1, 2, 3]),
    ],
    ids=[
        "from 0 in each",
        "from 1 in each",
        "on and on",
        "an epoch without any",
        "with a point",
        "some with a point",
    ],
)
def test_iterations_count_on(
    tmp_path: Path, iterations: list[list[float]], steps: list[int]
) -> None:
    losses = [[at / 4 for at in of] for of in iterations]

    served, run = convert(tmp_path, {"x": iterations, "loss": losses})

    assert served["loss"].steps.tolist() == steps
    assert served["loss"].values.tolist() == [at / 4 for of in iterations for at in of]
    assert run["superseded"] == 0


def test_lists_of_other_lengths_keep_to_their_epochs(tmp_path: Path) -> None:
    served, run = convert(
        tmp_path,
        {"x": [[0, 1, 2], [0, 1, 2]], "short": [[0.5], [0.25, 0.125]], "long": [[1, 2, 3, 4], [5]]},
    )

    assert served["short"].steps.tolist() == [0, 3, 4]
    assert served["short"].values.tolist() == [0.5, 0.25, 0.125]
    assert served["long"].steps.tolist() == [0, 1, 2, 3]
    assert [p["problem"] for p in run["problems"]] == [
        "1 values have no iter/x beside them: they were left out"
    ]


def test_cells_that_are_missing_or_no_numbers_keep_to_their_steps(tmp_path: Path) -> None:
    served, run = convert(
        tmp_path,
        {
            "x": [[0, 1, 2], [0]],
            "gaps": [[0.5, None, 1.5], [None]],
            "mixed": [[1, 0.5, "?"], [4]],
            "late": [[], [8.0]],
        },
    )

    assert dict(
        zip(served["gaps"].steps.tolist(), served["gaps"].values.tolist(), strict=True)
    ) == {
        0: 0.5,
        2: 1.5,
    }
    assert served["mixed"].steps.tolist() == [0, 1, 3]
    assert served["mixed"].values.tolist() == [1, 0.5, 4]
    assert (served["late"].steps.tolist(), served["late"].values.tolist()) == ([3], [8])
    assert run["rejected"] == 1


def test_settings_are_what_stands_there(tmp_path: Path) -> None:
    log = tmp_path / "nvlog.json"
    args = {"betas": [0.9, 1.0], "sizes": [1, 2], "mixed": [1, 0.5], "names": ["a"], "none": []}
    document = {
        "run": {"args": args},
        "epoch": {"x": [0, 1], "loss": [0.5, 0.25]},
        "iter": {"x": [[0], [0]], "lr": [[1.0], [0.5]]},
    }
    log.write_text(json.dumps(document))

    ingest(log, logdir=tmp_path / "runs")

    (served,) = read_back(tmp_path / "runs").values()
    data = HParamsPluginData.FromString(served["_hparams_/session_start_info"].content)
    found = {name: of.string_value for name, of in data.session_start_info.hparams.items()}
    # TensorBoard's server reads such a cell as JSON, where it has these quotes
    assert found == {name: json.dumps(of).replace('"', "'") for name, of in args.items()}
