"""Names that stand in a comment above a table, and need not stand over its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from tbconvert.dialects.dialect import Adapter
from tbconvert.dialects.reshape import Once, of_tables
from tbconvert.model import Origin, Problem, Raw, RawTable, Source

Naming = Callable[[Sequence[str], int], tuple[list[str], str]]
"""Comments, and how many columns there are → their names, and what is to be said of them.

No names where the comments do not tell.
"""


def named_by(naming: Naming) -> Callable[[Source], Adapter]:
    """Return what names the columns of a table, in their order, by the comments above it."""

    def adapter(source: Source) -> Adapter:
        comments = source.read_options.get("comments", ())
        given = source.read_options.get("columns", ())
        names, said = naming(comments, len(given))
        of_given = dict(zip(given, names, strict=True)) if names else {}
        remark = Once(is_told=not said)

        @of_tables
        def adapt(raw: RawTable) -> Iterator[Raw]:
            if raw.batch.num_columns:
                columns = [of_given.get(name, name) for name in raw.batch.schema.names]
                batch = pa.RecordBatch.from_arrays(raw.batch.columns, names=columns)
                raw = RawTable(raw.origin, batch, raw.lines, raw.segment, raw.problems)
                where = Origin(raw.origin.uri, raw.origin.part)
                raw = remark.say(raw, Problem(where, said, "--rename gives them other names"))
            yield raw

        return adapt

    return adapter
