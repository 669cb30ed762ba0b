"""Inputs → jobs: which file makes which run, and which file is passed over, and why."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zlib import crc32

from tbconvert import storage
from tbconvert.dialects import GENERIC, by_name, know, known
from tbconvert.errors import SourceError, UsageError, did_you_mean
from tbconvert.finding import Found, Search, find
from tbconvert.grouping import Group, group_sources
from tbconvert.looking import Lookers, Refused, looked_at
from tbconvert.model import Origin, RawSnapshot, Run, Source
from tbconvert.naming import Name, check_template, name_runs
from tbconvert.options import Options
from tbconvert.packed import Packed
from tbconvert.read import formats, holds, open_source, read_source, sniff_source
from tbconvert.recall import Known, Memory
from tbconvert.recognition import UNASKED, is_claimed
from tbconvert.run_names import safe_run
from tbconvert.series import Inside, compiled


@dataclass(frozen=True, slots=True)
class RunJob(Packed):
    """One run to be made: from which sources, into which logdir. Picklable.

    A run column, or a header that comes again, may turn it into several runs. ``stores`` is
    what was said of the object stores that it needs. ``inputs`` are the folders that were
    walked for its sources, in full, or the sources themselves where they were named.
    """

    run: Run
    sources: tuple[Source, ...]
    target: str
    options: Options = field(default_factory=Options)
    sink: str = "directory"
    stores: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Plan:
    """What an ingest is going to do.

    ``failed`` are the inputs that the user named and that cannot be converted, and what the
    system does not let be read; ``skipped`` is what a walk met and passed over, each with its
    reason. ``spooled`` are temporary files, to be removed when all is done. ``part`` names the
    shard that this is, as "2/16"; "" is the whole. ``folders`` are those that were walked, in
    full; ``sink`` is the kind of place that the runs go to, ``names`` are those of
    the runs of all shards.
    """

    jobs: list[RunJob] = field(default_factory=list)
    failed: list[SourceError] = field(default_factory=list)
    skipped: list[SourceError] = field(default_factory=list)
    spooled: list[str] = field(default_factory=list)
    part: str = ""
    folders: list[str] = field(default_factory=list)
    sink: str = "directory"
    names: frozenset[str] = frozenset()

    def shard(self, number: int, of: int) -> Plan:
        """Return the part of the plan that is the ``number``-th of so many, from 1 on.

        Which one a run is in depends on its name alone, wherever and whenever it is asked.
        """

        def is_mine(name: str) -> bool:
            return crc32(os.fsencode(name)) % of == number - 1

        return Plan(
            [job for job in self.jobs if is_mine(job.run)],
            [error for error in self.failed if is_mine(error.origin.uri)],
            [error for error in self.skipped if is_mine(error.origin.uri)],
            self.spooled,
            f"{number}/{of}",
            self.folders if number == 1 else [],
            self.sink,
            self.names,
        )

    def remove_spooled(self) -> None:
        """Remove the temporary files."""
        for path in self.spooled:
            storage.remove(path)


def plan_runs(
    inputs: Sequence[str],
    logdir: str,
    options: Options | None = None,
    sink: str = "directory",
    lookers: Lookers = lambda files: None,
) -> Plan:
    """Look at files, folders, globs, URIs and "-" (standard input); plan a run for each log.

    ``lookers`` returns the executor that is to look into so many files, if there is one.

    Raises
    ------
    UsageError
        An option asks for what there is not.
    """
    options = options or Options()
    know(options.dialects)
    inputs, logdir = [storage.known(name) for name in inputs], storage.known(logdir)
    options = replace(options, graph=storage.known(options.graph))
    _check(options, logdir)
    plan = Plan(sink=sink)
    search = Search(plan.failed, plan.skipped, plan.folders, is_claimed)
    files = list(find(inputs, options, search))
    memory = Memory(files, options, [dialect.name for dialect in known()])
    runs = memory.recall()
    if runs is None:
        met = len(plan.failed), len(plan.skipped)
        runs = Known(_runs(files, options, plan, lookers), plan.skipped[met[1] :])
        if len(plan.failed) == met[0]:  # else a file may become readable, and look as before
            memory.keep(runs)
    else:
        plan.skipped += runs.skipped
    walked, stores = _Walked(plan.folders), storage.access()
    for sources in runs.runs:
        inputs = walked.inputs(source.uri for source in sources if source.uri != options.graph)
        job = RunJob(sources[0].run, sources, logdir, options, sink, stores, inputs)
        plan.jobs.append(job)
    plan.names = frozenset(job.run for job in plan.jobs)
    return plan


class _Walked:
    """Tells from which of the folders that were walked a file came."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._nearest: dict[str, str] = {name.rstrip("/"): name for name in folders}
        self._led: dict[str, str] = {}

    def inputs(self, uris: Iterable[str]) -> tuple[str, ...]:
        """Return the folders that led to some files, or the files: each once."""
        names = (uri if uri == storage.STDIN else self._input(uri) for uri in uris)
        return tuple(dict.fromkeys(names))

    def _input(self, uri: str) -> str:
        above = uri[: uri.rfind("/") + 1]  # many files have one folder
        if above not in self._led:
            self._led[above] = self._of(storage.absolute(uri).rpartition("/")[0])
        return self._led[above] or storage.absolute(uri)

    def _of(self, folder: str) -> str:
        """Return the folder that was walked and is nearest above, "" if there is none."""
        if folder not in self._nearest:
            above = folder.rpartition("/")[0]
            self._nearest[folder] = self._of(above) if folder else ""
        return self._nearest[folder]


