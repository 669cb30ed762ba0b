"""What the pages on archives and clusters say is done as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest
import yaml
from following import PAGES, Follower
from oracle import read_back

from tbconvert import Options, plan_runs
from tbconvert.naming import FIELDS
from tbconvert.report import Kind, Report, RunReport, Status


def event_files(logdir: Path) -> dict[str, bytes]:
    found = logdir.rglob("*tfevents*")
    return {str(path.relative_to(logdir)): path.read_bytes() for path in found}


# ------------------------------------------------------------------------------------ archives


def test_an_archive_is_converted_as_the_page_says(tmp_path: Path) -> None:
    done = Follower(tmp_path)

    done.follow("archives.md")

    assert done.unsaid("archives.md") == []
    served = read_back(tmp_path / "runs")
    losses = {run: tags["loss"].values.tolist() for run, tags in served.items()}
    assert losses == {
        "2023/resnet": [1.0, 0.5],  # its source is gone
        "2023/vit": [2.0, 1.5, 1.25],
        "2024/diverged": [1.0],
        "2024/resnet": [1.0, 0.25],
    }
    # but for their names they are the runs that a dry run spoke of
    size = sum(map(len, event_files(tmp_path / "named").values()))
    assert f"7 points, {size} bytes" in (PAGES / "archives.md").read_text()
    named = read_back(tmp_path / "named")
    assert named.keys() == {"resnet/metrics", "vit/metrics", "resnet/metrics-2"}


def table(page: str, title: str) -> list[list[str]]:
    """Return the rows of the table whose head begins so, without their marks."""
    text = (PAGES / page).read_text()
    rows = text[text.index(f"| {title}") :].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def test_the_fields_of_names_are_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Follower(tmp_path).write_files("archives.md")
    monkeypatch.chdir(tmp_path)

    rows = table("archives.md", "field")

    here = {
        field: value
        for fields, _, values in rows
        for field, value in zip(
            re.findall(r"{(\w+)}", fields), re.findall(r"`([^`]+)`", values), strict=True
        )
    }
    assert here.keys() == {*FIELDS}
    for field, value in here.items():
        made = plan_runs(["old"], "runs", Options(run_name=f"{{{field}}}"))
        (job,) = (job for job in made.jobs if "2023/resnet" in job.sources[0].uri)
        assert job.run == value, field


def test_every_word_of_a_report_is_on_the_page() -> None:
    page = (PAGES / "archives.md").read_text()

    assert [row[0].strip("`") for row in table("archives.md", "status of a run")] == [
        *get_args(Status)
    ]
    run = RunReport("a", "written", scalars=Kind(1, 1))
    data = Report("runs", (run,)).to_json(0)
    counts = {key for key, value in data["runs"][0].items() if isinstance(value, int | dict)}
    counts -= {"graph"}
    assert [
        name for name in (*counts, "skipped", "gone", "totals") if f"`{name}`" not in page
    ] == []


# ------------------------------------------------------------------------------------ clusters

SLURM = '''
"""Stands in for dask-jobqueue, whose cluster takes the same and waits for Slurm."""

from distributed import LocalCluster


class SLURMCluster(LocalCluster):
    def __init__(self, *, cores, processes, memory, walltime):
        here = {"threads_per_worker": cores // processes, "dashboard_address": None}
        super().__init__(n_workers=0, **here)

    def scale(self, n=0, jobs=0):
        super().scale(min(n or jobs, 1))  # one of them will do
'''

KUBERNETES = '''
"""Stands in for dask-kubernetes, whose cluster takes the same and waits for pods."""

from distributed import LocalCluster


class KubeCluster(LocalCluster):
    def __init__(self, *, name, image, n_workers):
        super().__init__(n_workers=1, threads_per_worker=1, dashboard_address=None)
'''


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Follower:
    """Return who did what the page on clusters says, up to Slurm and Kubernetes."""
    done = Follower(tmp_path_factory.mktemp("clusters"))
    done.follow("clusters.md")
    done.run("tbconvert ingest archive --logdir alone")
    return done


def test_clusters_are_used_as_the_page_says(followed: Follower) -> None:
    assert followed.unsaid("clusters.md") == []
    wanted = event_files(followed.folder / "alone")
    assert len(wanted) == 4
    for logdir in ("runs-local", "runs-threads", "runs-pool", "runs-together"):
        assert event_files(followed.folder / logdir) == wanted, logdir


def test_the_array_job_is_done_as_slurm_does_it(followed: Follower) -> None:
    script = (followed.folder / "convert.sbatch").read_text()
    (first, last) = re.findall(r"#SBATCH --array=(\d+)-(\d+)", script)[0]
    tasks = range(int(first), int(last) + 1)

    for task in tasks:
        slurm = {"SLURM_ARRAY_TASK_ID": str(task), "SLURM_ARRAY_TASK_COUNT": str(len(tasks))}
        followed.run("sh convert.sbatch", SLURM_CPUS_PER_TASK="1", **slurm)
    merge = "tbconvert report merge report-*.json"
    assert merge in (PAGES / "clusters.md").read_text()
    followed.run(merge)

    assert "4 runs written, 5 points" in followed.said[merge]
    assert event_files(followed.folder / "runs") == event_files(followed.folder / "alone")

    (followed.folder / "report-3.json").write_text("")
    followed.run(merge, status=2)
    (followed.folder / "report-3.json").unlink()
    followed.run(merge, status=1)


def test_the_matrix_of_a_ci(followed: Follower) -> None:
    workflow = yaml.safe_load((followed.folder / ".github/workflows/convert.yml").read_text())
    shard, merge = workflow["jobs"]["shard"], workflow["jobs"]["merge"]
    numbers = shard["strategy"]["matrix"]["shard"]

    for number in numbers:
        (followed.folder / "out").mkdir(exist_ok=True)
        for step in shard["steps"]:
            line = step.get("run", "").replace("${{ matrix.shard }}", str(number))
            if line and not line.startswith("pip "):
                followed.run(line)
    # what the artifacts of all machines are together: one folder
    (line,) = (step["run"] for step in merge["steps"] if "report" in step.get("run", ""))
    followed.run(line)

    reports = [json.loads(path.read_text()) for path in followed.folder.glob("out/*.json")]
    assert {report["shard"] for report in reports} == {f"{n}/{len(numbers)}" for n in numbers}
    assert "4 runs written, 5 points" in followed.said[line]
    assert event_files(followed.folder / "out/runs") == event_files(followed.folder / "alone")


@pytest.mark.parametrize(
    ("module", "text", "script"),
    [
        ("dask_jobqueue.py", SLURM, "python on_slurm.py archive runs-slurm"),
        (
            "dask_kubernetes/operator.py",
            KUBERNETES,
            "python on_kubernetes.py archive runs-kubernetes registry/tbconvert",
        ),
    ],
)
def test_the_scripts_for_dask(followed: Follower, module: str, text: str, script: str) -> None:
    place = followed.folder / "site" / module
    place.parent.mkdir(exist_ok=True)
    place.write_text(text)

    followed.run(script)

    logdir = followed.folder / script.split()[3]
    assert event_files(logdir) == event_files(followed.folder / "alone")


@pytest.mark.parametrize("page", ["archives.md", "clusters.md"])
def test_links_of_these_pages_lead_somewhere(page: str) -> None:
    text = (PAGES / page).read_text()
    titles = re.findall(r"(?m)^#+ (.+)$", text)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}

    for link in re.findall(r"\]\(([^)]+)\)", text):
        if link.startswith("#"):
            assert link[1:] in anchors
        elif "://" not in link:
            assert (PAGES / link).exists()
