"""``make bench-dialects``: each dialect beside the generic path, on the same bytes.

The logs are those of ``fixtures/``, made long by ``bench.longer``. Both ways convert in one
process after it has converted the short log, in turn, and processor time counts: imports
are left out, and a busy machine wavers less.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, groupby, islice
from pathlib import Path
from statistics import median
from typing import Any

from bench.measure import ROOT, run

FIXTURES = ROOT / "fixtures"
RESULTS = ROOT / "bench" / "DIALECTS.md"
PLACE = ROOT / "bench" / "data"
WANTED = 1.5
RUN_COLUMNS = {"optuna": "number", "wandb-api": "name", "wandb-runs": "Name"}
"""Where each row of a table is a run: what parts the rows by the generic way as well."""
_NAME = re.compile(r"\b([a-z]+-[a-z]+)-\d+")
"""What Weights & Biases calls runs: two words, and how many runs there are by then."""
NEVER_LONG = {
    "mlflow-settings": "a file for each setting, of one line",
    "torchrl-settings": "a file for all settings, of one value",
}
HEADER = """\
| dialect | log | MB | points | generic points | own | generic | ratio | |
|---|---|--:|--:|--:|--:|--:|--:|---|"""


@dataclass(frozen=True, slots=True)
class Log:
    """A short log of one dialect, in the folder of its case."""

    dialect: str
    form: str
    delimiter: str
    case: Path
    file: Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.dialects", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these dialects")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each (%(default)s)")
    parser.add_argument("--megabytes", type=float, default=8, help="of each log (%(default)s)")
    parser.add_argument("--measure", nargs=3, metavar=("SHORT", "LONG", "DIALECT"))
    options = parser.parse_args()
    if options.measure:
        short, long, dialect = options.measure
        print(json.dumps(measured(Path(short), Path(long), dialect, options.repeat)))
        return
    PLACE.mkdir(exist_ok=True)
    lines: list[str] = []
    passed_over: list[str] = []
    met = set[str]()
    print(HEADER, flush=True)
    for log in chosen(options.only):
        with tempfile.TemporaryDirectory(dir=PLACE) as folder:
            made = row(log, Path(folder), options.megabytes, options.repeat)
        (lines if made.startswith("|") else passed_over).append(made)
        print(made, flush=True)
        met.add(log.dialect)
    if not options.only:
        passed_over += unmeasured(met)
        write(lines, passed_over, options.repeat)


def write(lines: list[str], passed_over: list[str], repeat: int) -> None:
    """Keep the table."""
    from bench.__main__ import machine

    about = [
        f"By `make bench-dialects` on {time.strftime('%Y-%m-%d')}: logs of `fixtures/`, their",
        "records repeated with steps and times that go on, converted by the dialect that they are",
        f"known by, and by `--dialect generic`. Medians of {repeat}, of processor time without",
        f"imports; a ratio is own by generic, and is to be at most {WANTED}. Of tables with a run",
        "in each row there are a thousand, the most that are made of one file, by either way.",
    ]
    rest = ["", "Not measured:", "", *(f"- {said}" for said in passed_over)] if passed_over else []
    listed = ["# Dialects measured", "", *about, "", *machine()[5:], "", HEADER, *lines, *rest, ""]
    RESULTS.write_text("\n".join(listed))
    print(f"\nwritten: {RESULTS.relative_to(ROOT)}")


def chosen(only: list[str] | None) -> Iterator[Log]:
    """Yield the largest log of each dialect and format, by name."""
    largest: dict[tuple[str, str], Log] = {}
    for log in logs():
        key = (log.dialect, log.form)
        if key not in largest or largest[key].file.stat().st_size < log.file.stat().st_size:
            largest[key] = log
    for key in sorted(largest):
        if not only or key[0] in only:
            yield largest[key]


def logs() -> Iterator[Log]:
    """Yield the logs among the fixtures that a dialect knows and that can be long."""
    from tbconvert import plan_runs

    for expected in sorted(FIXTURES.glob("*/*/expected.json")):
        for file in sorted(expected.parent.rglob("*")):
            if not file.is_file() or file.name in ("expected.json", "ORIGIN"):
                continue
            for job in plan_runs([str(file)], "runs").jobs:
                for source in job.sources:
                    is_long = source.format in ("csv", "jsonl", "json")
                    if is_long and source.dialect != "generic" and source.uri == str(file):
                        delimiter = str(source.read_options.get("delimiter", ""))
                        yield Log(source.dialect, source.format, delimiter, expected.parent, file)


def unmeasured(met: set[str]) -> Iterator[str]:
    """Yield why the dialects without such a log have no row."""
    from tbconvert.dialects import DIALECTS, GENERIC

    for dialect in DIALECTS:
        if dialect.name in met or dialect is GENERIC:
            continue
        said = "lines of a console, of which the generic path has no points"
        if not dialect.pattern:
            said = NEVER_LONG.get(dialect.name, "no log of it is among the fixtures")
        yield f"{dialect.name}: {said}"


def row(log: Log, folder: Path, megabytes: float, repeat: int) -> str:
    """Measure one log, and return its line of the table, or what is in the way."""
    name = f"{log.dialect}: {log.file.relative_to(FIXTURES)}"
    text = LONGER.get((log.dialect, log.form), again)(log, int(megabytes * 1e6))
    if text is None:
        return f"{name}: has no records to repeat"
    short, long = folder / "short", folder / "long"
    # what lies beside a log tells what it is
    for place in (short, long):
        shutil.copytree(log.case, place / log.case.name)
    inside = log.file.relative_to(log.case.parent)
    (long / inside).write_text(text)
    command = (sys.executable, "-m", "bench.dialects", "--repeat", str(repeat))
    result = run((*command, "--measure", str(short / inside), str(long / inside), log.dialect))
    found = json.loads(result.output)
    if "problem" in found:
        return f"{name}: {found['problem']}"
    own, generic = found["own"], found["generic"]
    ratio = own / generic
    cells = (
        log.dialect,
        f"{log.file.name} ({log.form})",
        f"{len(text) / 1e6:.1f}",
        f"{found['points']['own']:,}",
        f"{found['points']['generic']:,}",
        f"{own:.2f} s",
        f"{generic:.2f} s",
        f"{ratio:.2f} ×",
        "yes" if ratio <= WANTED else "**no**",
    )
    return f"| {' | '.join(cells)} |"


def measured(short: Path, long: Path, dialect: str, repeat: int) -> dict[str, Any]:
    """Convert a log in both ways, in turn; return the medians, or what is in the way."""
    ways: dict[str, dict[str, Any]] = {"own": {}, "generic": {"dialect": "generic"}}
    if long.suffix == ".csv" and dialect in RUN_COLUMNS:
        ways["generic"]["run_column"] = RUN_COLUMNS[dialect]
    for how in ways.values():
        converted(short, how)
    times: dict[str, list[float]] = {way: [] for way in ways}
    points: dict[str, int] = {}
    for _ in range(repeat):
        for way, how in ways.items():
            seconds, report = converted(long, how)
            times[way].append(seconds)
            known = {source["dialect"] for one in report["runs"] for source in one["sources"]}
            points[way] = report["totals"]["points"]
            if way == "own" and dialect not in known:
                return {"problem": f"the long log is known as {', '.join(known) or 'nothing'}"}
            if not points[way]:
                said = [problem["problem"] for one in report["runs"] for problem in one["problems"]]
                return {"problem": f"no points by the {way} way: {'; '.join(said[:1])}"}
    return {way: median(all_times) for way, all_times in times.items()} | {"points": points}


def converted(file: Path, how: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    """Convert a log into a folder of its own, and return the processor time and the report."""
    import tbconvert

    with tempfile.TemporaryDirectory(dir=PLACE) as logdir:
        start = time.process_time()
        report = tbconvert.ingest(str(file), logdir=logdir, **how)
        return time.process_time() - start, report.to_json(0)


# --------------------------------------------------------------------------- made longer


def again(log: Log, size: int) -> str | None:
    """Return a log whose records come again and again; None if there are hardly any."""
    from bench.longer import lengthened

    text = lengthened(log.file, log.form, log.delimiter, size)
    return None if text is None or len(text) < size / 4 else text


def more_runs(log: Log, size: int) -> str | None:
    """Return a table with a run in each row, as many as are made of one file."""
    from bench.longer import lengthened
    from tbconvert.normalize.stacks import MOST_RUNS

    text = lengthened(log.file, log.form, log.delimiter, size) or ""
    lines = text.splitlines(keepends=True)[: 1 + MOST_RUNS]
    return "".join(_NAME.sub(rf"\1-{at}", line, count=1) for at, line in enumerate(lines))


def more_reports(log: Log, size: int) -> str:
    """Return a journal whose trials report more often on their way."""
    text = log.file.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    by_trial = groupby(lines, key=lambda line: line.get("step", -1) >= 0 and line["trial_id"])
    parts = [[*part] for _, part in by_trial]
    reports = sum(len(part) for part in parts if "step" in part[0])
    times = size * len(lines) // (len(text) * reports)

    def longer(part: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        count = len(part) * times if "step" in part[0] else len(part)
        for step, line in enumerate(islice(cycle(part), count)):
            yield line | {"step": step} if "step" in line else line

    every = (line for part in parts for line in longer(part))
    return "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in every)


def longer_curves(log: Log, size: int) -> str:
    """Return published scores whose curves have more points."""
    text = log.file.read_text()
    curves = json.loads(text)
    for curve in curves:
        first, *_ = xs = curve["xs"]
        count = len(xs) * (size // len(text))
        curve["xs"] = [first * at for at in range(1, count + 1)]
        curve["ys"] = [*islice(cycle(curve["ys"]), count)]
    return json.dumps(curves)


LONGER: dict[tuple[str, str], Callable[[Log, int], str | None]] = {
    ("optuna", "csv"): more_runs,
    ("wandb-api", "csv"): more_runs,
    ("wandb-runs", "csv"): more_runs,
    ("optuna", "jsonl"): more_reports,
    ("dreamer", "json"): longer_curves,
}
"""How logs grow whose records do not simply come again, as their framework would have it."""


if __name__ == "__main__":
    main()
