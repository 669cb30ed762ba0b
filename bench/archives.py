"""The rows that are about archives: many runs, again, by several processes, on a cluster."""

from __future__ import annotations

import json

from bench.measure import LOGDIR, own_rate, run_rate
from bench.rows import Row, ingest, program

_SMALL = 1000 * 200 * 6

ROWS = [
    Row(
        "cores",
        "two loops of bare Python at once; in turn: the most that two cores give here",
        program("loops", "together"),
        program("loops", "in turn"),
        *("s", "less", round(1 / 1.7, 2)),
    ),
    Row(
        "files",
        "1,000 folders of two files, made by bare calls: the most that the disk gives here",
        program("files", str(LOGDIR), figure=own_rate),
        None,
        *("runs/s", "more", 1000),
    ),
    Row(
        "two",
        "1,000 small runs, --jobs 2; --jobs 1",
        ingest("small", _SMALL, run_rate, "--jobs", "2", runs=1000),
        ingest("small", _SMALL, run_rate, "--jobs", "1", runs=1000),
        *("runs/s", "more", 1.7),
        logs=("small",),
    ),
    Row(
        "at-work",
        "1,000 small runs by two processes, from when they are there; by one",
        program("passes", "1", "2", figure=own_rate),
        program("passes", "1", "1", figure=own_rate),
        *("runs/s", "more", 1.7),
        logs=("small",),
    ),
    Row(
        "again",
        "1,000 small runs, nothing of which has changed; the first pass",
        program("passes", "2", "2", figure=own_rate),
        program("passes", "1", "2", figure=own_rate),
        *("runs/s", "more", 10),
        logs=("small",),
    ),
    Row(
        "many",
        "100,000 runs of 3 rows × 2, made on the fly: the slowest ten thousand by the first",
        program("many", figure=lambda said: json.loads(said.output)["slowest"]),
        None,
        *("×", "more", 0.8),
        factor=0.2,
    ),
    Row(
        "dask",
        "5,000 small runs, --engine dask on two workers here; --jobs 2",
        program("engine", "dask", figure=own_rate),
        program("engine", "processes", figure=own_rate),
        *("runs/s", "more", 0.8),
        logs=("small",),
        factor=0.6,
    ),
]
