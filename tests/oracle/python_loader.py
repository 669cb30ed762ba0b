"""What TensorBoard's Python code finds in a log directory.

Two programs, not one: ``read`` is the loader behind ``tensorboard --load_fast=false``;
``read_accumulator`` is the ``EventAccumulator`` that notebooks and other tools import, with
other rules for old-style values. A broken record raises here; it is not passed over.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from tensorboard.backend.event_processing import io_wrapper
from tensorboard.backend.event_processing.data_ingester import LocalDataIngester
from tensorboard.backend.event_processing.event_accumulator import (
    COMPRESSED_HISTOGRAMS,
    HISTOGRAMS,
    IMAGES,
    SCALARS,
    TENSORS,
    EventAccumulator,
)

from oracle.series import EVERYTHING, PLUGINS, Logdir, read_provider, scalar_series


def read(logdir: Path | str) -> Logdir:
    """Read everything, as the Python web server would serve it."""
    ingester = LocalDataIngester(
        Namespace(
            logdir=str(logdir),
            logdir_spec="",
            samples_per_plugin=dict.fromkeys(PLUGINS, EVERYTHING),
            purge_orphaned_data=True,
            max_reload_threads=1,
            reload_multifile=False,
            reload_multifile_inactive_secs=0,
            detect_file_replacement=False,
            # one pass in this thread: an error raises here, and nothing goes on behind
            reload_interval=0,
            reload_task="blocking",
        )
    )
    ingester.start()
    return read_provider(ingester.data_provider)


def read_accumulator(logdir: Path | str) -> Logdir:
    """Read the old-style scalars, run by run: all that most other tools ever look at."""
    found: Logdir = {}
    for folder in io_wrapper.GetLogdirSubdirectories(str(logdir)):
        events = EventAccumulator(
            folder,
            size_guidance=dict.fromkeys(
                (SCALARS, TENSORS, HISTOGRAMS, COMPRESSED_HISTOGRAMS, IMAGES), EVERYTHING
            ),
        )
        events.Reload()
        run = found[Path(folder).relative_to(logdir).as_posix()] = {}
        for tag in events.Tags()[SCALARS]:
            points = events.Scalars(tag)
            run[tag] = scalar_series(
                (point.step for point in points),
                (point.wall_time for point in points),
                (point.value for point in points),
            )
    return found
