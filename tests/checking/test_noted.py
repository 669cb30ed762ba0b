"""What ledgers note of the points that were written, and of where their logs were looked for."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crc32c import crc32c
from logs import checked, codes, convert, event_file, table, write
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

import tbconvert
from tbconvert.write.ledger import parse_ledger


def entry(run: str) -> dict[str, Any]:
    """Return the only ingest in the ledger of a run."""
    (one,) = json.loads(Path("runs", run, "tbconvert.json").read_text())["ingests"]
    return dict(one)


def by_tensorboard(run: str) -> dict[str, dict[str, list[Any]]]:
    """Return the digests of what TensorBoard reads of a run."""
    curves: dict[str, list[bytes]] = {}
    others: dict[tuple[str, str], list[bytes]] = {}
    counts: dict[tuple[str, str], int] = {}
    kinds = {"histo": "histogram", "image": "image", "tensor": "tensor"}
    for event in LegacyEventFileLoader(str(event_file(run))).Load():
        at = struct.pack("<qd", event.step, event.wall_time)
        if not event.HasField("summary"):
            what = event.WhichOneof("what")
            content = getattr(event, what)
            content = content.encode() if isinstance(content, str) else content
            found = [(("event", what), content)]
        else:
            found = []
            for value in event.summary.value:
                kind = value.WhichOneof("value")
                if kind == "simple_value":
                    parts = curves.setdefault(value.tag, [b"", b"", b""])
                    parts[0] += at[:8]
                    parts[1] += at[8:]
                    parts[2] += struct.pack("<f", value.simple_value)
                else:
                    found.append(((kinds[kind], value.tag), value.SerializeToString()))
        for key, content in found:
            counts[key] = counts.get(key, 0) + 1
            size = struct.pack("<Q", len(content))
            others.setdefault(key, []).append(at + size + content)
    told: dict[str, dict[str, list[Any]]] = {}
    for tag, parts in curves.items():
        digest = "".join(f"{crc32c(part):08x}" for part in parts)
        told.setdefault("scalar", {})[tag] = [len(parts[0]) // 8, digest]
    for (kind, tag), pieces in others.items():
        digest = f"{crc32c(b''.join(pieces)):08x}"
        told.setdefault(kind, {})[tag] = [counts[kind, tag], digest]
    return told


def test_digests_are_those_of_what_tensorboard_reads() -> None:
    write("logs/a.csv", "step,loss,acc,note\n0,0.5,,one\n1,nan,0.25,two\n2,0.125,inf,two\n")
    convert(hparam=(("lr", "0.1"),))

    wanted = by_tensorboard("a")

    assert wanted.keys() == {"scalar", "tensor", "event"}
    assert entry("a")["digests"] == {"a": wanted}


def test_so_are_those_of_arrays_and_of_programs() -> None:
    weights = np.random.default_rng(0).normal(size=(16, 4)).astype(np.float32)
    for step in (1, 2):
        Path("nets").mkdir(exist_ok=True)
        np.savez(f"nets/ckpt_{step}.npz", **{"dense/kernel": weights * step})
    convert("nets")
    with tbconvert.RunWriter("runs", "mine", clock=lambda: 5.0) as writer:
        writer.add_scalars(["loss"], steps=[0, 1], values=[3, 2])
        writer.add_histogram("layer", weights, step=2)
        writer.add_image("picture", weights, step=2)
        writer.add_text("note", "text", step=0)
        writer.add_text("note", "more", step=1)
        writer.add_graph(bytes.fromhex("0a070a016112024869"))
        writer.add_hparams({"lr": 0.1})

    for run in ("nets", "mine"):
        wanted = by_tensorboard(run)
        assert wanted.keys() >= {"scalar", "histogram", "image", "event"}
        assert entry(run)["digests"] == {run: wanted}


def test_each_run_has_its_own_digests_beside_it() -> None:
    write("logs/all.csv", "run,step,loss\nx,0,1\nx,1,2\ny,0,3\n")
    convert()

    assert entry("all")["digests"] == {}
    assert entry("all")["event_files"].keys() == {"all/x", "all/y"}
    for run in ("all/x", "all/y"):
        assert entry(run)["digests"] == {run: by_tensorboard(run)}


@pytest.mark.parametrize(
    ("sources", "inputs"),
    [
        (["logs"], ["logs"]),
        (["logs/"], ["logs"]),
        (["./logs/../logs"], ["logs"]),
        (["."], ["."]),
        (["logs/deep/a.csv"], ["logs/deep/a.csv"]),
        (["logs/*/*.csv"], ["logs/deep/a.csv"]),
        (["logs/*"], ["logs/deep"]),
        (["logs", "logs/deep"], ["logs/deep"]),
    ],
)
def test_where_logs_were_looked_for(sources: list[str], inputs: list[str], tmp_path: Path) -> None:
    write("logs/deep/a.csv", table())
    convert(*sources, exclude_files=("*.bak",))

    (ledger,) = Path("runs").rglob("tbconvert.json")
    (one,) = json.loads(ledger.read_text())["ingests"]
    assert one["inputs"] == [str((tmp_path / name).resolve()) for name in inputs]
    assert one["files"] == {"exclude_files": ["*.bak"]}


def test_a_ledger_from_before_is_understood() -> None:
    write("logs/a.csv", table())
    convert()
    text = json.loads(Path("runs/a/tbconvert.json").read_text())
    for name in ("digests", "inputs", "files"):
        del text["ingests"][0][name]

    ledger = parse_ledger(json.dumps(text))

    assert ledger is not None
    assert (ledger.entries[0].digests, ledger.entries[0].inputs) == ({}, ())


def test_a_run_without_digests_is_made_again() -> None:
    write("logs/a.csv", table())
    write("logs/all.csv", "run,step,loss\nx,0,1\nx,1,2\ny,0,3\n")
    convert()
    noted = {path: json.loads(path.read_text()) for path in Path("runs").rglob("tbconvert.json")}
    for path, text in noted.items():
        old = [{**one, "digests": {}, "inputs": [], "files": {}} for one in text["ingests"]]
        path.write_text(json.dumps({"ingests": old}))
    assert {code for run in checked().runs for code in codes(run)} == {"no-digests", "no-inputs"}

    again, third = (tbconvert.ingest("logs", logdir="runs") for _ in range(2))

    assert {run.status for run in again.runs} == {"written"}
    assert {run.status for run in third.runs} == {"unchanged"}
    assert {path: json.loads(path.read_text()) for path in noted} == noted
    assert not any(map(codes, checked().runs))
