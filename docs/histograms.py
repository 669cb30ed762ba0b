"""Compare histograms as TensorBoard draws them, of tbconvert and of other writers.

Writes the tables of ``docs/histograms.md`` and its picture anew. Needs the extras ``test``,
``bench`` and ``browser``, and Chromium:

    PYTHONPATH=tests python docs/histograms.py
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from browser.chromium import chromium
from browser.picture import picture_at_rest, write_picture
from numpy.typing import NDArray
from oracle import TensorBoard
from oracle.python_loader import read
from oracle.series import Logdir
from redrawn import KINDS, STEPS, kind, percentile_error, wrong_mass

from tbconvert import RunWriter

SHOWN = ("1 ± 0.001", "small integers", "two clusters")
SIZE = (1480, 960)
PAGE = Path(__file__).resolve().with_suffix(".md")
Data = dict[str, list[NDArray[np.float32]]]


def main() -> None:
    """Write the same numbers with each, read them back by TensorBoard's code, and compare."""
    drifting = {name: kind(name, steps=STEPS) for name in KINDS}
    single = {name: steps[:1] for name, steps in drifting.items()}
    with tempfile.TemporaryDirectory() as logdir:
        for name, write in WRITERS.items():
            write(Path(logdir), name, drifting)
        found = read(logdir)

    page = PAGE.read_text()
    for mark, lines in {
        "one step": _table(lambda run: _wrong(single, found, run)),
        "20 steps": _table(lambda run: _wrong(drifting, found, run)),
        "percentiles": _table(lambda run: _percentiles(single, found, run)),
        "entries": _table(lambda run: _entries(single, found, run)),
    }.items():
        text = "\n".join(lines)
        page, count = re.subn(
            rf"(<!-- {mark} -->\n).*?(<!-- end -->)", rf"\g<1>{text}\n\2", page, flags=re.DOTALL
        )
        if count != 1:
            raise SystemExit(f"{PAGE.name}: {count} places for the table {mark!r}, wanted 1")
    PAGE.write_text(page)
    print(f"{PAGE.relative_to(PAGE.parents[1])}: written")
    write_picture(PAGE.with_suffix(".png"), _picture({name: drifting[name] for name in SHOWN}))


def _picture(data: Data) -> bytes:
    """Return the page that shows some of the data, a row for each writer."""
    # the page shows the logdir as it was named
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, write in WRITERS.items():
            write(Path("runs"), name, data)
        with TensorBoard("runs") as board, chromium() as browser:
            page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
            page.goto(f"{board.url}#histograms")
            page.locator("vz-histogram-timeseries").nth(len(WRITERS) * len(data) - 1).wait_for()
            return picture_at_rest(page)


def _write_tbconvert(logdir: Path, run: str, data: Data) -> None:
    with RunWriter(logdir, run) as writer:
        _write(writer, data)


def _write_torch(logdir: Path, run: str, data: Data) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(logdir / run)) as writer:
        _write(writer, data)


def _write_tensorboardx(logdir: Path, run: str, data: Data) -> None:
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(logdir / run)) as writer:
        _write(writer, data)


def _write(writer: Any, data: Data) -> None:
    for tag, steps in zip(_tags(data), data.values(), strict=True):
        for step, values in enumerate(steps):
            writer.add_histogram(tag, values, step)


WRITERS = {
    "tbconvert": _write_tbconvert,
    "torch": _write_torch,
    "tensorboardX": _write_tensorboardx,
}


def _tags(data: Data) -> list[str]:
    # of one group, which the page shows opened; torch replaces any other character
    return ["data/" + re.sub(r"[^\w.]+", "_", name) for name in data]


def _served(data: Data, found: Logdir, run: str) -> Iterable[tuple[list[Any], list[Any]]]:
    for tag, steps in zip(_tags(data), data.values(), strict=True):
        yield steps, list(found[run][tag].values[: len(steps)])


def _wrong(data: Data, found: Logdir, run: str) -> list[str]:
    shares = (max(wrong_mass(steps, rows)) for steps, rows in _served(data, found, run))
    return [f"{share:.2%}".replace("%", " %") for share in shares]


def _percentiles(data: Data, found: Logdir, run: str) -> list[str]:
    served = _served(data, found, run)
    return [f"{percentile_error(steps[0], rows[0]):.3f}" for steps, rows in served]


def _entries(data: Data, found: Logdir, run: str) -> list[str]:
    return [f"{len(rows[0])}" for _, rows in _served(data, found, run)]


def _table(column: Callable[[str], list[str]]) -> list[str]:
    columns = [column(run) for run in WRITERS]
    rows = zip(KINDS, *columns, strict=True)
    head = [f"| data | {' | '.join(WRITERS)} |", f"|---|{'--:|' * len(WRITERS)}"]
    return head + [f"| {' | '.join(cells)} |" for cells in rows]


if __name__ == "__main__":
    main()
