"""Event files that are damaged in any way: it is found, or no reader sees it."""

from __future__ import annotations

import struct
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs import checked, codes, convert, event_file, statuses, table, verdict_of, write
from oracle import Series, read_back
from serving.examined import by_model, examine
from serving.generator import frame
from serving.mangled import Mangler
from tensorboard.compat.proto.event_pb2 import Event

import tbconvert
from tbconvert.checking import check


def records(data: bytes) -> list[bytes]:
    """Return the records of an event file, each with its frame."""
    found, at = [], 0
    while at < len(data):
        size = 16 + struct.unpack_from("<Q", data, at)[0]
        found.append(data[at : at + size])
        at += size
    return found


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a logdir with a run of curves, distributions, pictures, texts and settings."""
    logdir = tmp_path_factory.mktemp("sound") / "runs"
    with tbconvert.RunWriter(logdir, "a", clock=lambda: 1.7e9) as writer:
        for step in range(12):
            writer.add_scalars(["loss", "acc"], [step], [[1 / (step + 1), step]], 1.7e9 + step)
            writer.add_scalars(["lr"], [step * 200], [0.1 * step], 1.7e9 + step)
            if step % 4 == 0:
                writer.add_histogram("layer", np.arange(20.0) * step, step)
                writer.add_image("picture", np.eye(4) * step, step)
                writer.add_text("note", f"at {step}", step)
        writer.add_hparams({"lr": 0.1, "name": "x"})
    return logdir


def in_order(data: bytes) -> dict[Any, list[bytes]]:
    """Return all that TensorBoard's own messages hold, by tag, in the order of the file."""
    found: dict[Any, list[bytes]] = {}
    for record in records(data):
        event = Event.FromString(record[12:-4])
        at = struct.pack("<qd", event.step, event.wall_time)
        for value in event.summary.value:
            found.setdefault(value.tag, []).append(at + value.SerializeToString())
        if not event.HasField("summary"):
            what = str(event.WhichOneof("what"))
            content = getattr(event, what, b"")
            content = content.encode() if isinstance(content, str) else content
            found.setdefault((what,), []).append(at + content)
    return found


@st.composite
def damages(draw: st.DrawFn) -> Any:
    """Return a function that damages the bytes of an event file somewhere."""
    place, other = draw(st.floats(0, 1, exclude_max=True)), draw(st.floats(0, 1, exclude_max=True))
    bit, seed = draw(st.integers(0, 7)), draw(st.integers(0, 2**32))
    extra = draw(st.binary(min_size=1, max_size=40))
    what = draw(
        st.sampled_from(
            [
                *("flip", "cut", "remove", "insert", "zeros"),
                *("drop", "double", "swap", "move", "again", "edit", "rewrite"),
            ]
        )
    )

    def damaged(data: bytes) -> bytes:
        at = int(place * len(data))
        parts = records(data)
        one, two = int(place * len(parts)), int(other * len(parts))
        match what:
            case "flip":
                return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
            case "cut":
                return data[:at]
            case "remove":
                return data[:at] + data[at + 1 :]
            case "insert":
                return data[:at] + extra + data[at:]
            case "zeros":
                return data[:at] + bytes(len(extra)) + data[at + len(extra) :]
            case "drop":
                del parts[one]
            case "double":
                parts.insert(one, parts[one])
            case "swap":
                parts[one], parts[two] = parts[two], parts[one]
            case "move":
                parts.insert(two, parts.pop(one))
            case "again":
                parts.append(parts[one])
            case "edit":  # and the checksums are right
                payload = bytearray(parts[one][12:-4])
                payload[int(other * len(payload))] ^= 1 << bit
                parts[one] = frame(bytes(payload))
            case "rewrite":  # as nobody writes it
                parts[one] = frame(Mangler(Random(seed)).mangled(parts[one][12:-4]))
        return b"".join(parts)

    return damaged


@settings(max_examples=400, derandomize=True, suppress_health_check=list(HealthCheck))
@given(damages())
def test_damage_is_found_or_changes_nothing(sound: Path, damaged: Any) -> None:
    (file,) = (sound / "a").glob("*tfevents*")
    data = file.read_bytes()
    whole = by_model({"a": examine(sound / "a")})
    harmed = damaged(data)
    try:
        file.write_bytes(harmed)
        verdict = check(str(sound))
        served = by_model({"a": examine(sound / "a")})
    finally:
        file.write_bytes(data)

    if verdict.exit_status == 0:
        # each value as it was, in its order, and both readers show as many: tests/serving
        # holds the model to the readers themselves
        assert in_order(harmed) == in_order(data)
        assert served == whole
    assert not {"fault"} & {code for run in verdict.runs for code in codes(run)}


