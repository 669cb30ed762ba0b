"""Sources → runs: snapshots are a series, and what lies beside a log completes its run.

A table, the checkpoints of its training and the graph of its model are one run. So the only
table of a folder takes all else in there; folders whose names say nothing (``checkpoints``)
count as the one above. Where there are several tables, each is a run of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from tbconvert.dialects import Dialect, by_name
from tbconvert.model import Series, Source
from tbconvert.naming import Place, home_of
from tbconvert.series import Inside, Snapshot, series_inside, snapshot_of

Holds = Literal["table", "arrays", "graph", "settings"]

Look = Callable[[Source], Inside | None]
"""Looks into a snapshot for its step; None if there is none, or it cannot be read."""


@dataclass(slots=True, eq=False)
class Group:
    """What becomes one run, named after ``place``: its sources in the order to read them.

    ``called`` is what the names of its files say that it is called.
    """

    place: Place
    dialect: Dialect
    sources: list[Source] = field(default_factory=list)
    called: str = ""


@dataclass(slots=True, eq=False)
class _Series:
    """Snapshots of one training; ``word`` tells it from others of its run, if its name does not."""

    place: Place
    dialect: Dialect
    word: str = ""
    snapshots: list[tuple[int, str, Source]] = field(default_factory=list)

    def sources(self, *, apart: bool) -> list[Source]:
        """Return them by step; ``apart`` where another series is in the same run."""
        *_, folder = ("", *self.place.folders)
        is_stock = self.dialect.is_stock_folder(folder)
        word = self.word or ("" if self.place.is_stock else self.place.name)
        own = self.place.name or (self.word if apart else "")
        name = f"{folder}/{own}" if is_stock else own
        series = Series(name, word if apart else "", apart)
        about = {"name": self.place.name or folder}
        return [
            replace(source, read_options={**source.read_options, **about}, series=series)
            for _, _, source in sorted(self.snapshots, key=lambda entry: entry[:2])
        ]

    def first_step(self) -> int:
        """Return the step at which it begins."""
        return min(step for step, _, _ in self.snapshots)


@dataclass(slots=True, eq=False)
class _Home:
    """What one folder holds; ``joined`` are those tables that take others of their kind along."""

    joined: dict[tuple[str, str], Group] = field(default_factory=dict)
    tables: list[Group] = field(default_factory=list)
    series: dict[tuple[tuple[str, ...], str, str], _Series] = field(default_factory=dict)
    graphs: list[Group] = field(default_factory=list)
    settings: list[Group] = field(default_factory=list)


def group_sources(
    found: Iterable[tuple[Place, Source, Holds]], step_from: str | None, look: Look
) -> tuple[list[Group], list[Source]]:
    """Return which sources make one run, in the order in which they were found.

    ``look`` is asked where the names of snapshots do not tell what is a series. The settings
    that lie beside no log come by themselves.
    """
    homes: dict[tuple[str, ...], _Home] = {}
    entries = list(found)
    snapshots = {
        source.uri: snapshot_of(place, step_from)
        for place, source, holds in entries
        if holds == "arrays"
    }
    insides = _insides(entries, snapshots, look)
    for place, source, holds in entries:
        dialect = by_name(source.dialect)
        if holds != "arrays":
            home = homes.setdefault(home_of(place, dialect), _Home())
            group = Group(place, dialect, [source])
            if holds == "table":
                _add_table(home, group)
            else:
                (home.graphs if holds == "graph" else home.settings).append(group)
            continue
        snapshot, inside = snapshots[source.uri], insides.get(source.uri)
        notes = (*source.read_options.get("notes", ()), *filter(None, (snapshot.remark,)))
        options = {**source.read_options, "step": snapshot.step, "notes": notes}
        step, word, place = snapshot.step, "", _stock(snapshot.place, dialect)
        if inside is not None:
            step, options["step_array"] = inside.step, inside.step_array
            if inside.series is not None:
                word, place = inside.word, replace(place, name=inside.series, is_stock=True)
        home = homes.setdefault(home_of(place, dialect), _Home())
        # no name has a slash: told by what is inside, a series is none of those told by names
        key = (place.folders, f"/{word}" if word else place.name.casefold(), source.format)
        series = home.series.setdefault(key, _Series(place, dialect, word))
        source = replace(source, read_options=options)
        series.snapshots.append((step or 0, source.uri, source))  # without a step it stands at 0
    groups: list[Group] = []
    lonely: list[Source] = []
    _move_up(homes)
    for home in homes.values():
        for group in home.joined.values():
            _settle(group)
        of_home = _groups(home)
        settings = [source for group in home.settings for source in group.sources]
        for nth, group in enumerate(of_home):
            # said once: there may be a hundred of them
            group.sources += settings if nth else _shared(settings, len(of_home))
        if not of_home:
            named = [group for group in home.settings if group.place.below is None]
            groups += named
            lonely += [s for s in settings if all(s not in group.sources for group in named)]
        groups += of_home
    return groups, lonely


def _move_up(homes: dict[tuple[str, ...], _Home]) -> None:
    """Let the only run of a folder have the settings in the only folder of that with nothing else.

    There stable-baselines3's zoo has them, and others in a folder such as ``config``. Of several
    such folders each may be that of another run.
    """
    below: dict[tuple[str, ...], list[_Home]] = {}
    for folders, home in homes.items():
        if folders and home.settings and not (home.tables or home.series or home.graphs):
            below.setdefault(folders[:-1], []).append(home)
    for folders, (home, *others) in below.items():
        if not others and folders in homes and len(homes[folders].tables) == 1:
            walked = [group for group in home.settings if group.place.below is not None]
            homes[folders].settings += walked
            home.settings = [group for group in home.settings if group not in walked]


def _shared(settings: Sequence[Source], count: int) -> list[Source]:
    """Return the settings of a folder, with a remark if there are several runs in it."""
    if count == 1:
        return [*settings]
    said = f"lies beside {count} runs, and its settings were given to each of them"
    return [
        replace(source, read_options={**of, "notes": (*of.get("notes", ()), said)})
        for source in settings
        for of in [source.read_options]
    ]


def _add_table(home: _Home, table: Group) -> None:
    """Add a table to those of its folder, or to the run that it is a part of."""
    if table.dialect.called is not None:
        table.called = table.dialect.called(table.place.stem())
    if table.dialect.joins:
        key = table.dialect.family or table.dialect.name, table.called
        if key in home.joined:
            home.joined[key].sources += table.sources
            return
        home.joined[key] = table
        if not table.called and not table.dialect.names_runs:
            table.place = _at_home(table.place, table.dialect)
    if table.called:
        table.place = replace(table.place, name=table.called)
    if names := table.sources[0].read_options.get("run_named"):
        place = _at_home(table.place, table.dialect)
        table.place = replace(place, folders=(*place.folders[: -len(names)], *names))
    home.tables.append(table)


def _settle(joined: Group) -> None:
    """Put the tables of a run in order, once all of them are there."""
    if not joined.called and joined.dialect.names_runs and len(joined.sources) > 1:
        joined.place = _at_home(joined.place, joined.dialect)
    rank = joined.dialect.rank

    def order(source: Source) -> tuple[bool, int, list[tuple[int, str]]]:
        return bool(source.read_options.get("is_last")), rank(source.uri), _in_order(source)

    joined.sources.sort(key=order)
    joined.sources = [
        replace(source, read_options={**source.read_options, "nth": nth})
        for nth, source in enumerate(joined.sources)
    ]


def _at_home(place: Place, dialect: Dialect) -> Place:
    """Return the place of a run that is called like its folder."""
    folders = home_of(place, dialect)
    above = len(place.folders) - len(folders)
    below = None if place.below is None else max(place.below - above, 0)
    return Place(folders, place.name, below, is_stock=True)


def _in_order(source: Source) -> list[tuple[int, str]]:
    """Return what sorts names by the numbers in them: ``epoch_2`` stands before ``epoch_10``."""
    parts = re.split(r"(\d+)", source.uri)
    return [(int(part) if part.isdecimal() else -1, part) for part in parts]


def _insides(
    entries: Sequence[tuple[Place, Source, Holds]], snapshots: dict[str, Snapshot], look: Look
) -> dict[str, Inside]:
    """Return what is told inside of snapshots that are not alone and whose names tell no step."""
    kinds: dict[tuple[tuple[str, ...], str], list[Source]] = {}
    for _, source, holds in entries:
        if holds == "arrays":
            kind = (snapshots[source.uri].place.folders, source.format)
            kinds.setdefault(kind, []).append(source)
    told: dict[str, Inside] = {}
    for sources in kinds.values():
        found = {
            source.uri: (snapshots[source.uri].place.name, inside)
            for source in sources
            if len(sources) > 1
            and snapshots[source.uri].step is None
            and (inside := look(source)) is not None
        }
        told |= series_inside(found)
    return told


def _groups(home: _Home) -> list[Group]:
    groups = list(home.tables)
    series = list(home.series.values())
    if len(groups) == 1:
        _join(groups[0], series)
    else:
        for table in groups:
            if table.dialect.yields:
                table.place = replace(table.place, is_telling=True)
        nameless = [one for one in series if one.place.is_stock]
        if nameless:
            stock = [table for table in groups if _is_stock_table(table)]
            if len(stock) != 1:
                stock = [Group(nameless[0].place, nameless[0].dialect)]
                groups += stock
            _join(stock[0], nameless)
        for one in series:
            if not one.place.is_stock:
                groups.append(Group(one.place, one.dialect, one.sources(apart=False)))
    if len(groups) == 1:
        for graph in home.graphs:
            groups[0].sources += graph.sources
        return groups
    return groups + home.graphs


def _join(group: Group, series: Sequence[_Series]) -> None:
    for one in sorted(series, key=_Series.first_step):
        group.sources += one.sources(apart=len(series) > 1)


def _is_stock_table(table: Group) -> bool:
    is_stock_name = table.dialect.is_stock_name(table.place.stem())
    return is_stock_name and not table.place.is_telling


def _stock(place: Place, dialect: Dialect) -> Place:
    """Return the place of a series, which says whether its name says anything."""
    words = [word for word in re.split(r"[^a-z]+", place.name.casefold()) if word]
    return replace(place, is_stock=all(word in dialect.stock_series for word in words))
