"""What people are told of dialects."""

from __future__ import annotations

from tbconvert.dialects import Mark
from tbconvert.dialects.dialect import Peek
from tbconvert.dialects.telling import mark_text


def test_a_first_line_is_told_as_it_was_written() -> None:
    mark = Mark(formats=("csv",), columns=("loss",), line=r"\d{13} \S+")

    assert mark_text(mark) == r"csv files with column 'loss', and a first line like '\d{13} \S+'"


def test_what_a_file_lacks_has_the_expression_as_it_was_written() -> None:
    mark = Mark(line=r"\d{13} \S+")

    assert mark.lacks(Peek("log.csv", "csv", line="x")) == (
        r"the first line is not like '\d{13} \S+'"
    )
