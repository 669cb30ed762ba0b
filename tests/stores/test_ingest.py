"""Logs and logdirs in a store: what comes out is what comes out of a disk."""

from __future__ import annotations

import gzip
import io
import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from oracle import read_back
from stores.conftest import Bucket, Server, event_files, ledgers, local_contents
from stores.proxy import Proxy

from tbconvert import ingest
from tbconvert.write.logdir import open_logdir

FIXTURES = Path(__file__).parents[2] / "fixtures"
OLD = "time,step,loss\n1700000000,0,1.0\n1700000060,1,0.5\n"
GROWN = OLD + "1700000120,2,0.25\n"
OTHER = "time,step,loss\n1700009900,0,8.0\n1700009960,1,4.0\n1700009999,2,2.0\n"

Tree = dict[str, bytes | str]


def in_three_ways(bucket: Bucket, tree: Tree, source: str = "", **options: Any) -> dict[str, bytes]:
    """Ingest the same files from and to disk and store; return what stands in the logdir.

    Wherever they come from, and wherever they go, the event files have to be the same bytes,
    and the ledgers say the same but for where and when the sources were.
    """
    for name, data in tree.items():
        path = Path("logs", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        bucket.put(f"logs/{name}", data)
    options = {"file_time": 1700000000.0, **options}
    here = ("logs/" + source).rstrip("/")
    there = bucket.uri("logs/" + source)
    reports = [
        ingest(here, logdir="local", **options),
        ingest(there, logdir="downloaded", **options),
        ingest(here, logdir=bucket.uri("uploaded"), **options),
        ingest(there, logdir=bucket.uri("copied"), **options),
    ]
    assert [[run.status for run in report.runs] for report in reports] == [
        ["written"] * len(reports[0].runs)
    ] * 4, [run.problems for report in reports for run in report.runs]
    local = local_contents("local")
    found = [local_contents("downloaded"), bucket.contents("uploaded"), bucket.contents("copied")]
    for contents in found:
        assert contents.keys() == local.keys()
        assert event_files(contents) == event_files(local)
        assert ledgers(contents) == ledgers(local)
    assert len(event_files(local)) == len(reports[0].runs) > 0
    return local


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def parquet(rows: int) -> bytes:
    table = pa.table(
        {
            "step": np.arange(rows),
            "time": 1700000000.0 + np.arange(rows),
            "loss": np.random.default_rng(0).random(rows),
        }
    )
    sink = io.BytesIO()
    pa.parquet.write_table(table, sink, row_group_size=rows // 4)
    return sink.getvalue()


WEIGHTS = np.random.default_rng(1).normal(size=(784, 200)).astype(np.float32)

TREES: dict[str, tuple[Tree, str]] = {
    "file": ({"a.csv": OLD}, "a.csv"),
    "folder": ({"one/a.csv": OLD, "two/a.csv": GROWN, "two/deep/b.csv": OTHER}, ""),
    "folder with a slash": ({"one/a.csv": OLD, "two/b.csv": OTHER}, "one/"),
    "glob": ({"run_1.csv": OLD, "run_2.csv": OTHER, "notes.txt": "nothing"}, "run_?.csv"),
    "deep glob": ({"x/1/m.csv": OLD, "x/2/m.csv": OTHER, "y/3/m.csv": GROWN}, "x/**/*.csv"),
    "names": ({"a b/ü #1%20+.csv": OLD, "[x]/a=b&c;d.csv": OTHER}, ""),
    "gzip": ({"a.csv.gz": gzip.compress(OLD.encode(), mtime=0)}, "a.csv.gz"),
    "xz": ({"a.csv.xz": lzma.compress(OLD.encode())}, "a.csv.xz"),
    "json lines": ({"a.jsonl": '{"step": 0, "loss": 1}\n{"step": 1, "loss": 2}\n'}, "a.jsonl"),
    "parquet": ({"a.parquet": parquet(100_000)}, "a.parquet"),
    "snapshots": (
        {
            f"w/step_{step}.npz": npz(kernel=WEIGHTS * step, bias=WEIGHTS[0] + step)
            for step in (1, 2, 3)
        },
        "w",
    ),
}


@pytest.mark.parametrize(("tree", "source"), TREES.values(), ids=TREES)
def test_the_same_comes_out_wherever_it_is(bucket: Bucket, tree: Tree, source: str) -> None:
    in_three_ways(bucket, tree, source)


GENUINE = {
    "hparams.yaml beside metrics.csv": "lightning/csvlogger/lightning_logs",
    "mlflow": "mlflow",
    "ray": "ray",
    "sacred": "sacred",
}


@pytest.mark.parametrize("folder", GENUINE.values(), ids=GENUINE)
def test_logs_with_companions(bucket: Bucket, folder: str) -> None:
    root = FIXTURES / folder
    logs = [p for p in root.rglob("*") if p.is_file() and "expected" not in p.parts]
    tree: Tree = {
        str(path.relative_to(root)): path.read_bytes()
        for path in logs
        if path.suffix not in (".py", ".md")
    }

    in_three_ways(bucket, tree)


def test_settings_beside_a_log_are_found_in_a_store(bucket: Bucket) -> None:
    bucket.put("v0/metrics.csv", "epoch,step,loss\n0,0,1.0\n0,1,0.5\n")
    bucket.put("v0/hparams.yaml", "lr: 0.125\n")

    report = ingest(bucket.uri("v0/metrics.csv"), bucket.uri("v0/hparams.yaml"), logdir="runs")

    assert [run.hparams for run in report.runs] == [1]
    assert [source.uri for source in report.runs[0].sources] == [
        bucket.uri("v0/metrics.csv"),
        bucket.uri("v0/hparams.yaml"),
    ]


def test_runs_have_the_names_that_they_have_on_a_disk(bucket: Bucket) -> None:
    for run in ("exp1", "exp2"):
        bucket.put(f"all/{run}/metrics.csv", OLD)

    report = ingest(bucket.uri("all"), logdir=bucket.uri("runs"))

    assert [run.run for run in report.runs] == ["exp1", "exp2"]
    assert [run.event_file for run in report.runs] == [
        bucket.uri(f"runs/{run}/events.out.tfevents.1700000000.tbconvert")
        for run in ("exp1", "exp2")
    ]
    assert bucket.contents("runs").keys() == {
        f"{run}/{name}"
        for run in ("exp1", "exp2")
        for name in ("events.out.tfevents.1700000000.tbconvert", "tbconvert.json")
    }


def test_a_folder_that_the_console_made_is_no_log(bucket: Bucket) -> None:
    bucket.put("logs/", b"")
    bucket.put("logs/a.csv", OLD)
    bucket.put("logs/.hidden/b.csv", OLD)
    bucket.put("logs/c.csv.tmp", OLD)

    report = ingest(bucket.uri("logs"), logdir="runs")

    assert [run.run for run in report.runs] == ["a"]


def test_a_large_log(bucket: Bucket, proxy: Proxy) -> None:
    rows = 750_000
    steps = np.arange(rows)
    values = np.random.default_rng(2).random((rows, 2))
    lines = [
        f"{s},{1700000000 + s},{a:.17g},{b:.17g}" for s, (a, b) in zip(steps, values, strict=True)
    ]
    text = "step,time,a,b\n" + "\n".join(lines) + "\n"
    assert len(text) > 20 << 20

    local = in_three_ways(bucket, {"large.csv": text}, "large.csv")

    (data,) = event_files(local).values()
    assert len(data) > 32 << 20, "more than one part, or nothing is shown of parts"
    assert proxy.count("PUT", "partNumber=2") >= 2
    # some megabytes a request, in each of the two downloads: at most a head and a body more
    assert proxy.count("GET", "logs/large.csv") < 4 * len(text) / (4 << 20) + 12


def test_a_large_document_is_not_read_by_kilobytes(bucket: Bucket, proxy: Proxy) -> None:
    records = [{"step": step, "loss": step / 7} for step in range(40_000)]
    uri = bucket.put("a.json", json.dumps({"log": records, "name": "x" * 1_000_000}))

    report = ingest(uri, logdir="runs")

    assert report.runs[0].points == 40_001, "the name is a text"
    assert proxy.count("GET", "a.json") < 12


def test_a_large_ledger_is_not_read_by_kilobytes(bucket: Bucket, proxy: Proxy) -> None:
    text = "x" * 3_000_000
    bucket.put("runs/a/tbconvert.json", text)

    assert open_logdir(bucket.uri("runs")).text("a", "tbconvert.json") == text

    assert proxy.count("GET") == 1


# ------------------------------------------------------------------------- what stands already


def test_what_did_not_change_is_not_uploaded_again(bucket: Bucket, proxy: Proxy) -> None:
    source = bucket.put("a.csv", OLD)
    ingest(source, logdir=bucket.uri("runs"))
    before = bucket.contents("runs")
    proxy.requests.clear()

    again = ingest(source, logdir=bucket.uri("runs"))

    assert [run.status for run in again.runs] == ["unchanged"]
    assert again.runs[0].event_file == bucket.uri("runs/a/events.out.tfevents.1700000000.tbconvert")
    assert proxy.count("PUT POST DELETE") == 0
    assert bucket.contents("runs") == before


def test_what_was_put_there_again_is_told_by_its_content(bucket: Bucket, proxy: Proxy) -> None:
    Path("a.csv").write_text(OLD)
    ingest("a.csv", logdir=bucket.uri("runs"))
    Path("a.csv").touch()
    proxy.requests.clear()

    assert ingest("a.csv", logdir=bucket.uri("runs")).runs[0].status == "unchanged"
    assert proxy.count("PUT POST DELETE") == 0


@pytest.mark.parametrize("text", [GROWN, OTHER], ids=["same name", "another name"])
def test_a_log_that_changed_takes_the_place_of_its_objects(bucket: Bucket, text: str) -> None:
    source = bucket.put("a.csv", OLD)
    ingest(source, logdir=bucket.uri("runs"))
    bucket.put("a.csv", text)

    report = ingest(source, logdir=bucket.uri("runs"))

    assert [run.status for run in report.runs] == ["written"]
    Path("b/a.csv").parent.mkdir()
    Path("b/a.csv").write_text(text)
    ingest("b/a.csv", logdir="local")
    assert event_files(bucket.contents("runs")) == event_files(local_contents("local"))


def test_a_run_of_something_else(bucket: Bucket) -> None:
    ingest(bucket.put("one/a.csv", OLD), logdir=bucket.uri("runs"))
    other = bucket.put("two/a.csv", GROWN)
    before = bucket.contents("runs")

    refused = ingest(other, logdir=bucket.uri("runs"))
    assert [run.status for run in refused.runs] == ["failed"]
    assert refused.runs[0].problems[0].problem == (
        f"was made from {bucket.uri('one/a.csv')}, not from this source"
    )
    skipped = ingest(other, logdir=bucket.uri("runs"), if_exists="skip")
    assert [run.status for run in skipped.runs] == ["unchanged"]
    assert bucket.contents("runs") == before

    assert ingest(other, logdir=bucket.uri("runs"), if_exists="add").runs[0].status == "written"
    assert len(event_files(bucket.contents("runs"))) == 2

    assert ingest(other, logdir=bucket.uri("runs"), if_exists="replace").runs[0].points == 3
    assert len(event_files(bucket.contents("runs"))) == 1


def test_what_others_wrote_is_not_touched(bucket: Bucket) -> None:
    bucket.put("runs/a/events.out.tfevents.1700000000.host", b"theirs")
    source = bucket.put("a.csv", OLD)

    refused = ingest(source, logdir=bucket.uri("runs"), if_exists="replace")

    assert refused.runs[0].problems[0].problem == (
        "holds events.out.tfevents.1700000000.host, which tbconvert did not write"
    )
    assert bucket.contents("runs") == {"a/events.out.tfevents.1700000000.host": b"theirs"}


def test_the_logdir_may_be_the_bucket_or_the_run(bucket: Bucket) -> None:
    Path("a.csv").write_text(OLD)

    ingest("a.csv", logdir=bucket.uri())
    ingest("a.csv", logdir=bucket.uri("b"), run=".")

    assert bucket.contents().keys() == {
        f"{run}/{name}"
        for run in ("a", "b")
        for name in ("events.out.tfevents.1700000000.tbconvert", "tbconvert.json")
    }


def test_what_is_in_a_store_is_what_readers_show(bucket: Bucket) -> None:
    ingest(bucket.put("a.csv", GROWN), logdir=bucket.uri("runs"))

    for name, data in bucket.contents("runs").items():
        path = Path("fetched", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert read_back("fetched")["a"]["loss"].values.tolist() == [1.0, 0.5, 0.25]


def test_nothing_is_uploaded_of_a_dry_run(bucket: Bucket, proxy: Proxy) -> None:
    report = ingest(bucket.put("a.csv", OLD), logdir=bucket.uri("runs"), dry_run=True)

    assert report.runs[0].points == 2
    assert proxy.count("PUT POST DELETE") == 0


def test_no_list_of_what_is_beside_a_run(bucket: Bucket, proxy: Proxy, server: Server) -> None:
    server.fill(bucket.name, "runs/other_", 1_500)  # more than a page of a list
    source = bucket.put("in/a.csv", OLD)
    proxy.requests.clear()

    assert ingest(source, logdir=bucket.uri("runs")).runs[0].status == "written"
    assert ingest(source, logdir=bucket.uri("runs")).runs[0].status == "unchanged"

    assert proxy.lists()
    assert all("prefix=runs%2Fa%2F&" in target + "&" for target in proxy.lists())
    assert len(proxy.requests) < 24


def test_an_ingest_of_one_run_is_few_requests(bucket: Bucket, proxy: Proxy) -> None:
    Path("a.csv").write_text(OLD)

    ingest("a.csv", logdir=bucket.uri("runs"))

    asked = [(r.method, r.target.partition("?")[0].rpartition("/")[2]) for r in proxy.requests]
    claim = [("HEAD", "tbconvert.json"), ("GET", bucket.name)]
    puts = [("PUT", "events.out.tfevents.1700000000.tbconvert"), ("PUT", "tbconvert.json")]
    assert asked == [*claim, *claim, *puts]


def test_a_run_that_stands_is_fewer_requests_and_no_list(bucket: Bucket, proxy: Proxy) -> None:
    Path("a.csv").write_text(OLD)
    ingest("a.csv", logdir=bucket.uri("runs"))
    proxy.requests.clear()

    assert ingest("a.csv", logdir=bucket.uri("runs")).runs[0].status == "unchanged"

    asked = [(r.method, r.target.partition("?")[0].rpartition("/")[2]) for r in proxy.requests]
    ledger = [("HEAD", "tbconvert.json"), ("GET", "tbconvert.json")]
    assert asked == [*ledger, ("HEAD", "events.out.tfevents.1700000000.tbconvert")]


def test_what_is_hidden_on_a_disk_is_never_uploaded(bucket: Bucket, proxy: Proxy) -> None:
    Path("a.csv").write_text(OLD)
    ingest("a.csv", logdir=bucket.uri("runs"))

    assert proxy.count(target=r"\.tbconvert-|partial") == 0
