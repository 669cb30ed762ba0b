"""The rows that are about event files: read back, by tbconvert and by others."""

from __future__ import annotations

import json

from bench.measure import own_rate
from bench.rows import DATA, Row, program

_FORMS = {"rows": "an event for each ten", "points": "an event for each"}
_PEERS = {"tensorboard": "TensorBoard's EventAccumulator", "tbparse": "tbparse's SummaryReader"}

ROWS = [
    *(
        Row(
            f"read-{form}-{peer}",
            f"read scalars, 200,000 of ten tags, {events}; {who}",
            program("read_scalars", "tbconvert", form, "20000", figure=own_rate),
            program("read_scalars", peer, form, "20000", figure=own_rate),
            *("points/s", "more", 5),
            factor=0.6,
        )
        for form, events in _FORMS.items()
        for peer, who in _PEERS.items()
    ),
    Row(
        "read-back",
        "read scalars, 10M of ten tags, an event for each ten; the same converted from CSV",
        program("read_scalars", "tbconvert", "rows", "1000000", figure=own_rate),
        program("convert_csv", str(DATA / "clean.csv"), figure=own_rate),
        *("points/s", "more", 1),
        logs=("clean", "tiny"),
    ),
    Row(
        "check-many",
        "10,000 small runs, check --jobs 2: read back, and compared with their ledgers",
        program("check", "10", "ledger", figure=lambda said: json.loads(said.output)["seconds"]),
        None,
        *("s", "less", 30),
        logs=("small",),
        factor=0.2,
    ),
    Row(
        "check",
        "1,000 small runs, check --jobs 2; checked by converting them, --against-sources",
        program("check", "1", "ledger", figure=own_rate),
        program("check", "1", "sources", figure=own_rate),
        *("runs/s", "more", 2),
        logs=("small",),
        factor=0.6,
    ),
]
