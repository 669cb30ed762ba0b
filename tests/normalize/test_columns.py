"""Which column is what."""

from __future__ import annotations

import pytest
from normalize.laid_out import LOSS, layout

from tbconvert.errors import SourceError


@pytest.mark.parametrize(
    ("columns", "step"),
    [
        (["epoch", "step", "loss"], "step"),
        (["Epoch", "loss"], "Epoch"),
        (["loss", "global_step"], "global_step"),
        (["train/iteration", "loss"], "train/iteration"),
        (["time/total_timesteps", "time/iterations", "loss"], "time/total_timesteps"),
        (["train/step", "epoch", "loss"], "epoch"),
        (["loss", "n"], "n"),
        (["a", "b"], None),
        # words may be parted by anything, or nothing, and be followed by a number sign
        (["loss", "Total Timesteps"], "Total Timesteps"),
        (["total timesteps", "num_episodes", "loss"], "total timesteps"),
        (["Episode #", "Total steps", "loss"], "Episode #"),
        (["#Epoch", "loss"], "#Epoch"),
        (["Epoch No.", "loss"], "Epoch No."),
        (["Epoch:", "loss"], "Epoch:"),
        (["train/Global Step", "loss"], "train/Global Step"),
        (["step", "_step", "loss"], "step"),
        (["_step", "STEP", "loss"], "STEP"),
        # what counts as well, and says less
        (["NumIters", "Seconds", "loss"], "NumIters"),
        (["actor_steps", "loss"], "actor_steps"),
        (["loss", "epoch_num"], "epoch_num"),
        (["loss", "number_of_trees"], "number_of_trees"),
    ],
)
def test_the_step_is_known_by_its_name(columns: list[str], step: str | None) -> None:
    rising = [1, 2, 3]
    made = {name: LOSS if name == "loss" else rising for name in columns}

    assert layout(made).step.column == step  # type: ignore[arg-type]


def test_a_step_holds_whole_numbers() -> None:
    assert layout({"epoch": [1.0, 2.0, 3.0], "loss": LOSS}).step.column == "epoch"
    found = layout({"epoch": [0.1, 0.2, 0.3], "iter": [1, 2, 3], "loss": LOSS})
    assert found.step.column == "iter"
    assert layout({"step": ["a", "b", "c"], "epoch": [1, 2, 3]}).step.column == "epoch"


def test_a_weak_name_must_rise() -> None:
    assert layout({"n": [5, 5, 6], "loss": LOSS}).step.column is None


def test_how_many_steps_an_episode_had_is_no_step() -> None:
    assert layout({"num_steps": [200, 120, 200], "loss": LOSS}).step.column is None
    assert layout({"num_episodes": [4, 4, 5], "loss": LOSS}).step.column is None


@pytest.mark.parametrize("name", ["Elapsed Time (s)", "walltime", "Diagnostics/CumTime (s)"])
def test_a_clock_may_be_followed_by_its_unit(name: str) -> None:
    found = layout({"step": [1, 2, 3], name: [1.5, 3.0, 4.5], "loss": LOSS})

    assert (found.wall_time.column, found.unit) == (name, None)


def test_a_step_that_never_changes_is_none_and_no_curve_either() -> None:
    found = layout({"step": [0, 0, 0], "loss": LOSS})

    assert found.step.column is None
    assert "column 'step' is 0 in every row" in found.step.remark
    assert not found.is_metric("step")


def test_one_step_for_disjoint_columns_is_a_step() -> None:
    found = layout({"step": [9, 9], "train": [0.5, None], "val": [None, 0.4]})

    assert found.step.column == "step"


@pytest.mark.parametrize("epoch", [0, 0.99])
def test_one_step_is_a_step_where_another_column_repeats_what_it_says(epoch: float) -> None:
    columns = {"epoch": [epoch] * 2, "step": [9, 9], "train": [0.5, None], "val": [None, 0.4]}

    found = layout(columns)

    assert found.step.column == "step"
    assert found.is_metric("epoch")


def test_epoch_beside_a_step_is_a_metric_and_the_step_is_none() -> None:
    found = layout({"epoch": [0, 0, 1], "step": [1, 2, 3], "loss": LOSS})

    assert found.is_metric("epoch")
    assert not found.is_metric("step")


@pytest.mark.parametrize(
    ("name", "cells", "unit"),
    [
        ("timestamp", [1.7e9, 1.7e9 + 1, 1.7e9 + 2], "s"),
        ("time", [1_700_000_000_000] * 3, "ms"),
        ("Wall time", [1.7e9, 1.7e9, 1.7e9], "s"),
        ("date", ["2024-01-01T10:00:00Z"] * 3, "ISO 8601"),
    ],
)
def test_the_wall_time_is_known_by_name_and_size(name: str, cells: list[object], unit: str) -> None:
    found = layout({"step": [1, 2, 3], name: cells, "loss": LOSS})

    assert (found.wall_time.column, found.unit, found.is_clock) == (name, unit, False)
    assert not found.is_metric(name)


