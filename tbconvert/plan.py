"""Inputs → jobs: which file makes which run, and which file is passed over, and why."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from tbconvert import storage
from tbconvert.dialects import DIALECTS, by_name
from tbconvert.errors import SourceError, UsageError
from tbconvert.grouping import group_sources
from tbconvert.model import Origin, RawTable, Run, Source, safe_run
from tbconvert.naming import Name, Place, name_runs
from tbconvert.options import Options
from tbconvert.read import FORMATS, open_source, read_source, sniff_source
from tbconvert.series import compiled


@dataclass(frozen=True, slots=True)
class RunJob:
    """One run to be made: from which sources, into which logdir. Picklable.

    A run column, or a header that comes again, may turn it into several runs.
    """

    run: Run
    sources: tuple[Source, ...]
    target: str
    options: Options = field(default_factory=Options)
    sink: str = "directory"


@dataclass(slots=True)
class Plan:
    """What an ingest is going to do.

    ``failed`` are the inputs that the user named and that cannot be converted, and what the
    system does not let be read; ``skipped`` is what a walk met and passed over, each with its
    reason. ``spooled`` are temporary files, to be removed when all is done.
    """

    jobs: list[RunJob] = field(default_factory=list)
    failed: list[SourceError] = field(default_factory=list)
    skipped: list[SourceError] = field(default_factory=list)
    spooled: list[str] = field(default_factory=list)

    def remove_spooled(self) -> None:
        """Remove the temporary files."""
        for path in self.spooled:
            storage.remove(path)


@dataclass(frozen=True, slots=True)
class _Found:
    uri: str
    place: Place

    @property
    def is_named(self) -> bool:
        return self.place.below is None


def plan_runs(
    inputs: Sequence[str], logdir: str, options: Options | None = None, sink: str = "directory"
) -> Plan:
    """Look at files, folders, globs and "-" (standard input), and plan a run for each log.

    Raises
    ------
    UsageError
        An option asks for what there is not.
    """
    options = options or Options()
    _check(options, logdir)
    plan = Plan()
    try:
        found = list(_sources(inputs, options, plan))
    except BaseException:
        plan.remove_spooled()
        raise
    groups = group_sources(
        ((file.place, source, _HOLDS[source.format]) for file, source in found), options.step_from
    )
    names = name_runs(
        [group.place for group in groups], [group.dialect for group in groups], options.run
    )
    for name, group in zip(names, groups, strict=True):
        sources = _with_graph(group.sources, options)
        if name.run != name.wanted:
            sources[0] = _told_apart(sources[0], name)
        of_run = tuple(replace(source, run=name.run) for source in sources)
        plan.jobs.append(RunJob(name.run, of_run, logdir, options, sink))
    return plan


def _told_apart(source: Source, name: Name) -> Source:
    remark = f"the run is {str(name.run)!r}: {str(name.wanted)!r} would be that of another one too"
    notes = (*source.read_options.get("notes", ()), remark)
    return replace(source, read_options={**source.read_options, "notes": notes})


_HOLDS = {format.name: format.holds for format in FORMATS}


def _with_graph(sources: list[Source], options: Options) -> list[Source]:
    """Return the sources of a run, with the graph that the user names in place of any other."""
    if options.graph in _NO_FILE:
        return sources
    others = [source for source in sources if _HOLDS[source.format] != "graph"]
    name, read_options = sniff_source(options.graph, replace(options, format="graph"))
    return [*others, Source(options.graph, Run(""), name, DIALECTS[-1].name, read_options)]


_NO_FILE = ("auto", "none")


def _sources(
    inputs: Sequence[str], options: Options, plan: Plan
) -> Iterator[tuple[_Found, Source]]:
    for file in _distinct(_find(inputs, plan)):
        try:
            source = _source(file, options, plan)
            if not file.is_named and _is_settings(source, file.place):
                said = "settings rather than a log: a single line; converted where it is named"
                raise SourceError(Origin(file.uri), said)
            yield file, source
        except SourceError as err:
            is_failure = file.is_named or _may_be_a_log(err)
            (plan.failed if is_failure else plan.skipped).append(err)


def _is_settings(source: Source, place: Place) -> bool:
    """Tell whether a file is what a training was started with: by its name, and its one line."""
    names = by_name(source.dialect).settings_names
    if source.format != "jsonl" or place.stem().casefold() not in names:
        return False
    rows = 0
    with open_source(source) as stream:
        for raw in read_source(source, stream):
            rows += raw.batch.num_rows if isinstance(raw, RawTable) else 0
            if rows > 1:
                return False
    return True


def _may_be_a_log(error: BaseException | None) -> bool:
    """Tell whether the system kept a file back: then nobody can say that it is no log."""
    while error is not None and not isinstance(error, OSError):
        error = error.__cause__
    return error is not None and error.errno not in _NOTHING_THERE


_NOTHING_THERE = (None, errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
"""What a link says that leads nowhere, and None what is not said by the system at all."""


def _check(options: Options, logdir: str) -> None:
    _check_known("--format", options.format, [format.name for format in FORMATS])
    _check_known("--dialect", options.dialect, [dialect.name for dialect in DIALECTS])
    if options.step_from is not None:
        compiled(options.step_from)
    if options.image:
        from tbconvert.normalize.pictures import parse_rule  # slow to import

        for rule in options.image:
            parse_rule(rule)
    if options.graph not in _NO_FILE:
        _check_graph(options)
    if not logdir:
        raise UsageError("--logdir: got '', wanted a folder")
    if storage.is_uri(logdir):
        raise UsageError(f"--logdir: got {logdir!r}, wanted a folder of this machine")
    if options.run == "." and "tfevents" in PurePath(storage.absolute(logdir)).name:
        said = "TensorBoard takes a folder of such a name for an event file"
        raise UsageError(f"--logdir: got {logdir!r} for --run '.': {said}")
    if options.run is not None:
        parts = options.run.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
            raise UsageError(f"--run: got {options.run!r}, wanted a name inside of the logdir")
        plain = "/".join(part for part in parts if part)
        if plain != "." and (safe := safe_run(plain)) != plain:
            raise UsageError(
                f"--run: got {options.run!r}, which is no folder on every system; "
                f"{str(safe)!r} would be"
            )


def _check_graph(options: Options) -> None:
    try:
        sniff_source(options.graph, replace(options, format="graph"))
    except SourceError as err:
        near = difflib.get_close_matches(options.graph.strip().casefold(), _NO_FILE, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ", or 'auto', or 'none'"
        said = f"{options.graph!r}: {err.problem}"
        raise UsageError(f"--graph {said}; wanted the file of a graph{hint}") from err


def _check_known(option: str, name: str | None, known: list[str]) -> None:
    if name is None or name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise UsageError(f"{option}: got {name!r}, wanted one of {', '.join(known)}{hint}")


def _find(inputs: Iterable[str], plan: Plan) -> Iterator[_Found]:
    for name in inputs:
        if not name:
            raise UsageError("got '' as a source, wanted a file, a folder, a pattern or '-'")
        if name == storage.STDIN:
            yield _Found(name, Place((), "stdin"))
        elif storage.is_folder(name):
            yield from _walk(name, plan)
        elif storage.is_pattern(name):
            yield from _match(name, plan)
        elif storage.is_stream(name) and storage.absolute(name).startswith("/dev/"):
            # no name of its own: <(…) of a shell makes /dev/fd/63
            yield _Found(name, Place((), "stdin"))
        else:
            yield _Found(name, _place(name))


def _match(pattern: str, plan: Plan) -> Iterator[_Found]:
    matches = storage.match(pattern)
    if not matches:
        plan.failed.append(SourceError(Origin(pattern), "no file matches this pattern"))
    for match in matches:
        if storage.is_folder(match):
            yield from _walk(match, plan)
        else:
            yield _Found(match, replace(_place(match), below=0))


def _walk(folder: str, plan: Plan) -> Iterator[_Found]:
    depth = len(_place(folder).folders) + 1
    for path in storage.walk(folder, plan.failed.append):
        place = _place(path)
        yield _Found(path, replace(place, below=len(place.folders) - depth))


def _place(name: str) -> Place:
    path = PurePath(storage.absolute(name))
    folders = tuple(part for part in path.parts[:-1] if part != path.anchor)
    return Place(folders, path.name)


def _distinct(found: Iterable[_Found]) -> Iterator[_Found]:
    seen: set[str] = set()
    for file in found:
        key = file.uri if file.uri == storage.STDIN else storage.absolute(file.uri)
        if key not in seen:
            seen.add(key)
            yield file


def _source(file: _Found, options: Options, plan: Plan) -> Source:
    location = ""
    if file.uri == storage.STDIN or storage.is_stream(file.uri):
        if not file.is_named:
            raise SourceError(Origin(file.uri), "a pipe, a socket or a device")
        location = storage.spool(file.uri)
        plan.spooled.append(location)
    elif not file.is_named and storage.is_temporary(file.place.name):
        said = "by its name something that is being written; converted where it is named"
        raise SourceError(Origin(file.uri), said)
    elif file.place.name == storage.LEDGER_NAME:
        raise SourceError(Origin(file.uri), "what tbconvert noted of a run")
    try:
        name, read_options = sniff_source(location or file.uri, options)
    except SourceError as err:
        where = replace(err.origin, uri=file.uri)
        raise SourceError(where, err.problem, err.hint) from err
    if _HOLDS[name] == "graph" and options.graph != "auto":
        raise SourceError(Origin(file.uri), f"a graph, and --graph {options.graph} is wanted")
    dialect = options.dialect or DIALECTS[-1].name
    return Source(file.uri, Run(""), name, dialect, read_options, location)
