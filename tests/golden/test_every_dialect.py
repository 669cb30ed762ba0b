"""That no dialect goes without a golden case: a log of it that is converted without being told."""

from __future__ import annotations

import json

from test_golden import CASES

from tbconvert.dialects import DIALECTS
from tbconvert.options import Options
from tbconvert.plan import plan_runs


def test_every_dialect_has_a_case() -> None:
    taken: set[str] = set()
    for case in CASES:
        expected = json.loads((case / "expected.json").read_text())
        if "options" in expected:
            continue
        given = expected["input"] if isinstance(expected["input"], list) else [expected["input"]]
        plan = plan_runs([str(case / name) for name in given], "logdir", Options())
        taken |= {source.dialect for job in plan.jobs for source in job.sources}
    assert {dialect.name for dialect in DIALECTS} - taken == set()
