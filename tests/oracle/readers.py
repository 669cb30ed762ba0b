"""What the two readers of TensorBoard serve, run by run, whatever state the files are in.

``oracle.read_back`` is for logdirs that are as they should be. Here nothing has to be: a run
that a reader fails at costs itself, a tag that it cannot serve likewise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
import tensorboard_data_server
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.compat.proto import summary_pb2
from tensorboard.context import RequestContext
from tensorboard.data import grpc_provider
from tensorboard.data.proto import data_provider_pb2
from tensorboard.data.provider import RunTagFilter

from oracle.data_server import _LOADED, _Process
from oracle.series import EVERYTHING

Served = dict[str, dict[str, tuple[str, int, list[int]]]]
"""{run: {tag: (plugin, data class, steps)}}."""


def by_data_server(logdir: Path, *plugins: str, descriptors: int | None = None) -> Served:
    """Return what the data server serves of some plugins, with its flags as TensorBoard has them.

    It may have ``descriptors`` files open.
    """
    binary = tensorboard_data_server.server_binary()
    if binary is None:
        pytest.skip("tensorboard-data-server has no program for this platform")
    command = [
        binary,
        *(f"--logdir={logdir}", "--reload=once", "--host=127.0.0.1", "--port=0"),
        *("--die-after-stdin", "--verbose"),
        "--samples-per-plugin=" + ",".join(f"{plugin}=all" for plugin in plugins),
    ]
    if descriptors is not None:
        command = ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh", *command]
    with _Process(command) as server:
        port = server.wait_for(re.compile(r"listening on .*:(\d+)"))[1]
        server.wait_for(_LOADED)
        with grpc.insecure_channel(
            f"127.0.0.1:{port}", options=[("grpc.max_receive_message_length", -1)]
        ) as channel:
            stub = grpc_provider.make_stub(channel)
            runs = stub.ListRuns(data_provider_pb2.ListRunsRequest()).runs
            found: Served = {run.name: {} for run in runs}
            for plugin in plugins:
                for data_class, kind in enumerate(("Scalars", "Tensors", "BlobSequences"), 1):
                    for run, tag, steps in _ask(stub, kind, plugin):
                        assert tag not in found[run]
                        found[run][tag] = (plugin, data_class, steps)
    return found


def _ask(stub: Any, kind: str, plugin: str) -> Iterator[tuple[str, str, list[int]]]:
    listing = getattr(data_provider_pb2, f"List{kind}Request")()
    reading = getattr(data_provider_pb2, f"Read{kind}Request")()
    listing.plugin_filter.plugin_name = reading.plugin_filter.plugin_name = plugin
    reading.downsample.num_points = EVERYTHING
    listed = {
        (run.run_name, tag.tag_name)
        for run in getattr(stub, f"List{kind}")(listing).runs
        for tag in run.tags
    }
    for run in getattr(stub, f"Read{kind}")(reading).runs:
        for tag in run.tags:
            if (run.run_name, tag.tag_name) in listed:
                yield run.run_name, tag.tag_name, list(tag.data.step)


def by_python(logdir: Path, runs: list[str], *plugins: str) -> Served:
    """Return what the Python reader serves of some runs and plugins."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer(
        run_path_map={run: str(logdir / run) for run in runs},
        size_guidance={"tensors": 0},
        tensor_size_guidance=dict.fromkeys(plugins, EVERYTHING),
    )
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(logdir))
    found: Served = {}
    for run in runs:
        accumulator = multiplexer.GetAccumulator(run)
        with suppress(Exception):  # its thread would end; what was read before is served
            accumulator.Reload()
        found[run] = {}
        for tag, metadata in accumulator.AllSummaryMetadata().items():
            plugin = metadata.plugin_data.plugin_name
            if plugin in plugins:
                steps = _steps(provider, plugin, metadata.data_class, run, tag)
                if steps is not None:
                    found[run][tag] = (plugin, metadata.data_class, steps)
    return found


def _steps(
    provider: data_provider.MultiplexerDataProvider,
    plugin: str,
    data_class: int,
    run: str,
    tag: str,
) -> list[int] | None:
    read = {
        summary_pb2.DATA_CLASS_SCALAR: provider.read_scalars,
        summary_pb2.DATA_CLASS_TENSOR: provider.read_tensors,
        summary_pb2.DATA_CLASS_BLOB_SEQUENCE: provider.read_blob_sequences,
    }.get(data_class)
    if read is None:
        return None
    try:
        points = read(
            RequestContext(),
            experiment_id="",
            plugin_name=plugin,
            downsample=EVERYTHING,
            run_tag_filter=RunTagFilter(runs=[run], tags=[tag]),
        )[run][tag]
    except Exception:  # as the page would answer 500
        return None
    if data_class == summary_pb2.DATA_CLASS_SCALAR and not all(
        # what JSON has no word for is answered by 500 too
        isinstance(point.value, int | float)
        for point in points
    ):
        return None
    return [point.step for point in points]
