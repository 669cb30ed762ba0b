"""What is said while an ingest is under way."""

from __future__ import annotations

import pytest

from tbconvert.cli.progress import Lines, Rate


class Clock:
    """Tells the seconds that it was set to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_log_gets_a_line_every_half_minute(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    lines = Lines(4_000_000_000, clock)

    for clock.now in (110, 120, 129.9, 130, 131, 159, 160, 190):
        lines(250_000_000)

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "converting: 25%, 1.0 GB of 4.0 GB, 33.3 MB/s, 90 s left",
        "converting: 44%, 1.8 GB of 4.0 GB, 29.2 MB/s, 77 s left",
        "converting: 50%, 2.0 GB of 4.0 GB, 22.2 MB/s, 90 s left",
    ]


@pytest.mark.parametrize(
    ("done", "seconds", "left"),
    [
        (0, 10, ""),
        (50, 10, "10 s left"),
        (1, 10, "16 min left"),
        (1, 100, "2.8 h left"),
        (100, 10, "0 s left"),
        (120, 10, "0 s left"),  # a source that grew meanwhile
    ],
)
def test_the_time_left_is_at_the_rate_so_far(done: int, seconds: int, left: str) -> None:
    clock = Clock()
    rate = Rate(100, clock)
    rate.add(done)
    clock.now += seconds

    assert rate.left() == left
