"""What is the matter with one event file, whatever its tags are."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tbconvert.decode.parts import NO_EVENT, Damage
from tbconvert.serving.contents import Contents
from tbconvert.serving.finding import Finding, Severity, counted
from tbconvert.serving.names import SKIPPED_BY_PYTHON
from tbconvert.serving.nature import LIMITS_WANTED


def file_findings(contents: Contents) -> Iterator[Finding]:
    """Yield what is the matter with a file."""

    def found(code: str, severity: Severity, said: str, cure: str) -> Finding:
        return Finding(code, severity, contents.name, None, said, cure)

    if contents.is_empty:
        yield found("empty-file", "hint", "the file is empty", "remove it")
        return
    if contents.name.endswith(SKIPPED_BY_PYTHON) and contents.tracks:
        said = (
            f"TensorBoard reads it, its Python reader passes over files named *{SKIPPED_BY_PYTHON}"
        )
        yield found("profile-empty", "loss", said, "give it another name")
    for damage in _first_of_a_kind(contents.damages):
        code, said, cure = _of_damage(damage, contents)
        yield found(code, "loss", said, cure)
    for code, order, what, cure in _breaks(contents):
        said = (
            f"record {order} is {what}, its Python reader ends there, with all runs it has not read"
        )
        yield found(code, "loss", said, cure)
    yield from _of_times(contents)
    if not any(order == 0 for order, _ in contents.versions) and not contents.damages:
        said = (
            "the first record is no file_version: the Python reader drops points where steps "
            "of the file go back"
        )
        yield found("first-record", "hint", said, "write brain.Event:2 first")


def _first_of_a_kind(damages: list[Damage]) -> list[Damage]:
    kinds: dict[tuple[str, str], Damage] = {}
    # a wrong checksum comes before what else is wrong with its record
    for damage in sorted(damages, key=lambda damage: (damage.order, damage.wrong == "payload")):
        kinds.setdefault((damage.wrong, damage.parsed_by), damage)
    told: dict[int, Damage] = {}
    for damage in kinds.values():
        told.setdefault(damage.order, damage)
    return list(told.values())


def _breaks(contents: Contents) -> Iterator[tuple[str, float, str, str]]:
    """Yield code, order, what is there, and the cure of what the Python reader fails at."""
    breaks = contents.breaks()
    if "histo" in breaks:
        what = "a histogram with fewer limits than buckets: TensorBoard drops it"
        yield "histogram-limits", breaks["histo"], what, LIMITS_WANTED
    if "tensor" in breaks:
        what = "a tensor of sounds one side of which is 0: TensorBoard reads on"
        yield "no-sounds", breaks["tensor"], what, "write sounds of the shape [k, 2]"
    if (order := contents.graph_breaks()) < math.inf:
        what = "a meta graph that cannot be read: TensorBoard passes over it"
        yield "meta-graph", order, what, "remove the record, or write graphs as graph_def"


def _of_damage(damage: Damage, contents: Contents) -> tuple[str, str, str]:
    """Return code, what is said, and the cure."""
    place, rest = f"at byte {damage.offset}", counted(damage.rest, "byte")
    both = "TensorBoard and its Python reader"
    match damage.wrong:
        case "torn":
            said = (
                f"the last record is cut off: {rest} {place} cannot be read; "
                "what is appended behind is lost"
            )
            return "torn", said, f"cut the file off {place}, unless it is being written"
        case "length" if damage.offset == 0:
            return "foreign", f"no event file: {both} read nothing of it", "move it away"
        case "length":
            said = f"no record {place}: {both} read nothing of the {rest} from there"
            return "length", said, f"cut the file off {place}, or write what is behind anew"
        case "payload":
            what = NO_EVENT[damage.parsed_by]
            said = f"record {damage.order} {place} is {what}: {_readers(damage, contents)}"
            return "payload", said, "remove the record, or write the file anew"
    takes = "TensorBoard takes the record as it is and reads on, its Python reader stops"
    if contents.data_server_ends() <= damage.order:
        takes = f"{both} stop there"
    count = sum(other.wrong == "checksum" for other in contents.damages)
    said = (
        f"wrong checksum of record {damage.order} {place}"
        + (f", and of {count - 1:,} more" if count > 1 else "")
        + f": {takes}"
        + _values(contents, damage.order)
    )
    return "checksum", said, "do not trust its values: write the file anew"


def _readers(damage: Damage, contents: Contents) -> str:
    """Return what both readers do with a record whose payload is wrong."""
    tensorboard = (
        "TensorBoard takes it"
        if damage.parsed_by == "prost"
        else "TensorBoard reads nothing of the file from there"
        + _values(contents, contents.data_server_ends())
    )
    if damage.parsed_by == "protobuf":
        return f"{tensorboard}, its Python reader goes on"
    if contents.python_ends() < damage.order:
        return f"{tensorboard}, its Python reader stopped before"
    return f"{tensorboard}, its Python reader fails, with all runs it has not read"


def _of_times(contents: Contents) -> Iterator[Finding]:
    if contents.nan_from < math.inf:
        said = (
            f"the wall time of record {contents.nan_from} is NaN: TensorBoard reads nothing of the "
            f"file from there{_values(contents, contents.nan_from)}; its Python reader goes on"
        )
        cure = "write finite wall times"
        yield Finding("wall-time", "loss", contents.name, None, said, cure)
    infinite = sum(
        len(stretch)
        for track in contents.tracks.values()
        for stretch in track.arranged()
        if stretch.nature.is_timeless
    )
    if infinite:
        said = f"infinite wall times: TensorBoard drops their values (values lost: {infinite:,})"
        cure = "write finite wall times"
        yield Finding("wall-time", "loss", contents.name, None, said, cure)
    if contents.earliest <= 0:
        said = f"the earliest wall time is {contents.earliest:g}: the run is shown as begun then"
        cure = "write wall times in seconds since 1970 on every record"
        yield Finding("start-time", "hint", contents.name, None, said, cure)


def _values(contents: Contents, end: float) -> str:
    """Return how many values are not read from a record on, in brackets."""
    count = sum(
        len(stretch) - len(stretch.before(end) or ())
        for track in contents.tracks.values()
        for stretch in track.arranged()
    )
    return f" (values lost: {count:,})" if count else ""