def _runs(
    files: Sequence[Found], options: Options, plan: Plan, lookers: Lookers
) -> list[tuple[Source, ...]]:
    """Look into files, and return the sources of each run that they make."""
    try:
        found = _originals(_sources(files, options, plan, lookers), plan)
    except BaseException:
        plan.remove_spooled()
        raise
    groups, lonely = group_sources(
        (
            (replace(file.place, home=source.read_options.get("home")), source, holds(source))
            for file, source in found
        ),
        options.step_from,
        lambda source: _inside(source, options),
    )
    for source in lonely:
        said = "settings of no log: none is beside them; converted where they are named"
        plan.skipped.append(SourceError(Origin(source.uri), said))
    groups = [group for group in groups if not _is_refused(group, plan)]
    names = name_runs(
        [group.place for group in groups],
        [group.dialect for group in groups],
        options.run,
        options.run_name,
    )
    if options.run is None and len(groups) == 1 and groups[0].dialect.names_runs:
        group = groups[0]
        group.sources = [
            replace(source, read_options={**source.read_options, "runs_below": "."})
            for source in group.sources
        ]
    runs = []
    for name, group in zip(names, groups, strict=True):
        sources = _with_graph(group.sources, options)
        if name.run != name.wanted:
            sources[0] = _told_apart(sources[0], name)
        runs.append(tuple(replace(source, run=name.run) for source in sources))
    return runs


def _inside(source: Source, options: Options) -> Inside | None:
    """Return what a snapshot tells inside; None if there is no step, or it cannot be read yet."""
    from tbconvert.normalize.snapshots import step_inside, step_names  # slow to import

    dialect = by_name(source.dialect)
    only = step_names(options, dialect)
    if not only or source.format == "npy":  # a single array, beside which no step stands
        return None
    asked = replace(source, read_options={**source.read_options, "only": only})
    try:
        with open_source(asked) as stream:
            for snapshot in read_source(asked, stream):
                if isinstance(snapshot, RawSnapshot):
                    found = step_inside(snapshot, options, dialect)
                    arrays = frozenset((*(t.name for t in snapshot.tensors), *snapshot.others))
                    return None if found is None else Inside(*found, arrays)
    except SourceError:
        pass  # it is told when it is converted
    return None


def _told_apart(source: Source, name: Name) -> Source:
    remark = f"the run is {str(name.run)!r}: {str(name.wanted)!r} would be that of another one too"
    notes = (*source.read_options.get("notes", ()), remark)
    return replace(source, read_options={**source.read_options, "notes": notes})


