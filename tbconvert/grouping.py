"""Sources → runs: snapshots are a series, and what lies beside a log completes its run.

A table, the checkpoints of its training and the graph of its model are one run. So the only
table of a folder takes all else in there; folders whose names say nothing (``checkpoints``)
count as the one above. Where there are several tables, each is a run of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from tbconvert.dialects import Dialect, by_name
from tbconvert.model import Series, Source
from tbconvert.naming import Place
from tbconvert.series import snapshot_of

Holds = Literal["table", "arrays", "graph"]


@dataclass(slots=True)
class Group:
    """What becomes one run, named after ``place``: its sources in the order to read them."""

    place: Place
    dialect: Dialect
    sources: list[Source] = field(default_factory=list)


@dataclass(slots=True)
class _Series:
    """Snapshots of one training."""

    place: Place
    dialect: Dialect
    snapshots: list[tuple[int, str, Source]] = field(default_factory=list)

    def sources(self, *, apart: bool) -> list[Source]:
        """Return them by step; ``apart`` where another series is in the same run."""
        *_, folder = ("", *self.place.folders)
        is_stock = folder.casefold() in self.dialect.stock_folders
        word = "" if self.place.is_stock else self.place.name
        name = f"{folder}/{self.place.name}" if is_stock else self.place.name
        series = Series(name, word if apart else "", apart)
        about = {"name": self.place.name or folder}
        return [
            replace(source, read_options={**source.read_options, **about}, series=series)
            for _, _, source in sorted(self.snapshots, key=lambda entry: entry[:2])
        ]


@dataclass(slots=True)
class _Home:
    """What one folder holds."""

    tables: list[Group] = field(default_factory=list)
    series: dict[tuple[tuple[str, ...], str, str], _Series] = field(default_factory=dict)
    graphs: list[Group] = field(default_factory=list)


def group_sources(
    found: Iterable[tuple[Place, Source, Holds]], step_from: str | None
) -> list[Group]:
    """Return which sources make one run, in the order in which they were found."""
    homes: dict[tuple[str, ...], _Home] = {}
    for place, source, holds in found:
        dialect = by_name(source.dialect)
        if holds == "arrays":
            snapshot = snapshot_of(place, step_from)
            place = _stock(snapshot.place, dialect)
            notes = (*source.read_options.get("notes", ()), *filter(None, (snapshot.remark,)))
            options = {**source.read_options, "step": snapshot.step, "notes": notes}
            source = replace(source, read_options=options)
        home = homes.setdefault(_home(place.folders, dialect), _Home())
        if holds == "table":
            home.tables.append(Group(place, dialect, [source]))
        elif holds == "graph":
            home.graphs.append(Group(place, dialect, [source]))
        else:
            key = (place.folders, place.name.casefold(), source.format)
            series = home.series.setdefault(key, _Series(place, dialect))
            step = source.read_options["step"]
            series.snapshots.append((-1 if step is None else step, source.uri, source))
    return [group for home in homes.values() for group in _groups(home)]


def _groups(home: _Home) -> list[Group]:
    groups = list(home.tables)
    series = list(home.series.values())
    if len(groups) == 1:
        _join(groups[0], series)
    else:
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
    for one in series:
        group.sources += one.sources(apart=len(series) > 1)


def _is_stock_table(table: Group) -> bool:
    return table.place.stem().casefold() in table.dialect.stock_names


def _stock(place: Place, dialect: Dialect) -> Place:
    """Return the place of a series, which says whether its name says anything."""
    words = [word for word in re.split(r"[^a-z]+", place.name.casefold()) if word]
    return replace(place, is_stock=all(word in dialect.stock_series for word in words))


def _home(folders: tuple[str, ...], dialect: Dialect) -> tuple[str, ...]:
    while len(folders) > 1 and folders[-1].casefold() in dialect.stock_folders:
        folders = folders[:-1]
    return folders
