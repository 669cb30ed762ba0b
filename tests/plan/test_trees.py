"""What of a tree is looked at, and what the runs in it are called."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tbconvert import Options, UsageError, plan_runs
from tbconvert.plan import Plan
from tbconvert.walking import Patterns

LOG = "step,loss\n0,1.0\n1,0.5\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work above a tree of five logs."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "x/b.csv", "x/debug/c.csv", "y/d.csv", "y/old/deep/e.csv"):
        path = Path("tree") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(LOG)
    return tmp_path


def plan(**options: object) -> Plan:
    return plan_runs(["tree"], "runs", Options(**options))  # type: ignore[arg-type]


def taken(made: Plan) -> list[str]:
    return sorted(source.uri.removeprefix("tree/") for job in made.jobs for source in job.sources)


def reasons(made: Plan) -> dict[str, str]:
    return {error.origin.uri: error.problem for error in made.skipped}


# ---------------------------------------------------------------------------- what is wanted


@pytest.mark.usefixtures("tree")
def test_a_folder_that_is_not_wanted_is_told_once() -> None:
    made = plan(exclude_files=("debug/", "old"))

    assert taken(made) == ["a.csv", "x/b.csv", "y/d.csv"]
    assert reasons(made) == {
        "tree/x/debug/": "unwanted: --exclude-files:1",
        "tree/y/old/": "unwanted: --exclude-files:2",
    }


@pytest.mark.usefixtures("tree")
def test_only_what_is_wanted() -> None:
    made = plan(include_files=("x/", "**/e.csv"))

    assert taken(made) == ["x/b.csv", "x/debug/c.csv", "y/old/deep/e.csv"]
    assert reasons(made) == {
        "tree/a.csv": "no --include-files is for it",
        "tree/y/d.csv": "no --include-files is for it",
    }


@pytest.mark.usefixtures("tree")
def test_a_folder_says_itself_what_is_not_wanted_in_it() -> None:
    Path("tree/.tbconvertignore").write_text("# scratch\n\n*.csv\n!/a.csv\n")
    Path("tree/y/.tbconvertignore").write_text("!d.csv\nold/\n")

    made = plan()

    assert taken(made) == ["a.csv", "y/d.csv"]
    assert reasons(made) == {
        "tree/.tbconvertignore": "says which files are not wanted",
        "tree/y/.tbconvertignore": "says which files are not wanted",
        "tree/x/b.csv": "unwanted: .tbconvertignore:3",
        "tree/x/debug/c.csv": "unwanted: .tbconvertignore:3",
        "tree/y/old/": "unwanted: y/.tbconvertignore:2",
    }


@pytest.mark.usefixtures("tree")
def test_a_file_that_is_named_is_wanted() -> None:
    made = plan_runs(["tree/a.csv"], "runs", Options(exclude_files=("*",)))

    assert taken(made) == ["a.csv"]


names = st.text("abc.", min_size=1, max_size=3).filter(lambda name: not name.startswith("."))
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
parts = st.sampled_from(["a", "b", "ab", "*", "a*", "?", "[ab]", "[!a]", "**", "*.c", "a.b"])
lines = st.builds(
    lambda takes_back, start, path, end: f"{takes_back}{start}{'/'.join(path)}{end}",
    st.sampled_from(["", "", "", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(parts, min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which git can be asked."""
    path = tmp_path_factory.mktemp("git")
    subprocess.run(["git", "init", "-q", path], check=True)
    return path


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(patterns=st.lists(lines, min_size=1, max_size=4), path=paths)
def test_patterns_are_those_of_git(repository: Path, patterns: list[str], path: str) -> None:
    (repository / ".gitignore").write_text("\n".join(patterns) + "\n")
    asked = subprocess.run(
        ["git", "-C", repository, "check-ignore", "-q", "--no-index", path], check=False
    )
    assert asked.returncode in (0, 1)

    found = Patterns().within((), patterns, "here")

    whole = path.split("/")
    ours = any(
        found.matching(whole[:level], is_folder=level < len(whole))
        for level in range(1, len(whole) + 1)
    )
    assert ours == (asked.returncode == 0)


# ------------------------------------------------------------------------------- their names


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("{parent}-{stem}", ["tree-a", "x-b", "debug-c", "y-d", "deep-e"]),
        ("all/{run}", ["all/a", "all/x/b", "all/x/debug/c", "all/y/d", "all/y/old/deep/e"]),
        ("{folder}/{name}", ["a.csv", "x/b.csv", "x/debug/c.csv", "y/d.csv", "y/old/deep/e.csv"]),
        ("{dialect}/{grandparent}/{stem}", None),
    ],
)
def test_a_template_names_the_runs(template: str, wanted: list[str] | None, tree: Path) -> None:
    made = plan(run_name=template)

    above = {"a": tree.name, "b": "tree", "c": "x", "d": "tree", "e": "old"}
    wanted = wanted or [f"generic/{above[stem]}/{stem}" for stem in "abcde"]
    assert [str(job.run) for job in made.jobs] == wanted


@pytest.mark.usefixtures("tree")
def test_names_that_would_be_one_are_told_apart() -> None:
    made = plan(run_name="{dialect}")

    assert [str(job.run) for job in made.jobs] == [
        *("generic", "generic-2", "generic-3", "generic-4", "generic-5"),
    ]
    (note,) = made.jobs[1].sources[0].read_options["notes"]
    assert note == "the run is 'generic-2': 'generic' would be that of another one too"


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{stme}", "did you mean 'stem'?"),
        ("{0}", "'0' is nothing of a run; wanted run, stem, name"),
        ("{stem.__class__}", "'stem.__class__' is nothing of a run"),
        ("{stem!r}", "wanted plain names in braces"),
        ("{stem:>9}", "wanted plain names in braces"),
        ("{stem", "wanted names in braces, as {parent}"),
        ("all", "the same for all runs; --run names a single one"),
    ],
)
def test_a_template_that_makes_no_names(template: str, said: str) -> None:
    with pytest.raises(UsageError, match="--run-name") as caught:
        plan(run_name=template)

    assert said in str(caught.value)


@pytest.mark.usefixtures("tree")
def test_no_template_leads_out_of_the_logdir() -> None:
    Path("tree/...csv").write_text(LOG)

    made = plan_runs(["tree/...csv"], "runs", Options(run_name="../{stem}/../../{stem}"))

    (job,) = made.jobs
    assert ".." not in job.run.split("/")