def _with_graph(sources: list[Source], options: Options) -> list[Source]:
    """Return the sources of a run, with the graph that the user names in place of any other."""
    if options.graph in _NO_FILE:
        return sources
    others = [source for source in sources if holds(source) != "graph"]
    name, read_options = sniff_source(options.graph, replace(options, format="graph"))
    return [*others, Source(options.graph, Run(""), name, GENERIC.name, read_options)]


_NO_FILE = ("auto", "none")


def _sources(
    files: Sequence[Found], options: Options, plan: Plan, lookers: Lookers
) -> Iterator[tuple[Found, Source]]:
    for file, seen in looked_at(files, options, plan.spooled, lookers):
        if isinstance(seen, Refused):
            (plan.failed if seen.is_failure else plan.skipped).append(seen.error)
        else:
            yield file, seen


def _originals(found: Iterable[tuple[Found, Source]], plan: Plan) -> list[tuple[Found, Source]]:
    """Return the files but for those that hold nothing which another one of them has not."""
    files = list(found)
    copies: dict[str, str] = {}
    for name in sorted({source.dialect for _, source in files}):
        if (finder := by_name(name).copies) is not None:
            copies |= finder([file.path for file, source in files if source.dialect == name])
    kept: list[tuple[Found, Source]] = []
    for file, source in files:
        if original := copies.get(file.path):
            said = f"holds no curve that is not in {original.rpartition('/')[2]} as well"
            plan.skipped.append(SourceError(Origin(file.uri), said))
        else:
            kept.append((file, source))
    return kept


def _is_refused(group: Group, plan: Plan) -> bool:
    """Tell whether a group only completes logs of the dialect that is asked for, without one."""
    if not all("completes" in source.read_options for source in group.sources):
        return False
    for source in group.sources:
        said = SourceError(Origin(source.uri), source.read_options["completes"], UNASKED)
        (plan.skipped if group.place.below is not None else plan.failed).append(said)
    return True


def _check(options: Options, logdir: str) -> None:
    every = [format.name for format in formats()]
    names = [dialect.name for dialect in known()]
    _check_known("--format", options.format, every, "format")
    _check_known("--dialect", options.dialect, names, "dialect")
    for section in options.sources:
        where = f"source {section['match']!r}"
        _check_known(f"{where}: format", section.get("format"), every, "format")
        _check_known(f"{where}: dialect", section.get("dialect"), names, "dialect")
    for name, table in options.dialects.items():
        given = table.get("formats", ())
        for one in [given] if isinstance(given, str) else given:
            _check_known(f"dialect.{name}.formats", one, every, "dialects")
    if options.step_from is not None:
        compiled(options.step_from)
    if options.image:
        from tbconvert.normalize.pictures import parse_rule  # slow to import

        for rule in options.image:
            parse_rule(rule)
    if options.graph not in _NO_FILE:
        _check_graph(options)
    if options.run_name is not None:
        check_template(options.run_name)
    if not logdir:
        raise UsageError("--logdir: got '', wanted a folder")
    if options.run == "." and "tfevents" in storage.split(logdir)[2]:
        said = "TensorBoard takes a folder of such a name for an event file"
        raise UsageError(f"--logdir: got {logdir!r} for --run '.': {said}")
    if options.run is not None:
        parts = options.run.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
            raise UsageError(
                f"--run: got {options.run!r}, wanted a name inside of the logdir", "run"
            )
        plain = "/".join(part for part in parts if part)
        if plain != "." and (safe := safe_run(plain)) != plain:
            raise UsageError(
                f"--run: got {options.run!r}, which is no folder on every system; "
                f"{str(safe)!r} would be",
                "run",
            )


def _check_graph(options: Options) -> None:
    try:
        sniff_source(options.graph, replace(options, format="graph"))
    except SourceError as err:
        hint = did_you_mean(options.graph.strip().casefold(), _NO_FILE, ", or 'auto', or 'none'")
        said = f"{options.graph!r}: {err.problem}"
        raise UsageError(f"--graph {said}; wanted the file of a graph{hint}", "graph") from err


def _check_known(where: str, name: str | None, known: list[str], option: str) -> None:
    if name is None or name in known:
        return
    said = f"{where}: got {name!r}, wanted one of {', '.join(known)}"
    raise UsageError(said + did_you_mean(name, known), option)
