"""Whole folders of genuine logs: one run, beside what the framework wrote for TensorBoard."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus_at import CORPUS, MISSING
from oracle import Series, ingest, python_loader, read_back
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from corpus.test_corpus import ROWS

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not ROWS, reason=MISSING),
]


def copied(slug: str, folder: Path, *names: str) -> Path:
    target = folder / slug
    target.mkdir()
    for name in names or [path.name for path in (CORPUS / slug).iterdir()]:
        shutil.copy(CORPUS / slug / name, target)
    return target


def settings(served: dict[str, Series]) -> dict[str, Any]:
    data = HParamsPluginData.FromString(served["_hparams_/session_start_info"].content)
    return {
        name: getattr(value, value.WhichOneof("kind"))
        for name, value in data.session_start_info.hparams.items()
    }


def leaves(value: Any, name: str = "") -> dict[str, Any]:
    """Return what is in nested objects, but for nothing; arrays are values."""
    if isinstance(value, dict) and value:
        parts = [leaves(part, f"{name}/{key}" if name else str(key)) for key, part in value.items()]
        return {key: leaf for part in parts for key, leaf in part.items()}
    return {} if value is None else {name: value}


@pytest.mark.parametrize("slug", ["ray_rllib_trial", "ray_nan_result_json"])
def test_a_trial_of_ray_is_the_run_that_ray_wrote(slug: str, tmp_path: Path) -> None:
    trial = copied(slug, tmp_path)
    report = ingest(trial, logdir=tmp_path / "logdir")
    (served,) = read_back(tmp_path / "logdir").values()
    (rays,) = python_loader.read(trial).values()

    assert [run["run"] for run in report["runs"]] == [slug]
    scalars = {tag: series for tag, series in rays.items() if series.plugin == "scalars"}
    assert len(scalars) > 30
    for tag, theirs in scalars.items():
        ours = served[tag.removeprefix("ray/tune/")] if tag != "ray/tune/timesteps_total" else None
        if ours is None:  # the step is no curve
            continue
        shown = np.isfinite(ours.values)  # Ray leaves NaN out
        np.testing.assert_array_equal(ours.steps[shown], theirs.steps, err_msg=tag)
        np.testing.assert_array_equal(ours.values[shown], theirs.values, err_msg=tag)


@pytest.mark.parametrize("slug", ["ray_rllib_trial", "ray_nan_result_json"])
def test_its_parameters_are_hyperparameters(slug: str, tmp_path: Path) -> None:
    trial = copied(slug, tmp_path)
    ingest(trial, logdir=tmp_path / "logdir")
    (served,) = read_back(tmp_path / "logdir").values()

    got = settings(served)
    for name, value in leaves(json.loads((trial / "params.json").read_text())).items():
        if isinstance(value, bool | int | float):
            assert got[name] == value, name
        else:
            assert name in got or not value, name


def test_the_curves_of_catboost_are_those_that_it_wrote(tmp_path: Path) -> None:
    folder = copied("catboost_info_tsv", tmp_path)
    ingest(folder, logdir=tmp_path / "logdir")
    (served,) = read_back(tmp_path / "logdir").values()
    (theirs,) = python_loader.read(folder).values()

    np.testing.assert_array_equal(served["learn/MultiClass"].steps, theirs["MultiClass"].steps)
    np.testing.assert_array_equal(served["learn/MultiClass"].values, theirs["MultiClass"].values)


def test_sacred_and_lightning_have_their_settings(tmp_path: Path) -> None:
    ingest(copied("sacred_file_observer", tmp_path), logdir=tmp_path / "sacred")
    ingest(copied("lightning_csvlogger_sparse", tmp_path), logdir=tmp_path / "lightning")

    (sacred,) = read_back(tmp_path / "sacred").values()
    (lightning,) = read_back(tmp_path / "lightning").values()
    config = json.loads((CORPUS / "sacred_file_observer/config.json").read_text())
    assert settings(sacred).keys() == leaves(config).keys()
    assert len(sacred["training.loss"].steps) == 400
    lines = (CORPUS / "lightning_csvlogger_sparse/hparams.yaml").read_text().splitlines()
    names = {line.partition(":")[0] for line in lines if line and line[0].isalpha()}
    assert names <= {name.partition("/")[0] for name in settings(lightning)}
