"""What the README shows of Python is run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from oracle import read_back

ROOT = Path(__file__).parents[2]


def test_the_example_writes_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("run.csv").write_text("epoch,loss\n0,0.5\n1,oops\n")

    exec(compile(example, "README.md", "exec"), {})

    assert capsys.readouterr().out.startswith("1 1 (ProblemReport(")
    served = read_back("runs")
    assert served["run"]["loss"].values.tolist() == [0.5]
    assert served["mine"]["acc"].values.tolist() == [0.0, 0.5, 0.8999999761581421]
    assert {"layer/kernel", "layer/kernel/image"} <= served["mine"].keys()