def test_what_is_not_found_is_shown_by_no_reader(sound: Path, tmp_path: Path) -> None:
    """Records of other tags may change places: all readers show the same."""
    (file,) = (sound / "a").glob("*tfevents*")
    data, ledger = file.read_bytes(), (sound / "a" / "tbconvert.json").read_bytes()
    parts = records(data)
    for one in range(1, len(parts) - 1):
        swapped = [*parts]
        swapped[one : one + 2] = swapped[one + 1], swapped[one]
        folder = tmp_path / "swapped" / str(one)
        folder.mkdir(parents=True)
        (folder / file.name).write_bytes(b"".join(swapped))
        text = ledger.decode().replace('"a"', f'"{one}"')
        (folder / "tbconvert.json").write_text(text)
    verdict = check(str(tmp_path / "swapped"))
    passed = [run.run for run in verdict.runs if run.status == "same"]
    assert len(passed) > 10

    served = read_back(tmp_path / "swapped")
    wanted = read_back(sound)["a"]
    for run in passed:
        assert served[run].keys() == wanted.keys()
        for tag, series in wanted.items():
            assert shown(series) == shown(served[run][tag]), (run, tag)


def shown(series: Series) -> list[Any]:
    values = [repr(np.asarray(value).tolist()) for value in series.values]
    return [series.plugin, series.steps.tolist(), series.wall_times.tolist(), values]


def test_a_file_that_is_cut_off_is_unreadable() -> None:
    write("logs/a.csv", table())
    convert()
    path = event_file("a")
    path.write_bytes(path.read_bytes()[:-3])

    verdict = checked(against_sources=False)

    assert statuses(verdict) == {"a": "unreadable"}
    assert codes(verdict_of("a", verdict)) >= {"altered", "torn"}


def test_a_file_that_is_gone_is_missing() -> None:
    write("logs/a.csv", table())
    convert()
    event_file("a").unlink()

    for against_sources in (False, True):
        verdict = checked(against_sources=against_sources)
        assert verdict.exit_status == 1
        assert statuses(verdict) == {"a": "missing"}
        assert "event-file-gone" in codes(verdict_of("a", verdict))


def test_what_was_altered_is_told_point_by_point_beside_its_log() -> None:
    write("logs/a.csv", table())
    convert()
    path = event_file("a")
    parts = records(path.read_bytes())
    payload = parts[4][12:-4].replace(struct.pack("<f", 3.1), struct.pack("<f", 9.5))
    assert payload != parts[4][12:-4]
    parts[4] = frame(payload)
    path.write_bytes(b"".join(parts))

    verdict = checked()

    one = verdict_of("a", verdict)
    assert one.status == "differs"
    ledger, sources = one.differences
    assert (ledger.against, ledger.tag, ledger.said) == ("ledger", "acc", "has other values")
    assert (sources.against, sources.tag, sources.counts) == ("sources", "acc", {"value": 1})
    (odd,) = sources.first
    assert odd.got is not None
    assert odd.wanted is not None
    assert (odd.got.step, odd.got.value, odd.wanted.value) == (3, 9.5, 3.1)
    assert {finding.cure for finding in one.findings} == {"remove it and ingest again"}

    path.unlink()
    convert()
    assert checked().exit_status == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "ledger-damaged"), ("{", "ledger-damaged"), ("[]", "ledger-damaged")],
)
def test_a_damaged_ledger_is_said_to_be_one(text: str, code: str) -> None:
    write("logs/a.csv", table())
    convert()
    Path("runs/a/tbconvert.json").write_text(text)

    verdict = checked(against_sources=False)

    assert statuses(verdict) == {"a": "unreadable"}
    assert codes(verdict_of("a", verdict)) >= {code}
    convert()
    assert checked().exit_status == 0


def test_a_ledger_of_a_newer_version_is_said_to_be_one() -> None:
    write("logs/a.csv", table())
    convert()
    text = '{"ingests": [{"tbconvert": "99.0", "made_from": 3}]}'
    Path("runs/a/tbconvert.json").write_text(text)

    verdict = checked()

    (finding,) = (f for f in verdict_of("a", verdict).findings if f.code == "ledger-newer")
    assert finding.said.startswith("was written by tbconvert 99.0, and this is ")


def test_a_run_without_its_ledger_is_of_nobody() -> None:
    write("logs/a.csv", table())
    convert()
    Path("runs/a/tbconvert.json").unlink()

    assert statuses(checked(against_sources=False)) == {"a": "foreign"}
