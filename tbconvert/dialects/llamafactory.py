"""LLaMA-Factory: a log of its own beside the state of the Trainer it hangs on."""

from collections.abc import Iterator, Mapping, Sequence

from tbconvert.dialects import trainer_state
from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.durations import in_seconds
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import of_tables
from tbconvert.model import Raw, RawTable, Source

_LOG = "trainer_log.jsonl"


def _adapt(source: Source) -> Adapter:
    if source.format == "json":
        return trainer_state.adapt(source)

    @of_tables
    def adapted(raw: RawTable) -> Iterator[Raw]:
        yield in_seconds(raw, "elapsed_time", "remaining_time")

    return adapted


def _copies(paths: Sequence[str]) -> Mapping[str, str]:
    # the state of a training that has ended has all that the log has, and more; while it runs,
    # the log is ahead of the checkpoints
    return trainer_state.copies(paths, after=(_LOG,))


LLAMAFACTORY = on_generic(
    "llamafactory",
    "LLaMA-Factory: trainer_log.jsonl, and the trainer_state.json beside it",
    Mark(columns=("current_steps", "total_steps", "elapsed_time", "remaining_time")),
    *trainer_state.marks(_LOG),
    sample="tbconvert ingest saves/ --logdir runs",
    steps=("current_steps", "step"),
    clocks=("elapsed_time",),
    stock_names=("trainer_log", "trainer_state", "all_results", "train_results", "eval_results"),
    stock_folders=(trainer_state.CHECKPOINTS,),
    adapt=_adapt,
    copies=_copies,
)
