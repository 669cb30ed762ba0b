"""A file, read; for the tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tbconvert.model import Problem, RawSettings, RawTable, Run, Source
from tbconvert.options import Options
from tbconvert.read import FORMATS, sniff_source
from tbconvert.storage import open_input


@dataclass(frozen=True)
class Found:
    """All that came out of a file."""

    format: str
    options: dict[str, Any]
    tables: list[RawTable]
    settings: list[RawSettings] = field(default_factory=list)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The cells that are not missing, by column."""
        return [
            {name: cell for name, cell in row.items() if cell is not None}
            for table in self.tables
            for row in table.batch.to_pylist()
        ]

    @property
    def lines(self) -> list[int]:
        return [int(line) for table in self.tables for line in table.lines]

    @property
    def segments(self) -> list[int]:
        return [table.segment for table in self.tables for _ in table.lines]

    @property
    def types(self) -> dict[str, str]:
        """The types of the first table."""
        return {field.name: str(field.type) for field in self.tables[0].batch.schema}

    @property
    def columns(self) -> list[str]:
        return list(self.types)

    @property
    def problems(self) -> list[Problem]:
        return [problem for table in self.tables for problem in table.problems]

    @property
    def remarks(self) -> list[tuple[int | None, str | None, int, str]]:
        return [(p.origin.row, p.origin.column, p.cells, p.problem) for p in self.problems]

    @property
    def lost(self) -> int:
        return sum(problem.cells for problem in self.problems)


def read_file(path: Path, block_bytes: int | None = None, **options: Any) -> Found:
    name, read_options = sniff_source(str(path), Options(**options))
    source = Source(str(path), Run("."), name, "generic", read_options)
    reader = next(format.read for format in FORMATS if format.name == name)
    size = {} if block_bytes is None else {"block_bytes": block_bytes}
    with open_input(str(path)) as stream:
        found = list(reader(source, stream, **size))
    tables = [raw for raw in found if isinstance(raw, RawTable)]
    settings = [raw for raw in found if isinstance(raw, RawSettings)]
    return Found(name, read_options, tables, settings)
