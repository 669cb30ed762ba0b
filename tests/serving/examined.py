"""A run, or a whole logdir, by the model: in the shape in which the readers tell theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from oracle.readers import Served, by_data_server, by_python
from serving.generator import PLUGINS

from tbconvert.decode import read_events
from tbconvert.decode.parts import Part
from tbconvert.serving import Examination

Change = Callable[[list[Part]], Iterable[Part]]


def examine(run: Path, change: Change = list) -> Examination:
    """Examine the files of a run, with ``change`` made to what is read of each."""
    examination = Examination()
    for path in sorted(path for path in run.glob("*tfevents*") if path.is_file()):
        examination.begin_file(path.name)
        with path.open("rb") as stream:
            for part in change(list(read_events(stream, path.stat().st_size))):
                examination.see(part)
    return examination


def agree(logdir: Path, *names: str) -> dict[str, Examination]:
    """Examine some runs, and fail unless both readers serve what the model says."""
    examined = {name: examine(logdir / name) for name in names}
    data_server, python = by_model(examined)
    served = by_data_server(logdir, *PLUGINS)
    assert {name: served.get(name, {}) for name in names} == data_server
    assert by_python(logdir, list(names), *PLUGINS) == python
    return examined


def by_model(runs: dict[str, Examination]) -> tuple[Served, Served]:
    """Return what the data server would serve, and what the Python reader would."""
    data_server: Served = {run: {} for run in runs}
    python: Served = {run: {} for run in runs}
    for run, examination in runs.items():
        for tag, served in examination.served().items():
            for found, shown in ((data_server, served.data_server), (python, served.python)):
                if shown is not None:
                    steps = shown.steps.array().tolist()
                    found[run][tag] = (shown.plugin, shown.data_class, steps)
    return data_server, python
