"""What people call a step: words that say of what it is, in any spelling."""

from __future__ import annotations

import pytest
from normalize.laid_out import LOSS, layout


@pytest.mark.parametrize(
    "name",
    [
        *("Training Epoch", "train_epoch", "TrainEpoch", "train-epoch", "Current Epoch"),
        *("Global Step", "global step", "globalStep", "Global Steps", "Current Step"),
        *("Num Timesteps", "num timesteps", "numTimesteps", "Total Timesteps", "global_timestep"),
        *("Train Step", "training_steps", "Optimizer Step", "gradient steps", "n_updates"),
        *("Train Iter", "Training Iterations", "Global Iteration", "iteration count"),
        *("Step Number", "step_num", "Step Count", "total step", "Epoch Count", "cur_epoch"),
        *("Episode Count", "Batch Number", "train_batch"),
        *("Iter.", "Step.", "Global Step."),
    ],
)
def test_a_name_of_a_step_is_known_however_it_is_spelled(name: str) -> None:
    found = layout({"loss": LOSS, name: [10, 20, 30]})

    assert (found.step.column, found.step.how) == (name, "inferred")
    assert not found.is_metric(name)


@pytest.mark.parametrize(
    ("names", "step"),
    [
        (("train_epoch", "Global Step"), "Global Step"),
        (("Training Epoch", "Epoch"), "Epoch"),
        (("step_count", "train_epoch"), "train_epoch"),
        (("n_updates", "iteration"), "iteration"),
    ],
)
def test_what_says_more_of_a_step_goes_before(names: tuple[str, str], step: str) -> None:
    rising: dict[str, list[object]] = {name: [1, 2, 3] for name in names}

    assert layout({**rising, "loss": LOSS}).step.column == step


@pytest.mark.parametrize("name", ["train_steps", "step_count", "optimizer_steps", "n_updates"])
def test_what_may_be_a_number_of_steps_must_rise(name: str) -> None:
    assert layout({name: [100, 100, 100], "loss": LOSS}).step.column is None
    assert layout({name: [200, 120, 200], "loss": LOSS}).step.column is None


@pytest.mark.parametrize(
    ("damaged", "is_said"), [({3: "4x#1"}, True), ({3: None}, True), ({3: "9", 4: "1"}, False)]
)
def test_what_would_rise_but_for_a_few_rows_is_said(
    damaged: dict[int, str | None], is_said: bool
) -> None:
    cells = [damaged.get(row, str(row * row)) for row in range(20)]

    found = layout({"n_updates": cells, "loss": [1.5] * 20}).step

    said = "column 'n_updates' rises from row to row, but is no whole number in some"
    assert found.column is None
    assert found.remark == (f"{said}: it was not taken as step" if is_said else "")


@pytest.mark.parametrize("name", ["val_step_time", "epoch_loss", "steps_per_second", "step_size"])
def test_a_word_for_a_step_in_a_name_makes_no_step(name: str) -> None:
    assert layout({name: [1, 2, 3], "loss": LOSS}).step.column is None


@pytest.mark.parametrize("cells", [[1e19, 2e19], ["1e19", "2e19"]])
def test_what_no_step_can_hold_is_said(cells: list[object]) -> None:
    found = layout({"step": cells, "loss": [1.5, 1.0]})

    assert found.step.column is None
    said = f"column 'step' has {cells[0]}, wanted whole numbers of 64 bits"
    assert found.step.remark == f"{said}: it was not taken as step"
