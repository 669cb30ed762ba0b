"""Monitor's logs beyond the golden cases: other versions, damage, several blocks, a neighbour."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from oracle import ingest, read_back

from tbconvert.dialects import Adapter
from tbconvert.dialects.monitor import MONITOR
from tbconvert.model import Origin, RawSettings, RawTable, Run, Source

HEADER = '#{"t_start": 1600000000.5, "env_id": "CartPole-v1"}\n'


def adapter(*comments: str) -> Adapter:
    assert MONITOR.adapt
    options = {"comments": comments}
    return MONITOR.adapt(Source("0.monitor.csv", Run("r"), "csv", "monitor", options))


def table(columns: dict[str, list[object]], first: int = 3) -> RawTable:
    batch = pa.RecordBatch.from_pydict(columns)
    return RawTable(Origin("0.monitor.csv"), batch, range(first, first + batch.num_rows))


def column(raw: object, name: str) -> list[object]:
    assert isinstance(raw, RawTable)
    cells: list[object] = raw.batch.column(name).to_pylist()
    return cells


def test_steps_go_on_from_block_to_block() -> None:
    adapt = adapter(HEADER)
    told, first = adapt(table({"r": [1.0, 2.0], "l": [10, 5], "t": [0.5, 1.5]}))
    assert isinstance(told, RawSettings)
    assert told.values == {"env_id": "CartPole-v1"}
    (second,) = adapt(table({"r": [3.0], "l": [7], "t": [2.5]}, 5))
    assert column(first, "sum of l") + column(second, "sum of l") == [10, 15, 22]
    assert column(second, "t_start + t") == [1600000003.0]
    assert isinstance(second, RawTable)
    assert second.lines == range(5, 6)


@pytest.mark.parametrize(
    ("lengths", "steps"),
    [([10, None, 5], [10, None, 15]), (["10", "x", "5"], [10, None, 15])],
)
def test_an_episode_without_a_length_has_no_step(
    lengths: list[object], steps: list[object]
) -> None:
    (raw,) = adapter()(table({"r": [1.0] * 3, "l": lengths, "t": [1.0, 2.0, 3.0]}))
    assert column(raw, "sum of l") == steps


def test_a_damaged_row_has_no_step_and_leaves_those_of_the_others(tmp_path: Path) -> None:
    rows = "1.0,10,0.5\n2.0,5,1.5\n3,91.267598\n-82.0,83,91.9\n"
    (tmp_path / "0.monitor.csv").write_text(f"{HEADER}r,l,t\n{rows}")

    report = ingest(tmp_path / "0.monitor.csv", logdir=tmp_path / "runs")

    (run,) = report["runs"]
    assert run["status"] == "written"
    assert run["rejected"] > 0
    assert 5 in {problem["row"] for problem in run["problems"]}
    (served,) = read_back(tmp_path / "runs").values()
    assert served["r"].steps.tolist() == [10, 15, 98]


def test_without_its_columns_a_table_stays() -> None:
    foreign = table({"a": [1]})
    assert list(adapter("# no JSON", "#[1]")(foreign)) == [foreign]


def test_another_process_that_goes_on_is_told_once(tmp_path: Path) -> None:
    log = tmp_path / "0.monitor.csv"
    log.write_text(HEADER + "r,l,t\n1,10,1.0\n2,10,2.0\n3,10,0.5\n4,10,0.1\n")
    (run,) = ingest(log, logdir=tmp_path / "runs")["runs"]
    (problem,) = run["problems"]
    assert (problem["row"], problem["column"]) == (5, "t")
    assert read_back(tmp_path / "runs")["0.monitor"]["r"].steps.tolist() == [10, 20, 30, 40]


def test_lines_of_json_as_old_baselines_wrote_them(tmp_path: Path) -> None:
    log = tmp_path / "0.monitor.json"
    header = {"t_start": 1508583553.5, "gym_version": "0.9.3", "env_id": "Pong-v4"}
    rows = [{"r": -21.0 + n, "l": 100 + n, "t": 1.5 * n} for n in range(1, 4)]
    log.write_text("\n".join(map(json.dumps, [header, *rows])) + "\n")
    (run,) = ingest(log, logdir=tmp_path / "runs")["runs"]
    assert (run["hparams"], run["missing"], run["problems"]) == (2, 0, [])
    seen = read_back(tmp_path / "runs")["0.monitor"]["l"]
    assert seen.steps.tolist() == [101, 203, 306]
    np.testing.assert_allclose(seen.wall_times, [1508583555.0, 1508583556.5, 1508583558.0])


def test_beside_the_log_of_the_agent_it_is_a_run_of_its_own(tmp_path: Path) -> None:
    agent = tmp_path / "agent"
    agent.mkdir()
    (agent / "monitor.csv").write_text(HEADER + "r,l,t\n1,10,1.0\n")
    (agent / "progress.csv").write_text("time/total_timesteps,rollout/ep_rew_mean\n64,1.5\n")
    report = ingest(tmp_path, logdir=tmp_path / "runs")
    assert sorted(run["run"] for run in report["runs"]) == ["agent", "agent/monitor"]


def test_a_log_that_is_hidden_by_its_name_is_found(tmp_path: Path) -> None:
    logs = tmp_path / "logs" / "ppo"
    logs.mkdir(parents=True)
    (logs / ".monitor.csv").write_text(HEADER + "r,l,t\n1.0,10,0.5\n2.0,5,1.5\n")
    (logs / ".other.csv").write_text("step,loss\n0,1.0\n1,0.5\n")
    report = ingest(tmp_path / "logs", logdir=tmp_path / "runs")
    assert [(run["run"], run["scalars"]["points"]) for run in report["runs"]] == [("ppo", 6)]
    assert read_back(tmp_path / "runs")["ppo"]["r"].steps.tolist() == [10, 15]