def test_seconds_for_an_iteration_are_a_metric_and_no_wall_time() -> None:
    found = layout({"iteration": [1, 2, 3], "time": [0.4, 0.5, 0.4], "loss": LOSS})

    assert found.wall_time.column is None
    assert found.is_metric("time")


def test_a_clock_is_a_wall_time_and_stays_a_metric() -> None:
    found = layout({"step": [1, 2, 3], "time_elapsed": [1.0, 2.0, 3.0]})

    assert found.is_clock
    assert found.is_metric("time_elapsed")


def test_a_long_table_has_tags_and_values() -> None:
    found = layout({"step": [1, 1, 2], "tag": ["a", "b", "a"], "value": LOSS})

    assert (found.tag, found.value, found.step.column) == ("tag", "value", "step")
    assert [name for name in ("step", "tag", "value") if found.is_metric(name)] == ["value"]


def test_a_run_column_tells_apart_what_would_go_back() -> None:
    stacked = layout({"step": [1, 2, 1, 2], "seed": [1, 1, 2, 2], "reward": [1.0, 2.0, 3.0, 4.0]})
    in_order = layout({"step": [1, 2, 3], "seed": [1, 1, 2], "reward": LOSS})
    of_one = layout({"step": [1, 2, 3], "run": ["a", "a", "a"], "reward": LOSS})

    assert (stacked.run, in_order.run, of_one.run) == ("seed", None, None)


def test_what_the_user_says_goes_before_what_is_inferred() -> None:
    columns: dict[str, list[object]] = {
        "step": [1, 2, 3],
        "epoch": [0, 0, 1],
        "time": [1.7e9] * 3,
        "loss": LOSS,
    }

    assert layout(columns, step="epoch").step.column == "epoch"
    assert layout(columns, step="EPOCH").step.column == "epoch"
    assert layout(columns, step="none").step.how == "row number"
    assert layout(columns, wall_time="none").wall_time.how == "file time"
    assert layout(columns, run_column="epoch").run == "epoch"


@pytest.mark.parametrize("option", ["step", "wall_time", "run_column"])
def test_a_mistyped_column_gets_the_nearest_one(option: str) -> None:
    with pytest.raises(SourceError, match="did you mean 'epoch'") as caught:
        layout({"epoch": [1, 2, 3], "loss": LOSS}, **{option: "epohc"})

    assert option.replace("_", "-") in str(caught.value)


def test_a_wall_time_that_is_none_is_refused() -> None:
    with pytest.raises(SourceError, match="wanted epoch seconds"):
        layout({"step": [1, 2, 3], "note": ["a", "b", "c"]}, wall_time="note")


def test_the_row_numbers_of_a_data_frame_are_no_metric() -> None:
    beside = layout({"Unnamed: 0": [0, 1, 2], "epoch": [5, 6, 7], "loss": LOSS})
    every_fifth = layout({"Unnamed: 0": [0, 5, 10], "epoch": [5, 6, 7], "loss": LOSS})
    counted = layout({"Unnamed: 0": [0, 5, 11], "epoch": [5, 6, 7], "loss": LOSS})
    alone = layout({"Unnamed: 0": [0, 1, 2], "loss": LOSS})

    assert (beside.step.column, beside.is_metric("Unnamed: 0")) == ("epoch", False)
    assert not every_fifth.is_metric("Unnamed: 0")
    assert counted.is_metric("Unnamed: 0")
    assert alone.step.column == "Unnamed: 0"


def test_the_row_names_of_r_are_no_metric() -> None:
    beside = layout({"column_1": [1, 2, 3], "epoch": [5, 6, 7], "loss": LOSS})
    every_other = layout({"column_1": [1, 3, 5], "epoch": [5, 6, 7], "loss": LOSS})
    alone = layout({"column_1": [1, 2, 3], "loss": LOSS})

    assert (beside.step.column, beside.is_metric("column_1")) == ("epoch", False)
    assert every_other.is_metric("column_1")
    assert alone.step.column == "column_1"


def test_a_column_that_never_changes_is_a_metric_beside_a_step() -> None:
    found = layout({"epoch": [0, 0, 0], "step": [0, 1, 2], "loss": LOSS})
    other = layout({"step": [0, 0, 0], "epoch": [0, 1, 2], "loss": LOSS})

    assert (found.step.column, found.step.remark) == ("step", "")
    assert found.is_metric("epoch")
    assert (other.step.column, other.step.remark) == ("epoch", "")
    assert other.is_metric("step")


@pytest.mark.parametrize("tag", ["name", "key", "metric", "variable"])
def test_a_table_with_other_metrics_is_no_long_one(tag: str) -> None:
    found = layout({"epoch": [0, 1], tag: ["resnet", "resnet"], "train": [1.0, 0.9], "val": [2, 1]})

    assert found.tag is None
    assert found.is_metric("train")
    assert found.is_metric("val")


