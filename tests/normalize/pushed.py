"""Tables pushed through one normalizer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from tbconvert.cells import Findings
from tbconvert.dialects import by_name
from tbconvert.model import Origin, RawTable
from tbconvert.normalize.columns import choose_layout
from tbconvert.normalize.rows import Rows
from tbconvert.normalize.table import Normalizer
from tbconvert.normalize.tags import TagNames
from tbconvert.options import Options

Cells = dict[str, list[object]]
HERE = Origin("log.csv")

cell = st.one_of(
    st.none(),
    st.floats(allow_nan=True, allow_infinity=True, width=32),
    st.integers(-(2**24), 2**24),
    st.sampled_from(["0.5", "nan", "-inf", "50%", "oops", "tensor(0.5)"]),
)


def normalize(*tables: Cells, **options: object) -> tuple[list[Rows], Findings]:
    """Push tables, each with its own types, through one normalizer."""
    chosen = Options(**options)  # type: ignore[arg-type]
    findings, found = Findings(), []
    normalizer = Normalizer(chosen, findings, TagNames(chosen, findings))
    normalizer.begin(1.6e9)
    layout, line = None, 2
    for cells in tables:
        batch = pa.RecordBatch.from_pydict(cells)
        raw = RawTable(HERE, batch, range(line, line + batch.num_rows))
        line += batch.num_rows
        layout = layout or choose_layout(batch, HERE, chosen, by_name("generic"))
        found += list(normalizer.push(raw, layout))
    found += normalizer.finish()[1]
    return found, findings


def curves(rows: list[Rows]) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for part in rows:
        for place, tag in enumerate(part.tags):
            cells = map(_plain, part.values[:, place].tolist())
            found.setdefault(tag, []).extend(zip(part.steps.tolist(), cells, strict=True))
    return found


def _plain(cell: Any) -> Any:
    return cell.tolist() if isinstance(cell, np.ndarray) else cell
