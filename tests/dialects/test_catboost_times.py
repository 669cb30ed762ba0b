"""CatBoost's times stand in a table of their own: each row of errors has that of its iteration."""

from __future__ import annotations

import os
from pathlib import Path

from oracle import ingest, read_back


def test_each_iteration_has_its_own_time_wherever_it_stands(tmp_path: Path) -> None:
    errors = [f"{step}\t{step / 8}" for step in (0, 2, 3, 7, 9)]
    # out of order, one iteration that no error has, none for the 3
    times = ["2\t2500\t0", "0\t500\t0", "5\t5500\t0", "7\t7500\t0", "9\t10000\t0"]
    log = tmp_path / "learn_error.tsv"
    log.write_text("\n".join(["iter\tRMSE", *errors, ""]))
    (tmp_path / "time_left.tsv").write_text("\n".join(["iter\tPassed\tRemaining", *times, ""]))
    os.utime(log, (1.7e9, 1.7e9))

    ingest(log, "--run", "a", logdir=tmp_path / "runs")

    series = read_back(tmp_path / "runs")["a"]["learn/RMSE"]
    assert series.steps.tolist() == [0, 2, 3, 7, 9]
    # the log ended at its last iteration; a row without a time has that of the one before
    assert (series.wall_times - 1.7e9).tolist() == [-9.5, -7.5, -7.5, -2.5, 0.0]