def test_steps_times_and_runs_are_no_metrics_of_a_long_table() -> None:
    found = layout(
        {
            "epoch": [0, 0],
            "step": [0, 0],
            "time": [1.7e9, 1.7e9],
            "seed": [1, 1],
            "key": ["a", "b"],
            "val": [1.0, 2.0],
        }
    )

    assert (found.tag, found.value, found.step.column) == ("key", "val", "step")
    assert not any(map(found.is_metric, ("epoch", "step", "time", "seed", "key")))


def test_a_table_is_long_if_its_steps_stay_while_its_tags_change() -> None:
    names = ["loss", "acc", "loss", "acc"]
    beside = {"metric": names, "value": [1.0, 2.0, 3.0, 4.0], "stderr": [0.1] * 4}
    by_step = layout({"step": [0, 0, 1, 1], **beside})
    rising = layout({"step": [0, 1, 2, 3], **beside})
    none = layout({"step": [0, 0, 1, 1], **beside}, tag_column="none")

    assert (by_step.tag, by_step.is_metric("stderr")) == ("metric", True)
    assert (rising.tag, none.tag) == (None, None)


def test_one_bad_cell_does_not_cost_a_log_its_times() -> None:
    steps, loss = [1, 2, 3], LOSS
    epochs = layout({"step": steps, "time": ["1700000010", "xx", "1700000012"], "loss": loss})
    clock = layout({"step": steps, "time_elapsed": ["1.5", "xx", "3"], "loss": loss})
    iso = ["2024-01-01T10:00:00Z", "xx", "2024-01-01T10:00:02Z"]
    zoned = layout({"step": steps, "time": iso, "loss": loss})
    naive = layout({"step": steps, "time": [cell.rstrip("Z") for cell in iso], "loss": loss})

    assert (epochs.wall_time.column, epochs.unit) == ("time", "s")
    assert (clock.wall_time.column, clock.is_clock) == ("time_elapsed", True)
    assert (zoned.unit, zoned.wall_time.remark) == ("ISO 8601", "")
    assert "without a zone" in naive.wall_time.remark


@pytest.mark.parametrize("name", ["fold", "Fold", "phase", "split", "exp_name"])
def test_folds_and_phases_are_runs_where_steps_go_back(name: str) -> None:
    columns = {name: ["a", "a", "b", "b"], "epoch": [1, 2, 1, 2], "loss": [4, 3, 2, 1]}
    assert layout(columns).run == name
    columns["epoch"] = [1, 2, 3, 4]
    assert layout(columns).run is None


STACKED: dict[str, list[object]] = {
    "model": [model for model in "ab" for _ in range(4)],
    "seed": [1, 1, 2, 2] * 2,
    "epoch": [0, 1] * 4,
    "loss": [0.5] * 8,
}


def test_several_columns_are_runs_where_steps_go_back_in_one_of_them() -> None:
    found = layout(STACKED)

    assert set(found.runs) == {"model", "seed"}
    assert not any(map(found.is_metric, ("model", "seed", "epoch")))
    assert layout(STACKED, run_column="seed").runs == ("seed",)
    assert layout(STACKED, run_column="none").runs == ()


def test_the_fewest_columns_are_runs_in_which_steps_rise() -> None:
    by_model = {**STACKED, "seed": [1, 2, 2, 1] * 2, "epoch": [0, 1, 2, 3] * 2}
    never = {**STACKED, "epoch": [1] * 8, "step": [0, 0] * 4, "loss": [*range(8)]}
    each_its_own = {**STACKED, "trial": [*range(8)], "epoch": [3, 3, 2, 2, 1, 1, 0, 0]}

    assert layout(by_model).runs == ("model",)
    assert len(layout(never).runs) <= 1
    assert len(layout(each_its_own).runs) == 1
    assert layout({**STACKED, "method": ["x"] * 8}).runs == layout(STACKED).runs


def test_what_another_counter_starts_over_in_is_no_step_where_it_stays() -> None:
    columns = {"iteration": [0, 0, 1, 1, 2, 2], "epoch": [0, 1, 0, 1, 0, 1], "loss": LOSS * 2}

    found = layout(columns)

    assert found.step.column is None
    assert found.outer == "iteration"
    assert found.step.remark == (
        "column 'epoch' starts over whenever 'iteration' rises: it was not taken as step"
    )
    assert found.is_metric("epoch")
    assert found.is_metric("iteration")


def test_a_step_may_say_of_how_many_it_is() -> None:
    assert layout({"epoch": ["1/3", "2/3", "3/3"], "loss": LOSS}).step.column == "epoch"
    assert layout({"Epoch": ["Epoch 1", "Epoch 2", "Epoch 3"], "loss": LOSS}).step.column == "Epoch"
    assert layout({"date": ["1/3", "2/3", "3/3"], "loss": LOSS}).step.column is None
