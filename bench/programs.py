"""What tbconvert is measured against, each in a process of its own.

``python -m bench.programs NAME ARGUMENT…``; imports stand inside, so that each process pays
for its own only. The rates leave out the imports; tbconvert's whole-process rates do not.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from typing import Any


def arrow_csv(file: str) -> None:
    """Drain Arrow's streaming CSV reader: the least that reading a table can cost."""
    import pyarrow.csv

    for _ in pyarrow.csv.open_csv(file):
        pass


def arrow_json(file: str) -> None:
    """Drain Arrow's JSON reader, the streaming one where this Arrow has it."""
    import pyarrow.json

    if hasattr(pyarrow.json, "open_json"):
        for _ in pyarrow.json.open_json(file):
            pass
    else:
        pyarrow.json.read_json(file)


def json_load(file: str) -> None:
    """Bring a JSON document to memory, and do nothing with it."""
    with open(file) as stream:  # noqa: PTH123
        json.load(stream)


def dict_reader(peer: str, file: str) -> None:
    """Convert a CSV file the way everybody does it first: DictReader and add_scalar."""
    make_writer = _peer(peer)
    points = 0
    with tempfile.TemporaryDirectory() as logdir:
        start = time.perf_counter()
        with open(file, newline="") as stream, make_writer(logdir) as writer:  # noqa: PTH123
            for row in csv.DictReader(stream):
                step, wall_time = int(row.pop("step")), float(row.pop("time"))
                for tag, value in row.items():
                    writer.add_scalar(tag, float(value), step, walltime=wall_time)
                    points += 1
        _rate(points, time.perf_counter() - start)


def add_scalar(peer: str) -> None:
    """Write points that are there already, one by one."""
    make_writer = _peer(peer)
    points = 50_000
    with tempfile.TemporaryDirectory() as logdir:
        start = time.perf_counter()
        with make_writer(logdir) as writer:
            for step in range(points):
                writer.add_scalar("train/loss", 0.5, step, walltime=1.7e9)
        _rate(points, time.perf_counter() - start)


