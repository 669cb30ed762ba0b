"""Requirements on runs in a store: they are read back from there."""

from __future__ import annotations

import pytest
from stores.conftest import Bucket

from tbconvert import ingest
from tbconvert.figures import read_figures


def test_figures_of_a_run_in_a_store(bucket: Bucket) -> None:
    source = bucket.put("logs/r.csv", "step,loss\n0,1.0\n1,0.5\n2,0.75\n")
    ingest(source, logdir=bucket.uri("runs"))

    found = read_figures(bucket.uri("runs"), "r")

    loss = found.tags["loss"]
    assert found.damage == ()
    assert (loss.points, loss.last, loss.min, loss.max) == (3, 0.75, 0.5, 1.0)
    assert loss.mean == pytest.approx(0.75)
