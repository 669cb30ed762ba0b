"""A store that is busy, far away, half dead, or says no."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from stores.conftest import ACCESS_KEY, SECRET, Bucket, Program, event_files, local_contents
from stores.proxy import Fault, Proxy

from tbconvert import ingest, stores
from tbconvert.write.logdir import open_logdir

OLD = "time,step,loss\n1700000000,0,1.0\n1700000060,1,0.5\n"
GROWN = OLD + "1700000120,2,0.25\n"
EVENTS = "events.out.tfevents.1700000000.tbconvert"


@pytest.fixture(scope="session")
def large() -> bytes:
    """Return a file that is not sent by one call, of parts of which each is another."""
    return np.random.default_rng(0).bytes(40 << 20)


def written(bucket: Bucket, source: str) -> dict[str, bytes]:
    """Ingest into the store, which has to go well; return the event files there."""
    report = ingest(source, logdir=bucket.uri("runs"))
    assert [run.status for run in report.runs] == ["written"], report.runs[0].problems
    return event_files(bucket.contents("runs"))


def expected(text: str = OLD) -> dict[str, bytes]:
    """Return the event files of a local conversion."""
    Path("here").mkdir(exist_ok=True)
    Path("here/a.csv").write_text(text)
    ingest("here/a.csv", logdir="expected")
    return event_files(local_contents("expected"))


def put_large(bucket: Bucket, data: bytes) -> None:
    """Bring a large file into the store as event files are brought."""
    partial = open_logdir(bucket.uri("runs")).begin("a")
    try:
        partial.write(data)
        partial.publish(EVENTS)
    finally:
        partial.discard()


PASSING = {
    "503 of everything": [Fault(answer=(503, "SlowDown"), times=7)],
    "503 of each second": [Fault(answer=(503, "SlowDown"), every=2)],
    "429": [Fault(answer=(429, "TooManyRequests"), times=5)],
    "500": [Fault("PUT", answer=(500, "InternalError"), times=4)],
    "upload reset at once": [Fault("PUT", body_until=0, times=4)],
    "download reset": [Fault("GET", target="a.csv", answer_until=10, times=4)],
    "slow answers": [Fault(delay=0.2)],
    "a slow answer": [Fault("GET HEAD PUT", delay=4.0, times=1)],
    "all of it": [
        Fault("PUT", body_until=100, times=2),
        Fault("GET", answer_until=20, every=3),
        Fault("HEAD", answer=(503, "SlowDown"), every=3),
        Fault(answer=(429, "SlowDown"), every=5),
    ],
}


@pytest.mark.parametrize("faults", PASSING.values(), ids=PASSING)
def test_what_passes_is_waited_for(bucket: Bucket, proxy: Proxy, faults: list[Fault]) -> None:
    source = bucket.put("a.csv", OLD)
    for fault in faults:
        fault._seen = fault.done = 0
        proxy.fail(fault)

    assert written(bucket, source) == expected()
    assert sum(fault.done for fault in faults) > 0


def test_an_archive_with_faults_ends_with_the_same_objects(bucket: Bucket, proxy: Proxy) -> None:
    for number in range(12):
        text = "time,step,loss\n" + "".join(
            f"{1700000000 + step},{step},{np.sin(step * number)}\n" for step in range(3000)
        )
        Path(f"archive/{number}").mkdir(parents=True)
        Path(f"archive/{number}/log.csv").write_text(text)
    ingest("archive", logdir="local")
    proxy.fail(Fault("PUT", body_until=30_000, every=3))
    proxy.fail(Fault(answer=(503, "SlowDown"), every=7))
    proxy.fail(Fault(delay=0.05, every=5))

    with ThreadPoolExecutor(4) as pool:
        report = ingest("archive", logdir=bucket.uri("runs"), executor=pool)

    assert [run.status for run in report.runs] == ["written"] * 12
    local, there = local_contents("local"), bucket.contents("runs")
    assert event_files(there) == event_files(local)
    assert there.keys() == local.keys()


# --------------------------------------------------------------------------- large uploads


@pytest.mark.parametrize("part", [1, 2])
def test_a_reset_in_the_middle_of_a_large_upload(
    bucket: Bucket, proxy: Proxy, large: bytes, part: int
) -> None:
    fault = proxy.fail(Fault("PUT", f"partNumber={part}", body_until=5 << 20, times=4))

    put_large(bucket, large)

    assert fault.done == 4
    assert bucket.contents("runs") == {f"a/{EVENTS}": large}


@pytest.mark.parametrize(
    "fault",
    [
        Fault("PUT", "partNumber=2", answer=(403, "AccessDenied")),
        Fault("PUT", "partNumber=3", body_until=1 << 20),
        Fault("POST", "uploadId", answer=(503, "SlowDown")),
    ],
    ids=["denied", "reset", "not completed"],
)
def test_an_upload_that_fails_leaves_what_stood(
    bucket: Bucket, proxy: Proxy, large: bytes, fault: Fault
) -> None:
    bucket.put(f"runs/a/{EVENTS}", b"old")
    proxy.fail(fault)

    with pytest.raises(Exception, match=r"cannot be written: (access denied|the store)"):
        put_large(bucket, large)

    assert fault.done > 0
    assert bucket.contents("runs") == {f"a/{EVENTS}": b"old"}


UPLOADER = """
import sys
from tbconvert.write.logdir import open_logdir
partial = open_logdir(sys.argv[1]).begin("a")
try:
    partial.write(open(sys.argv[2], "rb").read())
    print("ready", flush=True)
    partial.publish(sys.argv[3])
