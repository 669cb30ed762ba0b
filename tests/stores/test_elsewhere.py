"""Stores that other processes reach, and other programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from stores.conftest import Bucket, Program, Server, event_files, local_contents
from stores.proxy import Proxy

from tbconvert import RunWriter, TargetError, ingest, stores

FIXTURES = Path(__file__).parents[2] / "fixtures"
OLD = "time,step,loss\n1700000000,0,1.0\n1700000060,1,0.5\n"
GROWN = OLD + "1700000120,2,0.25\n"
OTHER = "time,step,loss\n1700009900,0,8.0\n1700009960,1,4.0\n1700009999,2,2.0\n"

Tree = dict[str, bytes | str]


@pytest.fixture
def said(bucket: Bucket, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what names the endpoint behind a URI, where the environment does not."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.delenv("AWS_REGION")
    return f"?endpoint_override={proxy.address}&scheme=http&region=us-east-1"


def test_other_processes_know_the_endpoint(bucket: Bucket, said: str, program: Program) -> None:
    for name in ("a", "b", "c"):
        bucket.put(f"in/{name}.csv", OLD)

    done = program(
        *("ingest", bucket.uri("in") + said, "--logdir", bucket.uri("runs") + said),
        *("--jobs", "2", "--json"),
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert [run["status"] for run in json.loads(done.stdout)["runs"]] == ["written"] * 3
    assert len(event_files(bucket.contents("runs"))) == 3
    assert not any(b"endpoint_override" in data for data in bucket.contents("runs").values())


def test_any_executor(bucket: Bucket, said: str) -> None:
    from multiprocessing import get_context

    for name in ("a", "b", "c"):
        bucket.put(f"in/{name}.csv", OLD)

    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        report = ingest(bucket.uri("in/*.csv") + said, logdir=bucket.uri("runs"), executor=pool)

    assert [run.status for run in report.runs] == ["written"] * 3
    assert len(event_files(bucket.contents("runs"))) == 3


def test_a_program_writes_into_a_store(bucket: Bucket, said: str) -> None:
    with RunWriter(bucket.uri("runs") + said, "mine") as writer:
        writer.add_scalars("loss", [0, 1], [[1.0], [0.5]], wall_times=[1.7e9, 1.7e9 + 1])
        assert bucket.contents("runs") == {}

    assert writer.close() == bucket.uri("runs/mine/events.out.tfevents.1700000000.tbconvert")
    with RunWriter("local", "mine") as local:
        local.add_scalars("loss", [0, 1], [[1.0], [0.5]], wall_times=[1.7e9, 1.7e9 + 1])
    assert bucket.contents("runs") == local_contents("local")
    with pytest.raises(TargetError, match="exists already"):
        RunWriter(bucket.uri("runs"), "mine")


def test_a_writer_that_is_discarded_leaves_nothing(bucket: Bucket) -> None:
    def broken() -> None:
        with RunWriter(bucket.uri("runs"), "mine") as writer:
            writer.add_scalars("loss", [0], [[1.0]])
            raise LookupError

    with pytest.raises(LookupError):
        broken()

    assert bucket.contents() == {}


def test_what_was_said_of_stores_is_for_the_jobs_that_were_planned_with_it(bucket: Bucket) -> None:
    stores.known("s3://x/a?region=eu-west-1")
    told = stores.access()

    stores.tell({"s3://x": {"region": "us-west-1"}})
    stores.tell(told)

    assert stores.access() == {"s3://x": {"region": "eu-west-1"}}


TENSORBOARD = """
import json, sys
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
found = EventMultiplexer(tensor_size_guidance={"scalars": 0}).AddRunsFromDirectory(sys.argv[1])
found.Reload()
print(json.dumps({
    run: {tag: [[e.step, e.tensor_proto.float_val[0]] for e in found.Tensors(run, tag)]
          for tag in tags["tensors"]}
    for run, tags in found.Runs().items()
}))
"""


def test_tensorboard_reads_it_there(bucket: Bucket, server: Server) -> None:
    """TensorBoard does so by boto3, where that is installed and TensorFlow is not."""
    pytest.importorskip("boto3")
    ingest(bucket.put("in/a.csv", OLD), bucket.put("in/b.csv", GROWN), logdir=bucket.uri("runs"))

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", TENSORBOARD, bucket.uri("runs")],
        env=os.environ | {"S3_ENDPOINT": f"http://127.0.0.1:{server.port}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "a": {"loss": [[0, 1.0], [1, 0.5]]},
        "b": {"loss": [[0, 1.0], [1, 0.5], [2, 0.25]]},
    }
