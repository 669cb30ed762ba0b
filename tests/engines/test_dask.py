"""A Dask cluster, whose workers and scheduler may be lost at any time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import dask.config
import pytest
from engines.cluster_of_two import Cluster, files
from waiting import PATIENCE, wait_for

from tbconvert import Options, ingest, plan_runs
from tbconvert.cli import run
from tbconvert.engines import start as start_engine

IMPATIENT = """
from tbconvert.__main__ import main
from tbconvert.engines import cluster
cluster._SECONDS = 4
main()
"""
"""Looks for a scheduler that is gone no longer than that."""


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", IMPATIENT, "ingest", *arguments, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> tuple[int, Any, str]:
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, json.loads(out), err


def at(cluster: Cluster) -> tuple[str, ...]:
    return ("--engine", "dask", "--scheduler", cluster.address)


def test_a_worker_that_is_killed_is_made_up_for(folder: Path, cluster: Cluster) -> None:
    ingest("logs", logdir="alone")
    process = start("logs", "--logdir", "r", *at(cluster))
    wait_for(lambda: len(files(folder / "r")) > 3)

    cluster.workers[0].kill()

    status, report, err = end(process)
    assert (status, err) == (0, "")
    assert report["totals"]["failed"] == 0
    assert files(folder / "r") == files(folder / "alone")


def test_the_workers_look_into_the_files(folder: Path, cluster: Cluster) -> None:
    logs, options = str(folder / "logs"), Options(checksum=True)  # which remembers no plan
    (folder / "logs" / "curve.png").write_bytes(b"\x89PNG\r\n\x1a\n")

    with start_engine("dask", None, cluster.address) as engine:
        assert engine.lookers(60) is not None
        plan = plan_runs([logs], str(folder / "r"), options, "directory", engine.lookers)

    alone = plan_runs([logs], str(folder / "r"), options)
    assert plan.jobs == alone.jobs
    assert len(plan.jobs) == 60
    assert len(plan.skipped) == 1
    assert [str(error) for error in plan.skipped] == [str(error) for error in alone.skipped]


def test_workers_of_our_own_do_nothing_but_their_jobs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_", raising=False)  # what is said there holds
    with start_engine("dask", 1) as engine:
        executor: Any = engine.crowd(1).executor
        asked = "distributed.worker.profile.enabled"
        profiles = executor.submit(dask.config.get, asked).result(PATIENCE)
        trims = executor.submit(os.getenv, "MALLOC_TRIM_THRESHOLD_").result(PATIENCE)

    assert profiles is False
    assert trims is None


def test_nothing_more_is_taken_where_the_scheduler_is_gone(folder: Path, cluster: Cluster) -> None:
    with start_engine("dask", None, cluster.address) as engine:
        executor: Any = engine.crowd(1).executor
        executor._client.close()

        with pytest.raises(ConnectionError, match="the scheduler is gone"):
            executor.submit(int)


def test_a_scheduler_that_is_gone_is_told(folder: Path, cluster: Cluster) -> None:
    process = start("logs", "--logdir", "r", *at(cluster))
    wait_for(lambda: len(files(folder / "r")) > 3)

    cluster.end()

    status, report, err = end(process)
    assert status == 1
    assert "Traceback" not in err
    lost = [made for made in report["runs"] if made["status"] == "failed"]
    assert lost
    assert {made["problems"][0]["problem"] for made in lost} == {
        "the worker that had it was lost: the scheduler is gone"
    }
    ingest("logs", logdir="alone")
    done = ingest("logs", logdir="r")
    assert {made.status for made in done.runs} == {"written", "unchanged"}
    assert files(folder / "r") == files(folder / "alone")


def test_a_scheduler_that_does_not_answer(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tbconvert.engines.cluster._SECONDS", 1)
    address = "tcp://127.0.0.1:9"

    status = run(["ingest", "logs", "--logdir", "r", "--engine", "dask", "--scheduler", address])

    assert status == 2
    assert f"--scheduler: got '{address}', wanted a Dask scheduler" in capsys.readouterr().err
    assert not Path("r").exists()
