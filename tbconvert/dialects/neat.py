"""neat-python's StatisticsReporter: three tables without a header, a row for each generation."""

from __future__ import annotations

from tbconvert.dialects.dialect import Adapter, Mark
from tbconvert.dialects.generic import on_generic
from tbconvert.dialects.reshape import renaming
from tbconvert.model import Source

_FITNESS = {"column_1": "best_fitness", "column_2": "avg_fitness"}
_SPECIES = ("speciation", "species_fitness")


def _adapt(source: Source) -> Adapter:
    name = source.uri.replace("\\", "/").rpartition("/")[2].casefold()
    stem = next((stem for stem in _SPECIES if name.startswith(f"{stem}.")), "")

    def name_of(column: str) -> str:
        number = column.removeprefix("column_")
        if column == number:
            return column
        return f"{stem}/{number}" if stem else _FITNESS.get(column, column)

    return renaming(name_of)


NEAT = on_generic(
    "neat",
    "statistics of neat-python: fitness_history.csv, speciation.csv, species_fitness.csv",
    Mark(("fitness_history.csv",), ("csv",), ("column_1", "column_2"), but=("column_3",)),
    Mark(("speciation.csv", "species_fitness.csv"), ("csv",), ("column_1",)),
    sample="tbconvert ingest fitness_history.csv --logdir runs",
    joins=True,
    names_columns=True,
    adapt=_adapt,
)
