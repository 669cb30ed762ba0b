"""A logdir in a store is checked as one on a disk is, also beside logs in a store."""

from __future__ import annotations

from pathlib import Path

import pytest
from stores.conftest import Bucket

from tbconvert import ingest
from tbconvert.checking import Verdict, check
from tbconvert.errors import UsageError

LOG = "time,step,loss\n1700000000,0,1.0\n1700000060,1,0.5\n"


def statuses(verdict: Verdict) -> dict[str, str]:
    return {run.run: run.status for run in verdict.runs}


def test_a_logdir_in_a_store(bucket: Bucket) -> None:
    for name in ("a", "deep/b"):
        bucket.put(f"logs/{name}.csv", LOG)
    logdir = bucket.uri("runs")
    ingest(bucket.uri("logs"), logdir=logdir)
    assert statuses(check(logdir, against_sources=True)) == {"a": "same", "deep/b": "same"}

    bucket.put("logs/a.csv", LOG.replace("0.5", "0.75"))
    (key,) = (key for key in bucket.heads("runs/deep/b") if "tfevents" in key)
    data = bucket.get(f"runs/deep/b/{key}")
    bucket.put(f"runs/deep/b/{key}", data[:-1])
    bucket.put("logs/new.csv", LOG)

    verdict = check(logdir, against_sources=True)

    assert verdict.exit_status == 1
    assert statuses(verdict) == {"a": "differs", "deep/b": "unreadable", "new": "missing"}
    bucket.delete("logs/new.csv")
    bucket.delete("logs/deep/b.csv")
    (finding,) = (
        finding
        for run in check(logdir, against_sources=True).runs
        for finding in run.findings
        if finding.code == "source-gone"
    )
    assert (finding.file, finding.said) == (bucket.uri("logs/deep/b.csv"), "is gone")


def test_logs_in_a_store_beside_a_logdir_here(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("logs/a.csv", LOG)
    logdir = str(tmp_path / "runs")
    ingest(bucket.uri("logs"), logdir=logdir)

    assert statuses(check(logdir, against_sources=True)) == {"a": "same"}


def test_no_logdir_in_a_store_is_wrong_usage(bucket: Bucket) -> None:
    with pytest.raises(UsageError, match="where there is nothing"):
        check(bucket.uri("runs"))
    with pytest.raises(UsageError, match="LOGDIR: got 's3://no-such-bucket"):
        check("s3://no-such-bucket-of-ours/runs")
