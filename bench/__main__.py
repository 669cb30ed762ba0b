"""``make bench``: measure every row of the table, print it, and keep it in RESULTS.md."""

from __future__ import annotations

import argparse
import compileall
import importlib.metadata
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from bench.archives import ROWS as OF_ARCHIVES
from bench.measure import ROOT, clear
from bench.readings import ROWS as OF_READINGS
from bench.rows import ROWS as OF_LOGS
from bench.rows import Row

ROWS = [*OF_LOGS, *OF_ARCHIVES, *OF_READINGS]
RESULTS = ROOT / "bench" / "RESULTS.md"
HEADER = """\
| what; beside it | tbconvert | beside it | ratio | wanted | |
|---|--:|--:|--:|--:|---|"""
PACKAGES = ("numpy", "pyarrow", "protobuf", "crc32c", "click", "torch", "tensorboardX", "tbparse")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these rows (a part will do)")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each (%(default)s)")
    parser.add_argument("--list", action="store_true", help="say which rows there are")
    options = parser.parse_args()
    if options.list:
        print(*(f"{row.name:18}{row.what}" for row in ROWS), sep="\n")
        return
    chosen = [
        row for row in ROWS if not options.only or any(part in row.name for part in options.only)
    ]
    if not chosen:
        parser.error(f"no row is called {' or '.join(options.only)}; see --list")

    logs = list(dict.fromkeys(log for row in chosen for log in row.logs))
    subprocess.run(
        [sys.executable, "-m", "bench.data", *logs], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    for package in ("tbconvert", "bench"):
        compileall.compile_dir(ROOT / package, quiet=1)
    lines = []
    before = machine()
    print(HEADER, flush=True)
    for row in chosen:
        lines.append(measure(row, options.repeat))
        print(lines[-1], flush=True)
    if not options.only:
        text = "\n".join(["# Measured", "", *before, "", HEADER, *lines, ""])
        RESULTS.write_text(text)
        print(f"\nwritten: {RESULTS.relative_to(ROOT)}")


def measure(row: Row, repeat: int) -> str:
    """Run one row's two sides in turn, and return its line of the table."""
    ours, theirs = [], []
    for _ in range(max(1, round(repeat * row.factor))):
        ours.append(row.ours.run())
        if row.theirs is not None:
            theirs.append(row.theirs.run())
    mine = median(ours)
    judged = mine / median(theirs) if theirs else mine
    good = judged <= row.wanted if row.better == "less" else judged >= row.wanted
    limit = f"{'≤' if row.better == 'less' else '≥'} {row.wanted:,g}"
    ratio = f"{judged:,.0f} ×" if judged >= 100 else f"{judged:.3g} ×"
    cells = [
        row.what,
        show(mine, row.unit),
        show(median(theirs), row.unit) if theirs else "",
        ratio if theirs else "",
        f"{limit} ×" if theirs else f"{limit} {row.unit}",
        "yes" if good else "**no**",
    ]
    return f"| {' | '.join(cells)} |"


def show(figure: float, unit: str) -> str:
    """Write a figure in three digits or so."""
    if figure >= 1e6:
        return f"{figure / 1e6:.3g} M {unit}"
    return f"{figure:,.0f} {unit}" if figure >= 100 else f"{figure:.3g} {unit}"


def machine() -> list[str]:
    """Say what was measured where, and how to do it again."""
    versions = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"no {name}")
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > cores / 4:
        print(f"the machine is busy (load {load:.1f}): the figures will waver", file=sys.stderr)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return [
        f"By `make bench` on {time.strftime('%Y-%m-%d')}: medians of fresh processes that run in",
        "turn (ours, theirs, ours, theirs, …). A ratio is ours by theirs; times are of whole",
        "processes, imports and all; the rates of `SummaryWriter` leave its imports out.",
        "Every run's report is held against the number of points that the log has.",
        "",
        f"- {processor()}, {cores} cores, {memory:.0f} GB; load at the start {load:.1f}",
        f"- {platform.system()} {platform.release()}, {system()}",
        f"- {', '.join(versions)}",
    ]


def processor() -> str:
    """Return the processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def system() -> str:
    """Return the distribution's name."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform()


if __name__ == "__main__":
    try:
        main()
    finally:
        clear()
