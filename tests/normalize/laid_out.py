"""The layout of a table, for tests of what its columns are taken for."""

from __future__ import annotations

import pyarrow as pa

from tbconvert.dialects import by_name
from tbconvert.model import Origin
from tbconvert.normalize.columns import Layout, choose_layout
from tbconvert.options import Options

GENERIC = by_name("generic")

LOSS = [0.5, 0.4, 0.3]


def layout(columns: dict[str, list[object]], **options: object) -> Layout:
    batch = pa.RecordBatch.from_pydict(columns)
    return choose_layout(batch, Origin("log.csv"), Options(**options), GENERIC)  # type: ignore[arg-type]
