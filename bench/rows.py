"""The table: what is measured, against what, and the figure to reach.

To add a row, add it to ``ROWS``; a log that it needs is made by ``bench.data``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from bench.measure import (
    LOGDIR,
    ROOT,
    Result,
    Trial,
    megabytes,
    own_rate,
    run_rate,
    seconds,
    whole_rate,
)

MILLION = 1_000_000
DATA = ROOT / "bench" / "data"
PYTHON = sys.executable
TBCONVERT = (PYTHON, "-m", "tbconvert")

# What a small conversion cannot do without: its bare imports; the builder is what code that
# protoc has generated begins with.
NEEDED = (
    "click, numpy, pyarrow, pyarrow.compute, pyarrow.csv, google.protobuf.internal.builder, crc32c"
)

STARTED = "tbconvert.cli, tbconvert.api, tbconvert.inspection, tbconvert.cli.inspected"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; without ``theirs`` the figure stands by itself.

    ``better`` says on which side of ``wanted`` the ratio, or the figure, is to be.
    ``factor`` multiplies the repetitions: of what is quick, or slow.
    """

    name: str
    what: str
    ours: Trial
    theirs: Trial | None
    unit: Literal["s", "MB", "points/s", "runs/s", "numbers/s", "images/s", "×"]
    better: Literal["less", "more"]
    wanted: float
    logs: tuple[str, ...] = ()
    factor: float = 1


def ingest(
    log: str,
    points: int,
    figure: Callable[[Result], float] = seconds,
    *more: str,
    rejected: int = 0,
    runs: int = 1,
) -> Trial:
    """Convert a log; its report must say that all of it has arrived."""

    def check(report: dict[str, Any]) -> bool:
        totals = report["totals"]
        got = totals["written"], totals["points"], totals["rejected"]
        return bool(got == (runs, points, rejected))

    command = ("ingest", str(DATA / log), "--logdir", str(LOGDIR), "--json", "--quiet", *more)
    return Trial((*TBCONVERT, *command), figure, check)


def arrays(snapshot: str, count: int, figure: Callable[[Result], float] = seconds) -> Trial:
    """Convert a snapshot, with all of its curves; there must be a histogram of each array."""

    def check(report: dict[str, Any]) -> bool:
        (run,) = report["runs"]
        return bool(run["histograms"]["points"] == count and run["scalars"]["points"] >= 5 * count)

    where = (str(DATA / snapshot), "--logdir", str(LOGDIR))
    command = ("ingest", *where, "--tensor-stats", "--json", "--quiet")
    return Trial((*TBCONVERT, *command), figure, check)


def trainer_state(figure: Callable[[Result], float] = seconds) -> Trial:
    """Convert a document of records; every metric must be a point, whatever else it tells."""

    def check(report: dict[str, Any]) -> bool:
        (run,) = report["runs"]
        entries, evaluations = 580_000, 580_000 // 50
        points = 5 * evaluations + 4 * (entries - evaluations)
        return bool(run["scalars"]["points"] == points and run["rejected"] == 0)

    command = ("ingest", str(DATA / "trainer_state.json"), "--logdir", str(LOGDIR))
    return Trial((*TBCONVERT, *command, "--json", "--quiet"), figure, check)


def program(name: str, *arguments: str, figure: Callable[[Result], float] = seconds) -> Trial:
    """Run one of ``bench.programs``."""
    return Trial((PYTHON, "-m", "bench.programs", name, *arguments), figure)


def arrow_csv(log: str) -> Trial:
    return program("arrow_csv", str(DATA / log))