finally:
    partial.discard()
"""


def interrupted(
    bucket: Bucket, proxy: Proxy, data: bytes, number: signal.Signals, target: str
) -> bool:
    """End a process while it uploads; tell whether it had done so before."""
    Path("large").write_bytes(data)
    bucket.put(f"runs/a/{EVENTS}", b"old")
    come = threading.Event()
    proxy.fail(Fault("PUT POST", target, delay=0.3, on_body=come.set))
    arguments = [sys.executable, "-c", UPLOADER, bucket.uri("runs"), "large", EVENTS]
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL) as process:
        assert come.wait(60)
        process.send_signal(number)
        status = process.wait(60)
    assert status != 0
    found = bucket.contents("runs")[f"a/{EVENTS}"]
    assert found in (b"old", data), "neither old nor new"
    return found == data


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("target", ["partNumber=1", "partNumber=2"])
def test_what_ends_an_upload_leaves_old_or_new(
    bucket: Bucket, proxy: Proxy, large: bytes, number: signal.Signals, target: str
) -> None:
    is_new = interrupted(bucket, proxy, large, number, target)

    assert is_new == (number == signal.SIGINT), "an interrupt waits for what is under way"


def test_a_kill_between_run_and_ledger_is_mended_by_the_next_ingest(
    bucket: Bucket, proxy: Proxy
) -> None:
    source = bucket.put("a.csv", OLD)
    ingest(source, logdir=bucket.uri("runs"))
    bucket.delete("runs/a/tbconvert.json")
    bucket.put("a.csv", GROWN)

    assert written(bucket, source) == expected(GROWN)


def test_two_ingests_at_once_end_with_one_of_the_two(bucket: Bucket, proxy: Proxy) -> None:
    sources = [bucket.put("one/a.csv", OLD), bucket.put("two/a.csv", GROWN)]
    proxy.fail(Fault("PUT", delay=0.1))

    def work(source: str) -> None:
        ingest(source, logdir=bucket.uri("runs"))

    threads = [threading.Thread(target=work, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (found,) = event_files(bucket.contents("runs")).values()
    assert found in (*expected(OLD).values(), *expected(GROWN).values())


# ------------------------------------------------------------------------------- what stays

REGION = "the bucket is in another region"

FOR_GOOD: dict[str, tuple[Fault, str]] = {
    "denied": (Fault(answer=(403, "AccessDenied")), "access denied"),
    "denied to be written": (Fault("PUT POST", answer=(403, "AccessDenied")), "access denied"),
    "a wrong key": (Fault("PUT", answer=(403, "InvalidAccessKeyId")), "access denied"),
    "a wrong secret": (Fault(answer=(403, "SignatureDoesNotMatch")), "access denied"),
    "an old token": (Fault("PUT", answer=(400, "ExpiredToken")), "access denied"),
    "another region": (Fault(answer=(301, "PermanentRedirect")), REGION),
    "another region, to be written": (Fault("PUT", answer=(301, "PermanentRedirect")), REGION),
}


@pytest.mark.parametrize(("fault", "said"), FOR_GOOD.values(), ids=FOR_GOOD)
def test_what_stays_is_told_once(
    bucket: Bucket, proxy: Proxy, program: Program, fault: Fault, said: str
) -> None:
    source = bucket.put("a.csv", OLD)
    proxy.fail(fault)

    done = program("ingest", source, "--logdir", bucket.uri("runs"))

    assert done.returncode == 1
    assert (done.stdout + done.stderr).count(said) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert ACCESS_KEY not in done.stdout + done.stderr
    assert fault.done <= 2, "it was tried again"
    assert bucket.contents("runs") == {}


def test_a_store_that_tells_of_a_file_and_does_not_give_it(bucket: Bucket, proxy: Proxy) -> None:
    source = bucket.put("a.csv", OLD)
    proxy.fail(Fault("GET", answer=(403, "AccessDenied")))

    report = ingest(source, logdir="runs")

    # Arrow has room for the bytes that it asked for, and so not for a longer error
    assert report.runs[0].problems[0].problem == "cannot be read: the store refuses"


@pytest.mark.parametrize("name", ["", "/x", "/x/a.csv", "/*.csv"])
def test_a_bucket_that_is_not_there(bucket: Bucket, name: str) -> None:
    report = ingest(f"s3://not-{bucket.name}{name}", logdir="runs")

    (problem,) = report.runs[0].problems
    assert problem.problem == "cannot be read: there is no such bucket"
    assert not Path("runs").exists()


def test_a_logdir_in_a_bucket_that_is_not_there(bucket: Bucket) -> None:
    Path("a.csv").write_text(OLD)

    report = ingest("a.csv", logdir=f"s3://not-{bucket.name}/runs")

    (problem,) = report.runs[0].problems
    assert problem.problem == "cannot be written: there is no such bucket"
    assert report.runs[0].status == "failed"


@pytest.mark.parametrize("key", ["a.csv", "x//a.csv", "x/*.csv"])
def test_an_object_that_is_not_there(bucket: Bucket, key: str) -> None:
    report = ingest(bucket.uri(key), logdir="runs")

    said = {
        "a.csv": "no such file or directory",
        "x//a.csv": f"cannot be read: empty path component in path {bucket.name}/x//a.csv",
        "x/*.csv": "no file matches this pattern",
    }
    assert [problem.problem for problem in report.runs[0].problems] == [said[key]]


def test_a_store_that_stays_busy(bucket: Bucket, proxy: Proxy) -> None:
    proxy.fail(Fault(answer=(503, "SlowDown")))

    report = ingest(bucket.uri("a.csv"), logdir="runs")

    (problem,) = report.runs[0].problems
    assert (problem.problem, problem.hint) == (
        "cannot be read: the store is busy",
        "try it again later",
    )


def test_a_store_that_is_not_there(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://me:s3cret@127.0.0.1:9")
    stores._filesystem.cache_clear()

    report = ingest(bucket.uri("a.csv"), logdir="runs")

    (problem,) = report.runs[0].problems
    assert problem.problem == "cannot be read: the store does not answer"
    assert "s3cret" not in str(report)


def test_an_answer_that_does_not_come_is_asked_for_again(
    bucket: Bucket, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "_ANSWER_SECONDS", 1)
    source = bucket.put("a.csv", OLD)
    fault = proxy.fail(Fault("GET PUT", delay=20.0, times=2))
    began = time.monotonic()

    assert written(bucket, source) == expected()

    assert fault.done == 2
    assert time.monotonic() - began < 15


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(stores, "_PATIENCE", -1.0)

    def busy() -> None:
        asked.append(1)
        raise OSError("AWS Error SLOW_DOWN")

    with pytest.raises(OSError, match="the store is busy"):
        stores.patiently(busy)
    assert len(asked) == 1


# ----------------------------------------------------------------------------------- secrets


def test_no_credentials_in_what_is_said_or_written(bucket: Bucket, program: Program) -> None:
    source = bucket.put("a.csv", OLD)

    done = program("ingest", source, "--logdir", bucket.uri("runs"), "--json", "--verbose")

    assert done.returncode == 0, done.stderr
    everything = done.stdout + done.stderr + str(bucket.contents("runs"))
    assert "tfevents" in everything
    assert SECRET not in everything
    assert ACCESS_KEY not in everything


@pytest.mark.parametrize("where", ["source", "logdir"])
@pytest.mark.parametrize("more", [[], ["--json"]], ids=["plain", "json"])
def test_credentials_in_a_uri_are_wrong_usage(
    bucket: Bucket, program: Program, where: str, more: list[str]
) -> None:
    uri = f"s3://{ACCESS_KEY}:{SECRET}@{bucket.name}/a.csv"
    Path("b.csv").write_text(OLD)
    arguments = [uri, "--logdir", "runs"] if where == "source" else ["b.csv", "--logdir", uri]

    done = program("ingest", *arguments, *more)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "wanted credentials in the environment" in done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert ACCESS_KEY not in done.stdout + done.stderr
    assert not Path("runs").exists()
