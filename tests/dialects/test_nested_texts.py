"""Texts in JSON whose brackets are nested beyond what can be parsed are texts like others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from oracle import read_back

from tbconvert import ingest
from tbconvert.dialects.cells import from_json

DEEP = "[" * 5_000 + "]" * 5_000


@pytest.mark.parametrize("text", [DEEP, DEEP[:5_000], '{"a":' * 5_000, "nothing", ""])
def test_what_is_no_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"nested|Expecting"):
        from_json(text)


@pytest.mark.parametrize("value", [1, -0.5, "x", None, True, [1, [2]], {"a": {"b": []}}])
def test_what_is_json_is_what_it_says(value: object) -> None:
    assert from_json(json.dumps(value)) == value


FILES = {
    "0.monitor.csv": f'#{{"t_start": 1.0, "x": {DEEP}}}\nr,l,t\n1.5,2,0.5\n2.5,3,1.5\n',
    "dllogger.json": "".join(
        'DLLL {"timestamp": "1600000000.0", "type": "LOG", '
        f'"step": {json.dumps(step)}, "data": {{"loss": {loss}}}}}\n'
        for step, loss in ((DEEP, 1.5), ([1], 2.5))
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_log_with_such_a_text_is_converted(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("log").mkdir()
    Path("log", name).write_text(FILES[name])

    report = ingest("log", logdir="runs")

    (run,) = report.runs
    assert run.status == "written", run.problems
    (served,) = read_back("runs").values()
    scalars = [series for series in served.values() if series.plugin == "scalars"]
    told = [value for series in scalars for value in series.values.tolist()]
    assert {1.5, 2.5} & {*told}
    # each metric cell is a point, or counted
    cells = 6 if name.endswith(".csv") else 2
    assert len(told) + run.missing + run.rejected + run.superseded == cells