def encode(tags: str) -> None:
    """Encode points that are there already, into memory, by tbconvert's encoder."""
    import numpy as np

    from tbconvert.encode import Encoder
    from tbconvert.model import ScalarBlock, Tag

    m, rows = int(tags), 100_000
    blocks = max(3, 40 // m)
    random = np.random.default_rng(7)
    steps = np.arange(rows)
    names = tuple(Tag(f"train/metric_{i}") for i in range(m))
    values = random.normal(size=(rows, m)).astype(np.float32)
    times = 1.7e9 + steps * 0.25
    ready = [ScalarBlock(names, steps + k * rows, times, values) for k in range(blocks)]

    encoder = Encoder()
    encoder.begin(1.7e9)
    written = 0
    start = time.perf_counter()
    for block in ready:
        written += len(encoder.encode(block).data)
    seconds = time.perf_counter() - start
    # a value and its tag are in there at least
    assert written > rows * blocks * m * (4 + len(names[0])), written
    _rate(rows * blocks * m, seconds)


def read_scalars(reader: str, form: str, rows: str) -> None:
    """Read ten curves back from an event file, into arrays or what the reader has for them.

    ``form`` is ``rows``, an event for each row, or ``points``, one for each point.
    """
    count = 10 * int(rows)
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/events.out.tfevents.1700000000.bench"
        _write_events(file, int(rows), form)
        read = {"tbconvert": _by_decode, "tbparse": _by_tbparse, "tensorboard": _by_accumulator}
        read[reader](file, 0)  # what is imported and made once
        start = time.perf_counter()
        got = read[reader](file, count)
        _rate(count, time.perf_counter() - start)
    if got != count:
        raise SystemExit(f"{got} points")


def convert_csv(file: str) -> None:
    """Convert a CSV file of a million rows of ten metrics, from when all is imported."""
    import tbconvert

    with tempfile.TemporaryDirectory() as folder:
        tbconvert.ingest("bench/data/tiny.csv", logdir=folder)
        start = time.perf_counter()
        points = sum(run.points for run in tbconvert.ingest(file, logdir=folder).runs)
        _rate(points, time.perf_counter() - start)
    if points != 10_000_000:
        raise SystemExit(f"{points} points")


def load_arrays(file: str) -> None:
    """Load every array of an archive by numpy, and find its least and greatest."""
    import numpy as np

    with np.load(file) as arrays:
        for name in arrays.files:
            array = arrays[name]
            print(name, array.min(), array.max())


def histogram(peer: str) -> None:
    """Write the distribution of ten million numbers that are there already."""
    import numpy as np

    size, times = 10_000_000, 3
    values = np.random.default_rng(7).standard_normal(size, np.float32)
    if peer == "tbconvert":
        from tbconvert.encode import Encoder
        from tbconvert.model import Tag
        from tbconvert.summaries.histogram import distribution

        encoder = Encoder()
        distribution(values[: 1 << 20])  # what is imported once: large arrays are counted by Arrow
        start = time.perf_counter()
        for step in range(times):
            encoder.encode(distribution(values).point(Tag("weights"), step, 1.7e9))
        _rate(size * times, time.perf_counter() - start)
        return
    make_writer = _peer(peer)
    with tempfile.TemporaryDirectory() as logdir, make_writer(logdir) as writer:
        start = time.perf_counter()
        for step in range(times):
            writer.add_histogram("weights", values, step, walltime=1.7e9)
        _rate(size * times, time.perf_counter() - start)


def images(peer: str) -> None:
    """Write a thousand pictures of 28 × 28 grey pixels that are there already."""
    import numpy as np

    count = 1000
    values = np.random.default_rng(7).random((count, 28, 28), np.float32)
    with tempfile.TemporaryDirectory() as logdir:
        if peer == "tbconvert":
            from tbconvert import RunWriter

            with RunWriter(logdir) as writer:
                start = time.perf_counter()
                for step, image in enumerate(values):
                    writer.add_image("image", image, step, wall_time=1.7e9)
        else:
            make_writer = _peer(peer)
            with make_writer(logdir) as writer:
                start = time.perf_counter()
                for step, image in enumerate(values):
                    writer.add_image("image", image, step, walltime=1.7e9, dataformats="HW")
        _rate(count, time.perf_counter() - start)


def plan(folder: str) -> None:
    """Find out what all files of a folder are, and which runs they make."""
    from tbconvert import plan_runs

    jobs = plan_runs([folder], "runs").jobs
    if len(jobs) != 10_000:
        raise SystemExit(f"{len(jobs)} jobs")


def loops(how: str) -> None:
    """Run two loops of bare Python, each in a process of its own: at once, or in turn."""
    command = [sys.executable, "-c", "for number in range(20_000_000): number & 7"]
    if how == "together":
        children = [subprocess.Popen(command) for _ in range(2)]
        for child in children:
            child.wait()
    else:
        for _ in range(2):
            subprocess.run(command, check=True)


def files(where: str) -> None:
    """Make a thousand folders of two files, and give these their names: no more than that."""
    began = time.perf_counter()
    for run in range(1000):
        folder = pathlib.Path(where) / f"run-{run}"
        folder.mkdir(parents=True)
        for name, size in (("events", 34_000), ("ledger", 1400)):
            (folder / f".{name}").write_bytes(bytes(size))
            (folder / f".{name}").rename(folder / name)
    _rate(1000, time.perf_counter() - began)


def passes(which: str, jobs: str) -> None:
    """Convert a thousand runs by some processes, once or again, from when these are there."""
    from tbconvert.api import run_plan
    from tbconvert.arrow import own_process
    from tbconvert.engines import start
    from tbconvert.plan import plan_runs

    folder = tempfile.mkdtemp()
    with start("processes", int(jobs)) as workers:
        own_process()
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        crowd = workers.crowd(1000)
        if crowd.executor is not None:
            list(crowd.executor.map(int, range(8)))  # what is imported and made once
        for _ in range(int(which)):
            began = time.perf_counter()
            plan = plan_runs(["bench/data/small"], f"{folder}/runs", lookers=workers.lookers)
            report = run_plan(plan, f"{folder}/runs", crowd.executor, together=crowd.together)
            seconds = time.perf_counter() - began
        if report.standing != 1000:
            raise SystemExit(f"{report.standing} runs")
        _rate(1000, seconds)


def engine(name: str) -> None:
    """Convert five thousand runs by two workers, from when these are there."""
    from tbconvert.api import run_plan
    from tbconvert.engines import start
    from tbconvert.plan import plan_runs

    folder = tempfile.mkdtemp()
    with start(name, 2) as workers:
        logs = pathlib.Path(folder, "logs")
        for turn in range(5):
            shutil.copytree("bench/data/small", logs / str(turn))
        plan = plan_runs([str(logs)], f"{folder}/runs")
        crowd = workers.crowd(len(plan.jobs))
        list(crowd.executor.map(int, range(8)))  # what is imported and made once
        began = time.perf_counter()
        report = run_plan(plan, f"{folder}/runs", crowd.executor, together=crowd.together)
        if report.standing != 5000:
            raise SystemExit(f"{report.standing} runs")
        _rate(5000, time.perf_counter() - began)


def check(thousands: str, against: str) -> None:
    """Check some thousand runs by two processes, from when these and the runs are there."""
    from tbconvert.api import run_plan
    from tbconvert.checking import check as checked
    from tbconvert.engines import start
    from tbconvert.plan import plan_runs

    folder = tempfile.mkdtemp()
    with start("processes", 2) as workers:
        logs = pathlib.Path(folder, "logs")
        for turn in range(int(thousands)):
            shutil.copytree("bench/data/small", logs / str(turn))
        plan = plan_runs([str(logs)], f"{folder}/runs")
        crowd = workers.crowd(len(plan.jobs))
        run_plan(plan, f"{folder}/runs", crowd.executor, together=crowd.together)
        verdict = checked(
            f"{folder}/runs",
            against_sources=against == "sources",
            crowd=lambda tasks: workers.crowd(tasks).executor,
        )
    if verdict.exit_status or len(verdict.runs) != 1000 * int(thousands):
        raise SystemExit(f"{len(verdict.runs)} runs, status {verdict.exit_status}")
    _rate(len(verdict.runs), verdict.seconds)


def many() -> None:
    """Convert a hundred thousand runs; neither may it get slower, nor need more and more memory."""
    from tbconvert import convert, plan_runs

    folder = tempfile.mkdtemp()
    for run in range(100_000):
        path = pathlib.Path(folder, "logs", f"{run // 1000}", f"{run}.csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"step,loss,acc\n0,{run},0.1\n1,1.2,0.3\n2,0.9,0.4\n")
    jobs = plan_runs([f"{folder}/logs"], f"{folder}/runs").jobs
    times, sizes, reports = [time.perf_counter()], [], []
    for done, (_, made) in enumerate(convert(jobs), 1):
        reports.append(made)
        if done % 1000 == 0:
            times.append(time.perf_counter())
            pages = pathlib.Path("/proc/self/statm").read_text().split()[1]
            sizes.append(int(pages) * resource.getpagesize() / 1e6)
    seconds = [after - before for before, after in itertools.pairwise(times)]
    tens = [sum(seconds[at : at + 10]) / 10 for at in range(0, 100, 10)]
    if len(reports) != 100_000 or sizes[-1] > sizes[0] + 100:
        raise SystemExit(f"{len(reports)} runs; {sizes[0]:.0f} MB, then {sizes[-1]:.0f} MB")
    print(json.dumps({"slowest": tens[0] / max(tens), "first": sizes[0], "last": sizes[-1]}))


def _write_events(file: str, rows: int, form: str) -> None:
    import numpy as np

    from tbconvert import tfrecord
    from tbconvert.encode import Encoder
    from tbconvert.model import ScalarBlock, Tag
    from tbconvert.proto.event_pb2 import Event, Summary

    tags = tuple(Tag(f"train/metric_{i}") for i in range(10))
    random = np.random.default_rng(7)
    encoder = Encoder()
    with open(file, "wb") as stream:  # noqa: PTH123
        stream.write(encoder.begin(1.7e9).data)
        for begin in range(0, rows, 100_000):
            steps = np.arange(begin, min(rows, begin + 100_000))
            values = random.normal(size=(len(steps), 10)).astype(np.float32)
            if form == "rows":
                block = ScalarBlock(tags, steps, 1.7e9 + steps * 0.25, values)
                stream.write(encoder.encode(block).data)
                continue
            for step, row in zip(steps.tolist(), values.tolist(), strict=True):
                for tag, value in zip(tags, row, strict=True):
                    summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
                    event = Event(wall_time=1.7e9 + step * 0.25, step=step, summary=summary)
                    stream.write(tfrecord.frame(event.SerializeToString()))


def _by_decode(file: str, count: int) -> int:
    from tbconvert.decode import Scalars, read_events

    with open(file, "rb") as stream:  # noqa: PTH123
        parts = read_events(stream, os.stat(file).st_size) if count else ()  # noqa: PTH116
        return sum(len(part.values) for part in parts if isinstance(part, Scalars))


def _by_tbparse(file: str, count: int) -> int:
    from tbparse import SummaryReader

    return len(SummaryReader(file).scalars) if count else 0


def _by_accumulator(file: str, count: int) -> int:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    if not count:
        return 0
    events = EventAccumulator(file, size_guidance={"scalars": 0})
    events.Reload()
    return sum(len(events.Scalars(tag)) for tag in events.Tags()["scalars"])


def _peer(peer: str) -> Any:
    if peer == "torch":
        from torch.utils.tensorboard import SummaryWriter
    else:
        from tensorboardX import SummaryWriter
    return SummaryWriter


def _rate(points: int, seconds: float) -> None:
    print(json.dumps({"points": points, "seconds": seconds}))


_ALL = (
    *(arrow_csv, arrow_json, json_load, dict_reader),
    *(add_scalar, encode, read_scalars, convert_csv, load_arrays, histogram, images, plan),
    *(loops, files, passes, engine, check, many),
)
PROGRAMS = {f.__name__: f for f in _ALL}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
