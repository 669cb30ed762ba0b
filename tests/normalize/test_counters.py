"""Which of the columns that count is the step, where some of them start over."""

from __future__ import annotations

import pytest
from normalize.laid_out import layout


def test_a_counter_that_starts_over_with_another_one_is_no_step() -> None:
    found = layout(
        {
            "epoch": [epoch for epoch in range(3) for _ in range(4)],
            "batch": [*range(4)] * 3,
            "loss": [0.5] * 12,
        }
    )

    assert found.step.column is None
    assert "'batch' starts over whenever 'epoch' rises" in found.step.remark
    assert found.is_metric("batch")
    assert found.is_metric("epoch")


def test_what_mostly_starts_over_is_not_told_to_do_so_always() -> None:
    found = layout(
        {
            "iteration": [1, 1, 2, 3, 1, 2, 1, 2, 1],
            "episodes": [8, 4, 4, 4, 8, 8, 5, 5, 30],
            "loss": [0.5] * 9,
        }
    )

    assert found.step.remark == (
        "column 'iteration' mostly starts over when 'episodes' rises: it was not taken as step"
    )


def test_beside_a_counter_that_starts_over_a_step_has_to_rise() -> None:
    epochs, batches = [0, 0, 1, 1], [0, 1, 0, 1]
    with_global = layout({"epoch": epochs, "step": batches, "global_step": [1, 2, 3, 4]})
    of_epochs = layout({"epoch": [0, 1, 2, 3], "step": [9, 5, 4, 1]})

    assert with_global.step.column == "global_step"
    assert of_epochs.step.column == "epoch"


LENGTHS = [68, 159, 147, 41, 102, 162, 129, 168, 156, 24]


@pytest.mark.parametrize("lengths", ["step", "Steps", "timestep"])
def test_the_length_of_an_episode_is_no_step(lengths: str) -> None:
    found = layout({"episode": [*range(10)], lengths: LENGTHS, "reward": [0.5] * 10})

    assert found.step.column == "episode"
    assert found.is_metric(lengths)


def test_a_step_that_goes_back_time_and_again_is_told_to_be_none() -> None:
    found = layout({"episode": [*range(10)], "step": LENGTHS, "reward": [0.5] * 10})

    assert found.step.remark == (
        "column 'step' goes back time and again, 'episode' rises: 'step' was not taken as step"
    )
    assert found.step.why == ", and rises where 'step' goes back"


def test_lengths_of_episodes_are_no_steps_in_a_restarted_log() -> None:
    twice = layout({"episode": [*range(10)] * 2, "step": LENGTHS * 2, "reward": [0.5] * 20})

    assert twice.step.column == "episode"


@pytest.mark.parametrize("other", ["episode", "round", "epochs"])
def test_a_step_that_goes_back_once_is_restarted(other: str) -> None:
    steps = [*range(10), *range(6, 16)]
    again = layout({"step": steps, other: steps, "loss": [0.5] * 20})
    going_on = layout({"step": steps, other: [*range(20)], "loss": [0.5] * 20})

    assert (again.step.column, going_on.step.column) == ("step", "step")


def test_a_step_that_goes_back_stays_one_where_nothing_else_counts() -> None:
    found = layout({"epoch": [0, 0, 1, 1, 1, 1, 2, 2, 2, 2], "step": LENGTHS, "loss": [0.5] * 10})

    assert found.step.column == "step"


def test_a_run_that_starts_over_as_a_whole_is_a_restart() -> None:
    steps = [*range(10), *range(6, 12)]
    found = layout({"epoch": [step // 2 for step in steps], "step": steps, "loss": [0.5] * 16})

    assert found.step.column == "step"
