"""What is said of arrays that are not shown as one might expect: where, how many, what to do."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import ingest
from snapshots import TIME, convert, messages, snapshot, weights

NAN, INF = np.nan, np.inf


def said(report: dict[str, Any], part: str) -> list[tuple[str, str, str]]:
    """Return the remarks that contain a text: file and array, what, what to do."""
    found = []
    for run in report["runs"]:
        for problem in run["problems"]:
            file, mark, array = problem["uri"].partition("#")
            place = Path(file).name + mark + array
            found.append((place, problem["problem"], problem["hint"]))
    return [remark for remark in found if part in remark[1]]


# --------------------------------------------------------------- numbers in no histogram


def sick(folder: Path, others: int = 0) -> Path:
    """Make three snapshots: W is all NaN in the second, b has two odd numbers in each."""
    for step in (1, 2, 3):
        array = np.full((64, 10), NAN) if step == 2 else weights(step)
        rest = {f"x{number}": weights(number, (5,)) for number in range(others)}
        snapshot(folder / f"step_{step}.npz", W=array, b=np.array([1, NAN, INF, 2]), **rest)
    return folder


def test_numbers_in_no_histogram_are_told_where_no_curve_does(tmp_path: Path) -> None:
    served, report = convert(sick(tmp_path / "r"), "--no-tensor-stats", logdir=tmp_path / "runs")

    assert served["r"]["W"].steps.tolist() == [1, 3]
    hint = "--tensor-stats draws how many"
    assert said(report, "in no histogram") == [
        (
            "step_1.npz#b",
            (
                "2 of 4 numbers are NaN or infinite and in no histogram; "
                "2 more snapshots have such numbers"
            ),
            hint,
        ),
        ("step_2.npz#W", "640 of 640 numbers are NaN or infinite and in no histogram", hint),
    ]
    assert report["exit_status"] == 0


@pytest.mark.parametrize("others", [0, 40])
def test_a_curve_that_tells_them_is_enough(others: int, tmp_path: Path) -> None:
    served, report = convert(sick(tmp_path / "r", others), logdir=tmp_path / "runs")
    run = served["r"]

    assert ("W/mean" in run) == (not others)
    assert (run["W/nan_count"].steps.tolist(), run["W/nan_count"].values.tolist()) == (
        [2, 3],
        [640, 0],
    )
    assert run["b/nan_count"].values.tolist() == [1, 1, 1]
    assert run["b/inf_count"].values.tolist() == [1, 1, 1]
    assert said(report, "in no histogram") == []


def test_parts_of_an_array_have_no_curves_that_could_tell(tmp_path: Path) -> None:
    history = np.ones((4, 30, 20))
    history[1], history[2, 0, 0] = NAN, INF
    path = snapshot(tmp_path / "history.npz", step=np.arange(4), layer=history)

    served, report = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["layer"].steps.tolist() == [0, 2, 3]
    wanted = "601 of 2400 numbers are NaN or infinite and in no histogram"
    assert said(report, "in no histogram") == [("history.npz#layer", wanted, "")]


def test_a_run_without_points_tells_that_all_is_nan(tmp_path: Path) -> None:
    path = snapshot(tmp_path / "step_1.npz", W=np.full(5, NAN))

    report = ingest(path, "--no-tensor-stats", logdir=tmp_path / "runs", status=1)

    first, *others = messages(report)
    assert first.startswith("there are no points in it")
    assert "5 of 5 numbers are NaN or infinite and in no histogram" in others


# ----------------------------------------------------------------------- pictures


def test_a_rule_that_matches_nothing_is_told_with_the_nearest_names(tmp_path: Path) -> None:
    for step in (1, 2):
        snapshot(tmp_path / "r" / f"step_{step}.npz", **{"fc1.weight": weights(1), "x": weights(2)})
    rules = ("--image", "fc1/weight=columns:8x8", "--image", "x=off", "--image", "q*=off")

    _, report = convert(tmp_path / "r", *rules, logdir=tmp_path / "runs")

    assert said(report, "matches no array") == [
        ("step_1.npz", "--image 'fc1/weight=columns:8x8' matches no array",
         "did you mean 'fc1.weight'?"),
        ("step_1.npz", "--image 'q*=off' matches no array", ""),
    ]  # fmt: skip


def test_a_rule_for_an_array_that_comes_late_is_no_mistake(tmp_path: Path) -> None:
    snapshot(tmp_path / "r" / "step_1.npz", w=weights(1))
    snapshot(tmp_path / "r" / "step_2.npz", w=weights(1), late=weights(2))

    served, report = convert(tmp_path / "r", "--image", "late=matrix", logdir=tmp_path / "runs")

    assert served["r"]["late/image"].steps.tolist() == [2]
    assert said(report, "matches no array") == []


def test_weights_too_large_to_be_drawn_unasked_are_told_once(tmp_path: Path) -> None:
    large = weights(1, (2000, 10))
    for step in (1, 2):
        snapshot(
            tmp_path / "r" / f"step_{step}.npz",
            a=large,
            b=large,
            kernel=weights(2, (129, 64, 3, 3)),
            small=weights(3, (5, 4)),
            grad_a=large,
            counts=large.astype(int),
        )

    _, report = convert(tmp_path / "r", "--image", "b=off", logdir=tmp_path / "runs")

    assert said(report, "no picture of it") == [
        (
            "step_1.npz#a",
            "no picture of it: 2000 × 10 is too large to be drawn unasked; nor of 1 more array",
            "--image 'a=matrix' draws it",
        )
    ]
    served, report = convert(
        *(tmp_path / "r", "--image", "a=matrix", "--image", "b=off", "--image", "kernel=off"),
        logdir=tmp_path / "asked",
    )
    assert "a/image" in served["r"]
    assert said(report, "no picture of it") == []


# ------------------------------------------------------------------------- numbers


@pytest.mark.parametrize("shape", [[], [1]])
def test_a_single_bfloat16_is_a_scalar(shape: list[int], tmp_path: Path) -> None:
    data = (np.float32([3, -1.5]).view(np.uint32) >> 16).astype("<u2").tobytes()
    head = {
        "loss": {"dtype": "BF16", "shape": shape, "data_offsets": [0, 2]},
        "gain": {"dtype": "BF16", "shape": shape, "data_offsets": [2, 4]},
    }
    text = json.dumps(head).encode()
    path = tmp_path / "step_7.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    os.utime(path, (TIME, TIME))

    served, report = convert(path, "--run", "r", logdir=tmp_path / "runs")
    points = {
        tag: (s.plugin, s.steps.tolist(), s.values.tolist()) for tag, s in served["r"].items()
    }

    assert points == {"loss": ("scalars", [7], [3]), "gain": ("scalars", [7], [-1.5])}
    assert messages(report) == ["elements of two bytes are read as bfloat16"]


# ----------------------------------------------------------------------------- names


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_tag_of_a_name_that_came_twice_is_what_was_said(tmp_path: Path) -> None:
    path = tmp_path / "step_1.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2):
            file = io.BytesIO()
            np.save(file, weights(number))
            archive.writestr("W.npy", file.getvalue())
    os.utime(path, (TIME, TIME))

    served, report = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert {t for t, s in served["r"].items() if s.plugin == "histograms"} == {"W", "W.1"}
    assert said(report, "more than once")[0][1].endswith("here 'W.1'")
    assert said(report, "dots in names") == []


def test_dots_are_layers_still(tmp_path: Path) -> None:
    arrays = {
        "net.0.weight": weights(1),
        "net.0": weights(2),
        "W": weights(3),
        "W.gain": weights(4),
    }
    path = snapshot(tmp_path / "step_1.npz", **arrays)

    served, _ = convert(path, "--run", "r", logdir=tmp_path / "runs")

    tags = {t for t, s in served["r"].items() if s.plugin == "histograms"}
    assert tags == {"net/0/weight", "net/0", "W", "W/gain"}


# ---------------------------------------------------------------------------- tables


def test_columns_of_different_lengths_are_no_table(tmp_path: Path) -> None:
    path = snapshot(tmp_path / "history.npz", first=np.arange(5.0), second=np.arange(4.0))

    served, report = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["first"].plugin == "histograms"
    assert said(report, "not a table") == [
        (
            "history.npz",
            (
                "not a table: lengths differ, 'first' has 5 numbers and 'second' 4; "
                "they became histograms"
            ),
            "columns of one length become curves",
        )
    ]


def test_an_array_that_is_left_out_is_no_doubt(tmp_path: Path) -> None:
    path = snapshot(tmp_path / "history.npz", a=np.arange(5.0), b=np.arange(5.0), c=np.arange(4.0))

    served, report = convert(path, "--run", "r", "--exclude", "c", logdir=tmp_path / "runs")

    assert served["r"]["a"].plugin == "histograms"
    assert said(report, "not a table") == []


def test_a_column_that_is_shorter_than_the_steps(tmp_path: Path) -> None:
    path = snapshot(
        tmp_path / "history.npz",
        epoch=np.arange(5),
        loss=np.arange(5.0),
        val_loss=np.arange(4.0),
        lr=np.arange(3.0),
        bias=np.arange(7.0),
    )

    served, report = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["loss"].plugin == "scalars"
    assert said(report, "it became a histogram") == [
        (
            "history.npz#val_loss",
            (
                "got 4 numbers, wanted 5 as 'epoch' has for a curve; it became a histogram; "
                "so is 1 more"
            ),
            "",
        )
    ]


def test_biases_and_distributions_of_one_step_are_not_taken_for_columns(tmp_path: Path) -> None:
    snapshot(tmp_path / "r" / "step_1.npz", hidden=weights(1, (8,)), output=weights(2, (9,)))
    snapshot(tmp_path / "s" / "final.npz", b1=weights(1, (8,)), b2=weights(2, (9,)))
    snapshot(
        tmp_path / "t" / "end.npz", step=np.array([5]), x=weights(1, (8,)), w=weights(2, (1, 9))
    )

    _, report = convert(tmp_path, logdir=tmp_path / "runs")

    assert not [said for said in messages(report) if "histogram" in said]


def test_weights_of_each_step_beside_others_are_told(tmp_path: Path) -> None:
    path = snapshot(
        tmp_path / "history.npz",
        step=np.arange(5) * 10,
        loss=np.arange(5.0),
        **{
            "weights/dense": weights(1, (5, 4, 3)),
            "weights/other": weights(1, (5, 3)),
            "weights/bias": weights(2, (4, 3)),
        },
    )

    served, report = convert(path, "--run", "r", logdir=tmp_path / "runs")

    assert served["r"]["weights/dense"].steps.tolist() == [40]
    assert said(report, "taken as a whole") == [
        (
            "history.npz#weights/dense",
            (
                "got 5 × 4 × 3, taken as a whole and not as one part for each of 'step': "
                "other arrays have another first side; so is 1 more"
            ),
            "in a file without those it becomes a histogram for each",
        )
    ]