ROWS = [
    Row(
        "csv",
        "CSV, 1M rows × 10 metrics; Arrow's reader, drained",
        ingest("clean.csv", 10 * MILLION),
        arrow_csv("clean.csv"),
        *("s", "less", 1.5),
        logs=("clean",),
    ),
    Row(
        "csv-torch",
        "the same; DictReader + torch's SummaryWriter, on 20,000 rows",
        ingest("clean.csv", 10 * MILLION, whole_rate),
        program("dict_reader", "torch", str(DATA / "part.csv"), figure=own_rate),
        *("points/s", "more", 300),
        logs=("clean", "part"),
        factor=0.6,
    ),
    Row(
        "csv-tensorboardx",
        "the same; DictReader + tensorboardX's SummaryWriter, on 20,000 rows",
        ingest("clean.csv", 10 * MILLION, whole_rate),
        program("dict_reader", "tensorboardX", str(DATA / "part.csv"), figure=own_rate),
        *("points/s", "more", 300),
        logs=("clean", "part"),
        factor=0.6,
    ),
    Row(
        "memory",
        "the same; peak memory",
        ingest("clean.csv", 10 * MILLION, megabytes),
        None,
        *("MB", "less", 400),
        logs=("clean",),
        factor=0.6,
    ),
    Row(
        "memory-ten-times",
        "CSV, 10M rows × 10 metrics; peak memory, beside that of 1M rows",
        ingest("ten_times.csv", 100 * MILLION, megabytes),
        ingest("clean.csv", 10 * MILLION, megabytes),
        *("MB", "less", 1.1),
        logs=("clean", "ten_times"),
        factor=0.6,
    ),
    Row(
        "json-lines",
        "JSON lines, 1M rows × 5 metrics; Arrow's reader, drained",
        ingest("records.jsonl", 5 * MILLION),
        program("arrow_json", str(DATA / "records.jsonl")),
        *("s", "less", 1.5),
        logs=("json_lines",),
    ),
    Row(
        "documents",
        "JSON document, trainer_state.json of 100 MB; json.load",
        trainer_state(),
        program("json_load", str(DATA / "trainer_state.json")),
        *("s", "less", 3),
        logs=("trainer_state",),
    ),
    Row(
        "documents-memory",
        "the same; peak memory",
        trainer_state(megabytes),
        None,
        *("MB", "less", 400),
        logs=("trainer_state",),
        factor=0.6,
    ),
    Row(
        "wide",
        "CSV, 20,000 rows × 500 metrics; Arrow's reader, drained",
        ingest("wide.csv", 10 * MILLION),
        arrow_csv("wide.csv"),
        *("s", "less", 2),
        logs=("wide",),
    ),
    Row(
        "lightning",
        "CSV, 1M rows whose gaps alternate (train, validation, rate); Arrow's reader, drained",
        # a third of the rows each: epoch, train_loss, train_acc; val_loss, val_acc; lr
        ingest("lightning.csv", 333_334 + 3 * 333_333 + 2 * 333_333),
        arrow_csv("lightning.csv"),
        *("s", "less", 2),
        logs=("lightning",),
    ),
    Row(
        "damaged",
        "CSV, 1M rows of which ten are damaged; the same file, whole",
        # five rows end after 2 of 10 metrics, and the others' last one is no number
        ingest("damaged.csv", 10 * MILLION - 5 * 8 - 5, rejected=5),
        ingest("clean.csv", 10 * MILLION),
        *("s", "less", 2),
        logs=("clean", "damaged"),
    ),
    *(
        Row(
            f"encode-{m}",
            f"encoding alone, {m} tag{'s' * (m > 1)} a row; torch's add_scalar",
            program("encode", str(m), figure=own_rate),
            program("add_scalar", "torch", figure=own_rate),
            *("points/s", "more", 500),
        )
        for m in (1, 10, 100)
    ),
    Row(
        "help",
        "tbconvert --help; import click",
        Trial((*TBCONVERT, "--help"), seconds),
        Trial((PYTHON, "-c", "import click"), seconds),
        *("s", "less", 1.5),
        factor=4,
    ),
    Row(
        "tiny",
        "CSV, 100 rows × 5 metrics; the bare imports it needs",
        ingest("tiny.csv", 500),
        Trial((PYTHON, "-c", f"import {NEEDED}"), seconds),
        *("s", "less", 1.5),
        logs=("tiny",),
        factor=4,
    ),
    Row(
        "inspect",
        "inspect CSV, 100 rows × 5 metrics; tbconvert's own start-up, all of it imported",
        Trial((*TBCONVERT, "inspect", str(DATA / "tiny.csv")), seconds),
        Trial((PYTHON, "-c", f"import {STARTED}"), seconds),
        *("s", "less", 1.25),
        logs=("tiny",),
        factor=4,
    ),
    Row(
        "plan",
        "10,000 small logs in a tree, and what stands beside them: recognised and planned",
        program("plan", str(DATA / "tree")),
        None,
        *("s", "less", 20),
        logs=("tree",),
    ),
    Row(
        "dialect",
        "Monitor of 1M episodes, steps and times made from its columns; the same as generic",
        ingest("0.monitor.csv", 3 * MILLION + 1),  # and its settings as a text
        ingest("0.monitor.csv", 3 * MILLION, seconds, "--dialect", "generic"),
        *("s", "less", 1.5),
        logs=("monitor",),
    ),
    Row(
        "runs",
        "1,000 small runs (CSV, 200 rows × 6), --jobs 2",
        ingest("small", 1000 * 200 * 6, run_rate, "--jobs", "2", runs=1000),
        None,
        *("runs/s", "more", 250),
        logs=("small",),
    ),
    *(
        Row(
            f"histogram-{peer}",
            f"distribution of 10M float32; {peer}'s add_histogram",
            program("histogram", "tbconvert", figure=own_rate),
            program("histogram", peer, figure=own_rate),
            *("numbers/s", "more", 8),
            factor=0.6,
        )
        for peer in ("torch", "tensorboardX")
    ),
    Row(
        "snapshot",
        "a snapshot of 200 arrays, 100M float32, all curves; np.load, min and max of each",
        arrays("step_1.npz", 200),
        program("load_arrays", str(DATA / "step_1.npz")),
        *("s", "less", 4),
        logs=("snapshot",),
        factor=0.6,
    ),
    Row(
        "snapshot-memory",
        "the same; peak memory, the largest array being of 80 MB",
        arrays("step_1.npz", 200, megabytes),
        None,
        *("MB", "less", 280),
        logs=("snapshot",),
        factor=0.6,
    ),
    Row(
        "images",
        "1,000 images of 28 × 28; torch's add_image",
        program("images", "tbconvert", figure=own_rate),
        program("images", "torch", figure=own_rate),
        *("images/s", "more", 3),
        factor=0.6,
    ),
]
