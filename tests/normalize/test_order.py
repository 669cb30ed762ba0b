"""The order of a tag's steps: against the rule that TensorBoard's reader itself follows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tbconvert.cells import Findings
from tbconvert.errors import SourceError
from tbconvert.model import Origin, ScalarBlock, Summary, Tag
from tbconvert.normalize.order import (
    Gather,
    NotARestart,
    Order,
    Replay,
    StepsGoBack,
    Streaming,
    Survey,
)
from tbconvert.normalize.rows import Rows
from tbconvert.options import Options

HERE = Origin("log.csv")
Points = list[tuple[int, float]]


def rows(steps: list[int], first: int = 0, tags: tuple[str, ...] = ("loss",)) -> Rows:
    """Return rows whose values are their numbers: so each point can be known again."""
    count = len(steps)
    values = np.arange(first, first + count, dtype=np.float32)[:, None] + np.zeros(
        (1, len(tags)), np.float32
    )
    return Rows(
        tuple(Tag(tag) for tag in tags),
        np.array(steps, np.int64),
        np.full(count, 1.7e9),
        np.arange(first, first + count, dtype=np.int64) + 2,
        values,
    )


def cut(steps: list[int], sizes: list[int]) -> list[Rows]:
    """Return the steps in blocks of these sizes, the last one taking what is left."""
    blocks, at = [], 0
    for size in [*sizes, len(steps)]:
        if steps[at : at + size]:
            blocks.append(rows(steps[at : at + size], at))
        at += size
    return blocks


def points(summaries: list[Summary]) -> Points:
    found = []
    for block in summaries:
        assert isinstance(block, ScalarBlock)
        found += list(zip(block.steps.tolist(), block.values[:, 0].tolist(), strict=True))
    return found


def flow(order: Order, blocks: list[Rows]) -> Points:
    out = [summary for block in blocks for summary in order.admit(block, HERE)]
    return points([*out, *order.finish()])


def replayed(blocks: list[Rows], options: Options, findings: Findings) -> Points:
    survey = Survey(options)
    assert flow(survey, blocks) == []
    return flow(Replay(options, survey.cuts(), findings), blocks)


def preempted(steps: list[int], *, first: bool = False) -> Points:
    """Return what stays when each point erases those of its step and later ones.

    The rule of TensorBoard's reservoir, one point at a time; with ``first`` a step that
    repeats the one before it is passed over instead.
    """
    kept: Points = []
    for value, step in enumerate(steps):
        if first and value and steps[value - 1] == step:
            continue
        kept = [point for point in kept if point[0] < step]
        kept.append((step, float(value)))
    return kept


any_steps = st.lists(st.integers(-5, 12), min_size=1, max_size=40)
any_sizes = st.lists(st.integers(0, 9), max_size=6)


@given(any_steps, any_sizes)
def test_streaming_passes_rising_steps_and_stops_at_all_others(
    steps: list[int], sizes: list[int]
) -> None:
    blocks = cut(steps, sizes)
    rising = all(a < b for a, b in pairwise(steps))

    if rising:
        assert flow(Streaming(), blocks) == preempted(steps)
    else:
        with pytest.raises(StepsGoBack):
            flow(Streaming(), blocks)


@given(any_steps, any_sizes)
def test_a_replay_keeps_what_tensorboard_would(steps: list[int], sizes: list[int]) -> None:
    findings = Findings()
    expected = preempted(steps)

    try:
        kept = replayed(cut(steps, sizes), Options(), findings)
    except NotARestart:
        assert len(expected) * 2 < len(steps)
    else:
        assert kept == expected
        assert findings.superseded == len(steps) - len(kept)


@given(any_steps, any_sizes)
def test_the_first_of_repeated_steps_stays_if_asked(steps: list[int], sizes: list[int]) -> None:
    options = Options(on_duplicate="first")

    try:
        kept = replayed(cut(steps, sizes), options, Findings())
    except NotARestart:
        return
    assert kept == preempted(steps, first=True)


@given(any_steps, any_sizes)
def test_sorted_steps_rise_and_keep_the_point_that_was_asked_for(
    steps: list[int], sizes: list[int]
) -> None:
    values: dict[int, list[float]] = {}
    for value, step in enumerate(steps):
        values.setdefault(step, []).append(float(value))
    choose = {"last": lambda v: v[-1], "first": lambda v: v[0], "mean": lambda v: sum(v) / len(v)}

    for policy, pick in choose.items():
        findings = Findings()
        options = Options(on_duplicate=policy)  # type: ignore[arg-type]
        kept = flow(Gather(options, findings, sort=True), cut(steps, sizes))

        assert [step for step, _ in kept] == sorted(values)
        assert [v for _, v in kept] == pytest.approx([pick(values[s]) for s in sorted(values)])
        assert findings.superseded == len(steps) - len(values)


@given(any_steps, any_sizes)
def test_holding_all_rows_gives_what_replaying_them_gives(
    steps: list[int], sizes: list[int]
) -> None:
    kept = flow(Gather(Options(), Findings(), sort=False), cut(steps, sizes))

    assert kept == preempted(steps)


def test_each_tag_has_an_order_of_its_own() -> None:
    train, val = rows([1, 2, 3, 4], tags=("train",)), rows([2, 4], 10, ("val",))

    out = [s for block in (train, val) for s in Streaming().admit(block, HERE)]

    assert sum(s.values.size for s in out if isinstance(s, ScalarBlock)) == 6


def test_a_restart_of_one_tag_leaves_the_others_alone() -> None:
    blocks = [
        rows([1, 2, 3, 4, 5, 6], tags=("a", "b")),
        rows([5, 6], 6, ("a",)),
        rows([7], 8, ("b",)),
    ]
    survey = Survey(Options())
    for block in blocks:
        list(survey.admit(block, HERE))
    replay = Replay(Options(), survey.cuts(), Findings())
    kept: dict[str, list[int]] = {"a": [], "b": []}

    for block in blocks:
        for summary in replay.admit(block, HERE):
            assert isinstance(summary, ScalarBlock)
            for tag in summary.tags:
                kept[tag] += summary.steps.tolist()

    assert kept == {"a": [1, 2, 3, 4, 5, 6], "b": [1, 2, 3, 4, 5, 6, 7]}


@pytest.mark.parametrize(
    ("policy", "steps", "row"),
    [("on_duplicate", [1, 2, 2, 3], 4), ("on_backward", [1, 2, 3, 2], 5)],
)
def test_an_error_names_the_row(policy: str, steps: list[int], row: int) -> None:
    survey = Survey(Options(**{policy: "error"}))

    with pytest.raises(SourceError) as caught:
        flow(survey, [rows(steps)])

    assert caught.value.origin.row == row
    assert policy.replace("_", "-") in caught.value.hint


def test_steps_at_the_ends_of_int64() -> None:
    steps = [-(2**63), 0, 2**63 - 1]

    assert [s for s, _ in flow(Streaming(), [rows(steps)])] == steps
    assert [s for s, _ in replayed([rows([*steps, 0])], Options(), Findings())] == steps[:2]


def test_the_mean_of_opposite_infinities_is_nan() -> None:
    twice = rows([1, 1])
    opposite = twice.with_values(np.array([[np.inf], [-np.inf]], np.float32))

    kept = flow(Gather(Options(on_duplicate="mean"), Findings(), sort=False), [opposite])

    assert [step for step, _ in kept] == [1]
    assert np.isnan(kept[0][1])


def test_the_mean_of_repeated_steps_is_told_and_so_is_a_restart() -> None:
    findings = Findings()
    steps = [1, 1, 2, 3, 4, 5, 4, 5]

    flow(Gather(Options(on_duplicate="mean"), findings, sort=False), [rows(steps)])

    restarted, repeated = findings.problems
    assert findings.superseded == 3
    assert (restarted.origin.row, repeated.origin.row) == (7, 2)
    assert "restarts superseded 1 of 8 points" in restarted.problem
    assert "2 of 8 points have the step of another" in repeated.problem


def test_a_restart_that_was_asked_for_is_one_whatever_it_costs() -> None:
    steps = [0, 1, 2, 3, 4, 5, 0]
    findings = Findings()

    with pytest.raises(NotARestart) as caught:
        replayed([rows(steps)], Options(), Findings())
    kept = replayed([rows(steps)], Options(on_backward="restart"), findings)

    assert (caught.value.superseded, caught.value.points) == (6, 7)
    assert kept == [(0, 6.0)]
    assert findings.superseded == 6
    assert "6 of 7 points" in findings.problems[0].problem


@pytest.mark.parametrize("sizes", [[], [1, 1], [2], [3, 1]])
@pytest.mark.parametrize(
    ("steps", "on_duplicate", "restarted", "repeated"),
    [
        ([1, 2, 2, 3], "last", None, (1, 3)),
        ([1, 2, 2, 3], "first", None, (1, 4)),
        ([1, 2, 3, 4, 5, 6, 5, 6], "last", (2, 6), None),
        ([1, 1, 1, 2, 3, 4, 5, 5, 4, 5], "last", (2, 7), (3, 2)),
    ],
)
def test_what_is_superseded_is_told_with_its_reason_and_place(
    steps: list[int],
    sizes: list[int],
    on_duplicate: str,
    restarted: tuple[int, int] | None,
    repeated: tuple[int, int] | None,
) -> None:
    findings = Findings()

    replayed(cut(steps, sizes), Options(on_duplicate=on_duplicate), findings)  # type: ignore[arg-type]

    told = {problem.hint: problem for problem in findings.problems}
    for wanted, hint in (
        (restarted, "--on-backward sort has them in order instead"),
        (repeated, "--on-duplicate overrules"),
    ):
        problem = told.pop(hint, None)
        if wanted is None:
            assert problem is None
        else:
            assert problem is not None
            assert f"{wanted[0]} of {len(steps)} points" in problem.problem
            assert (problem.origin.row, problem.origin.column) == (wanted[1], "loss")
    assert not told


@given(any_steps, any_sizes)
def test_a_survey_tells_whether_steps_are_in_order(steps: list[int], sizes: list[int]) -> None:
    survey = Survey(Options())

    flow(survey, cut(steps, sizes))

    assert survey.is_in_order() == all(a < b for a, b in pairwise(steps))
