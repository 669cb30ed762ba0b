"""An archive that goes into a store which is busy, breaks off, and is given up in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from faults.archive import EXPERIMENTS, make_archive
from stores.conftest import Bucket, event_files, local_contents
from stores.proxy import Fault, Proxy

from tbconvert import ingest

PATIENCE = 60 + 2 * EXPERIMENTS

FAULTS = [
    Fault("PUT", "tfevents", body_until=0, every=23),
    Fault("PUT", "tbconvert.json", answer_until=0, every=29),
    Fault("GET HEAD", answer_until=20, every=37),
    Fault(answer=(503, "SlowDown"), every=31),
    Fault("PUT", answer=(500, "InternalError"), every=41),
    Fault(delay=0.2, every=43),
]


def test_an_archive_that_is_killed_while_the_store_does_wrong(bucket: Bucket, proxy: Proxy) -> None:
    make_archive(Path("archive"), EXPERIMENTS if EXPERIMENTS > 1000 else 30)
    wanted = Counter(run.status for run in ingest("archive", logdir="alone").runs)
    assert wanted["written"] > 20
    for fault in FAULTS:
        fault._seen = fault.done = 0
        proxy.fail(fault)

    command = ("ingest", "archive", "--logdir", bucket.uri("runs"), "--engine", "threads")
    for turn in (1, 2, 3):
        enough = turn * wanted["written"] // 5
        with subprocess.Popen(
            [sys.executable, "-m", "tbconvert", *command, "--jobs", "4", "--quiet"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as killed:
            end = time.monotonic() + PATIENCE
            while proxy.count("PUT", r"tbconvert\.json") < enough:
                assert time.monotonic() < end, "it did not come so far"
                time.sleep(0.03)
            os.kill(killed.pid, signal.SIGKILL)
        assert killed.returncode == -signal.SIGKILL
    with ThreadPoolExecutor(4) as pool:
        report = ingest("archive", logdir=bucket.uri("runs"), executor=pool)

    assert all(fault.done for fault in FAULTS)
    found = Counter(run.status for run in report.runs)
    assert found.keys() - {"unchanged"} == wanted.keys()
    assert found["written"] + found["unchanged"] == wanted["written"]
    assert found["failed"] == wanted["failed"]
    assert enough / 2 < found["unchanged"]
    local, there = local_contents("alone"), bucket.contents("runs")
    assert event_files(there) == event_files(local)
    assert there.keys() == local.keys()
