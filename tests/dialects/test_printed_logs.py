"""What frameworks print, kept in a file, is known by its lines, whatever it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from oracle import ingest, read_back


def converted(tmp_path: Path, text: str, name: str = "nohup.out") -> tuple[Any, Any]:
    """Return the report of the one run of a log, and what TensorBoard shows of it."""
    log = tmp_path / "a" / name
    log.parent.mkdir(parents=True)
    log.write_text(text)
    (run,) = ingest(log, logdir=tmp_path / "runs")["runs"]
    return run, read_back(tmp_path / "runs")[run["run"]]


def points(tags: Any, tag: str) -> list[tuple[int, float]]:
    values = np.asarray(tags[tag].values, np.float64)
    return list(
        zip(tags[tag].steps.tolist(), [float(f"{value:.6g}") for value in values], strict=True)
    )


BOXES = """\
Using cpu device
Wrapping the env with a `Monitor` wrapper
---------------------------------
| rollout/           |          |
|    ep_rew_mean     | 1.43     |
| time/              |          |
|    fps             | 170      |
|    time_elapsed    | 12       |
|    total_timesteps | 2048     |
---------------------------------
Eval num_timesteps=3000, episode_reward=9.00 +/- 0.00
------------------------------------
| rollout/           |             |
|    ep_rew_mean     | 1.5         |
| time/              |             |
|    fps             | 67          |
|    time_elapsed    | 60          |
|    total_timesteps | 4096        |
| train/             |             |
|    approx_kl       | 0.008046303 |
------------------------------------
"""


def test_stable_baselines3_prints_boxes(tmp_path: Path) -> None:
    run, tags = converted(tmp_path, BOXES)

    (source,) = run["sources"]
    assert source["dialect"] == "baselines"
    assert source["step"]["column"] == "time/total_timesteps"
    assert points(tags, "rollout/ep_rew_mean") == [(2048, 1.43), (4096, 1.5)]
    assert points(tags, "train/approx_kl") == [(4096, 0.0080463)]
    walls = tags["time/fps"].wall_times
    assert walls[1] - walls[0] == 48
    assert run["rejected"] == 0


XGBOOST = """\
[0]\ttrain-rmse:1.58066\ttrain-ndcg@3-:0.5\teval-rmse:2.22868
[10]\ttrain-rmse:0.60597\ttrain-ndcg@3-:0.625\teval-rmse:nan
[14]\ttrain-rmse:0.31049\ttrain-ndcg@3-:0.75\teval-rmse:1.03452
"""


def test_xgboost_prints_a_line_for_some_rounds(tmp_path: Path) -> None:
    run, tags = converted(tmp_path, XGBOOST, "boost.log")

    assert run["sources"][0]["dialect"] == "xgboost"
    assert {*tags} == {"train/rmse", "train/ndcg@3-", "eval/rmse"}
    assert points(tags, "train/rmse") == [(0, 1.58066), (10, 0.60597), (14, 0.31049)]
    assert points(tags, "eval/rmse")[2] == (14, 1.03452)
    assert (run["rejected"], run["superseded"], run["problems"]) == (0, 0, [])


def test_what_early_stopping_says_again_takes_nothing_back(tmp_path: Path) -> None:
    text = (
        "Start\n[0]\tvalidation_0-auc:0.5\n[1]\tvalidation_0-auc:0.75\n[2]\tvalidation_0-auc:0.7\n"
        "Stopping. Best iteration:\n[1]\tvalidation_0-auc:0.75\n"
    )
    run, tags = converted(tmp_path, text)

    assert points(tags, "validation_0/auc") == [(0, 0.5), (1, 0.75), (2, 0.7)]
    assert run["sources"][0]["dialect"] == "xgboost"
    (remark,) = [p["problem"] for p in run["problems"] if "left out were" in p["problem"]]
    assert "'validation_0-auc' (1 cell)" in remark


def test_a_training_that_begins_anew_is_a_restart(tmp_path: Path) -> None:
    text = "[0]\ttrain-rmse:3\n[1]\ttrain-rmse:2\n[2]\ttrain-rmse:1\n"
    run, tags = converted(tmp_path, text + text.replace(":", ":4").replace("[2", "[4"))

    assert points(tags, "train/rmse") == [(0, 43), (1, 42), (4, 41)]
    assert run["superseded"] == 3


def test_folds_have_a_mean_and_a_deviation(tmp_path: Path) -> None:
    text = "[0]\ttrain-rmse:1.5+0.25\ttest-rmse:2+0.5\n[1]\ttrain-rmse:1+0.125\ttest-rmse:1.5+0\n"
    run, tags = converted(tmp_path, text)

    assert points(tags, "train/rmse-mean") == [(0, 1.5), (1, 1)]
    assert points(tags, "train/rmse-std") == [(0, 0.25), (1, 0.125)]
    assert points(tags, "test/rmse-std") == [(0, 0.5), (1, 0)]
    assert (len(tags), run["rejected"]) == (4, 0)


def test_folds_after_a_training_leave_it_as_it_is(tmp_path: Path) -> None:
    text = "[0]\ttrain-rmse:3\n[1]\ttrain-rmse:2\n[2]\ttrain-rmse:1.5+0.25\n"
    run, tags = converted(tmp_path, text)

    assert points(tags, "train/rmse") == [(0, 3), (1, 2)]
    assert points(tags, "train/rmse-mean") == [(2, 1.5)]
    assert points(tags, "train/rmse-std") == [(2, 0.25)]
    assert run["rejected"] == 0


LIGHTGBM = """\
[LightGBM] [Info] Start training from score -0.160343
[1]\tvalid_0's auc: 0.930213\tvalid_0's binary_logloss: 0.627178
Training until validation scores don't improve for 2 rounds
[2]\tvalid_0's auc: 0.928571\tvalid_0's binary_logloss: 0.581928
[3]\tvalid_0's auc: 0.91954\tvalid_0's binary_logloss: 0.545745
Early stopping, best iteration is:
[1]\tvalid_0's auc: 0.930213\tvalid_0's binary_logloss: 0.627178
"""


def test_lightgbm_prints_names_with_blanks(tmp_path: Path) -> None:
    run, tags = converted(tmp_path, LIGHTGBM)

    assert (run["run"], run["sources"][0]["dialect"]) == ("a", "lightgbm")
    assert points(tags, "valid_0/auc") == [(1, 0.930213), (2, 0.928571), (3, 0.91954)]
    assert points(tags, "valid_0/binary_logloss")[2] == (3, 0.545745)
    assert (len(tags), run["superseded"], run["rejected"]) == (2, 0, 0)


def test_lightgbm_without_its_own_lines_is_known_by_the_first(tmp_path: Path) -> None:
    text = (
        "[20]\ttraining's l2: 0.5\tmy set's l2: 0.75\n[40]\ttraining's l2: 0.25\tmy set's l2: 1\n"
    )
    run, tags = converted(tmp_path, text, "result.md")

    assert run["sources"][0]["dialect"] == "lightgbm"
    assert points(tags, "my set/l2") == [(20, 0.75), (40, 1)]


def test_lightgbm_prints_folds(tmp_path: Path) -> None:
    text = "[2]\tvalid's l2: 0.5 + 0.25\n[4]\tvalid's l2: 0.25 + 0.125\n"
    _, tags = converted(tmp_path, text)

    assert points(tags, "valid/l2-mean") == [(2, 0.5), (4, 0.25)]
    assert points(tags, "valid/l2-std") == [(2, 0.25), (4, 0.125)]
