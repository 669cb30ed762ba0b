"""Genuine logs from public repositories, whose licences keep them out of this one.

``EXPECTED.tsv`` beside them says what a correct conversion gives, found with Python's csv,
json and numpy: ``points: tag=count:first:last``. Skipped where the logs are not;
``TBCONVERT_CORPUS`` names their folder.
"""

from __future__ import annotations

import csv
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus_at import CORPUS, MISSING
from oracle import Logdir, Series, ingest, read_back

TABLE = CORPUS / "EXPECTED.tsv"

NO_CURVE = "no series of numbers, see test_corpus_folders.py"
NOT_CONVERTED = "an event file already"
OUT_OF_SCOPE = {
    "lightning_csvlogger_sparse/hparams.yaml": NO_CURVE,
    "ray_rllib_trial/params.json": NO_CURVE,
    "ray_rllib_trial/events.out.tfevents.1612625205.esfinge": NOT_CONVERTED,
    "ray_nan_result_json/params.json": NO_CURVE,
    "ray_nan_result_json/events.out.tfevents.1617571683.volta1": NOT_CONVERTED,
    "catboost_info_tsv/events.out.tfevents": NOT_CONVERTED,
    "sacred_file_observer/run.json": NO_CURVE,
    "sacred_file_observer/config.json": NO_CURVE,
    "sb3_evaluations_npz/evaluations.npz": "arrays, see test_corpus_arrays.py",
    "npz_gradients_dump/gradients.npz": "arrays, see test_corpus_arrays.py",
    "npz_images_float_nhwc_nchw/samples_32x16x16x1.npz": "arrays, see test_corpus_arrays.py",
    "npz_images_float_nhwc_nchw/samples_32x1x16x16.npz": "arrays, see test_corpus_arrays.py",
    "onnx_mnist8/mnist-8.onnx": "a graph, see test_corpus_arrays.py",
    "graphdef_pbtxt/graph.pbtxt": "a graph, see test_corpus_arrays.py",
    "graphdef_pbtxt_runmetadata/run_metadata_run_step99_tag_train.pbtxt": NO_CURVE,
    "saved_model_pb/saved_model.pb": "a graph, see test_corpus_arrays.py",
}
"""Logs that need more than their columns' names and values to be understood, and why."""


@dataclass(frozen=True)
class Curve:
    """``part`` is what its rows have in a column that tells runs apart; "" for all rows."""

    tag: str
    part: str
    count: int
    first: np.float32
    last: np.float32


def read_table() -> dict[str, str]:
    """Return {slug/file: what a correct conversion gives}."""
    if not TABLE.exists():
        return {}
    with TABLE.open(newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {f"{row['slug']}/{row['file']}": row["correct_conversion"] for row in rows}


def curves_of(correct: str) -> list[Curve]:
    """Parse ``… | points: loss=43:0.5:nan [6 non-finite]; reward[seed 3]=48:5.2:4.5``."""
    found = re.search(r"\bpoints(?: over \w+)?: (.*)", correct)
    curves = []
    for entry in found[1].split("; ") if found else ():
        parts = re.fullmatch(
            r"(?P<tag>.+?)(?:\[\w+ (?P<part>\w+)\])?"
            r"=(?P<count>\d+):(?P<first>[^:]+):(?P<last>[^: ]+)(?: \[\d+ non-finite\])?",
            entry,
        )
        assert parts, f"not understood: {entry}"
        # a chart of W&B's has the run in front of the tag
        run, _, tag = parts["tag"].rpartition(" - ")
        curves.append(
            Curve(
                tag,
                parts["part"] or re.escape(run),
                int(parts["count"]),
                np.float32(parts["first"]),
                np.float32(parts["last"]),
            )
        )
    return curves


ROWS = read_table()
LOGS = [log for log in ROWS if log not in OUT_OF_SCOPE]

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not ROWS, reason=MISSING),
]


@pytest.mark.parametrize("log", LOGS)
def test_log(log: str, tmp_path: Path) -> None:
    alone = tmp_path / log
    alone.parent.mkdir()
    shutil.copy(CORPUS / log, alone)
    report = ingest(alone, logdir=tmp_path / "logdir")
    served = read_back(tmp_path / "logdir")
    assert report["totals"]["rejected"] == 0
    runs = [run["run"] for run in report["runs"]]
    assert sorted(runs) == sorted(served)
    step_columns = {source["step"]["column"] for run in report["runs"] for source in run["sources"]}
    for curve in curves_of(ROWS[log]):
        whole = rf"(.*[^0-9A-Za-z])?{curve.part or '.*'}"
        chosen = [run for run in runs if re.fullmatch(whole, run)]
        if curve.tag in step_columns:
            check(curve, steps_of(served, chosen))
        else:
            series = [served[run][name] for run in chosen for name in find(served[run], curve.tag)]
            check(curve, [each.values for each in series])


def find(tags: dict[str, Series], tag: str) -> list[str]:
    """Find a tag by its name, or else the only one whose last part is that, or its first."""
    if tag in tags:
        return [tag]
    found = [name for name in tags if name.endswith(f"/{tag}") or name.startswith(f"{tag}/")]
    assert len(found) <= 1, f"{tag} may be any of {found}"
    return found


def steps_of(served: Logdir, runs: list[str]) -> list[Any]:
    """Every step that some curve has: the step's column is no curve itself."""
    curves = ([s.steps for s in served[run].values() if s.plugin == "scalars"] for run in runs)
    return [np.unique(np.concatenate(steps)) for steps in curves]


def check(curve: Curve, parts: list[Any]) -> None:
    """Compare a curve with what runs show of it, one after the other."""
    assert parts, f"no tag for {curve}"
    got = np.concatenate(parts).astype(np.float32)
    assert len(got) == curve.count, curve
    np.testing.assert_array_equal([got[0], got[-1]], [curve.first, curve.last], err_msg=str(curve))


def test_every_log_is_tried_or_said_why_not() -> None:
    assert OUT_OF_SCOPE.keys() <= ROWS.keys()
    for log in LOGS:
        assert curves_of(ROWS[log]), f"{log}: nothing to compare with"
    assert len(LOGS) == 24
