"""What pandas calls columns to which nobody gave a name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from found import Found

Read = Callable[..., Found]


# as pandas 3 writes them: DataFrame(values).to_csv(), and to_csv(index=False)
WITH_INDEX = {
    ",0\n0,0.5\n1,0.25\n2,0.125\n": [[0.5], [0.25], [0.125]],
    ",0,1\n0,0.5,2.5\n1,0.25,1.5\n": [[0.5, 2.5], [0.25, 1.5]],
    ",0,1\n0,1,2\n1,3,4\n": [[1, 2], [3, 4]],
}
WITHOUT = "0,1\n0.5,2.5\n0.25,1.5\n"


@pytest.mark.parametrize(("text", "values"), WITH_INDEX.items())
def test_the_numbers_of_columns_are_names_beside_an_index(
    text: str, values: list[list[float]], read: Read
) -> None:
    found = read(text)

    assert found.columns == ["column_1", *map(str, range(len(values[0])))]
    assert [list(row.values())[1:] for row in found.rows] == values
    assert [row["column_1"] for row in found.rows] == list(range(len(values)))


def test_they_are_so_over_decimals(read: Read) -> None:
    found = read(WITHOUT)

    assert found.rows == [{"0": 0.5, "1": 2.5}, {"0": 0.25, "1": 1.5}]
    said = "header: the numbers of the columns; --no-header makes them a row"
    assert found.options["notes"] == (said,)


@pytest.mark.parametrize(
    "text", ["0,1\n1,2\n2,3\n", "0\n1\n2\n", "0,0.5\n1,0.25\n", ",5\n1,2\n2,3\n"]
)
def test_other_numbers_are_values(text: str, read: Read) -> None:
    assert len(read(text).rows) == text.count("\n")
