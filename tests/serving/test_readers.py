"""What the model says is served is what both readers of TensorBoard serve."""

from __future__ import annotations

import random
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from corpus_at import CORPUS, MISSING
from oracle.command import ingest
from oracle.readers import Served, by_data_server, by_python
from serving.examined import agree, by_model, examine
from serving.generator import PLUGINS, Maker, write

from tbconvert.decode.parts import Damage, Part, Value
from tbconvert.serving import Examination

FIXTURES = Path(__file__).parents[2] / "fixtures"

RUNS = 400


def of_known_plugins(served: Served) -> Served:
    # the readers are asked for these only
    return {
        run: {tag: told for tag, told in tags.items() if told[0] in PLUGINS}
        for run, tags in served.items()
    }


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    logdir = tmp_path_factory.mktemp("random")
    for seed in range(RUNS):
        write(logdir / str(seed), *Maker(seed).files())
    return logdir


@pytest.fixture(scope="module")
def examined(logdir: Path) -> dict[str, Examination]:
    return {run.name: examine(run) for run in logdir.iterdir()}


def test_hundreds_of_runs(logdir: Path, examined: dict[str, Examination]) -> None:
    # the data server does not list runs without any event
    data_server = {run: {} for run in examined} | by_data_server(logdir, *PLUGINS)
    python = by_python(logdir, list(examined), *PLUGINS)

    for mine, theirs in zip(by_model(examined), (data_server, python), strict=True):
        for run, tags in of_known_plugins(mine).items():
            assert tags == theirs[run], f"run {run}"
        assert sum(map(len, theirs.values())) > RUNS

    for run, examination in examined.items():
        losses = [each for each in examination.findings() if each.severity == "loss"]
        for tag, told in examination.served().items():
            seen = [data_server[run].get(tag), python[run].get(tag)]
            counts = {len(steps) for *_, steps in filter(None, seen)}
            is_whole = seen[0] == seen[1] and counts == {told.written}
            if not is_whole and told.plugin != "hparams":
                assert losses, f"run {run}, tag {tag}: {told.written} written, {seen} served"


def test_a_difference_has_its_cause(examined: dict[str, Examination]) -> None:
    codes = {each.code for run in examined.values() for each in run.findings()}

    # which says that there is one, but not why
    assert "differs" not in codes
    assert len(codes) > 15


def test_parts_may_come_in_any_order(logdir: Path, examined: dict[str, Examination]) -> None:
    # but those of one tag in one event, which nobody could put back
    dice = random.Random(1)

    def shuffled(parts: list[Part]) -> list[Part]:
        last = [part for part in parts if isinstance(part, Damage) and part.is_end]
        together: dict[object, list[Part]] = {}
        for part in parts:
            if part not in last:
                key = (part.order, part.tag) if isinstance(part, Value) else id(part)
                together.setdefault(key, []).append(part)
        groups = list(together.values())
        dice.shuffle(groups)
        return [*chain(*groups), *last]

    for name, examination in list(examined.items())[:150]:
        again = examine(logdir / name, shuffled)
        assert by_model({name: again}) == by_model({name: examination}), name
        assert set(again.findings()) == set(examination.findings()), name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("module", ["torch.utils.tensorboard", "tensorboardX"])
def test_what_others_write(tmp_path: Path, module: str) -> None:
    writers = pytest.importorskip(module)
    with writers.SummaryWriter(str(tmp_path / "run")) as writer:
        for step in range(5):
            writer.add_scalar("loss", 1 / (step + 1), step)
            writer.add_scalars("both", {"a": 1, "b": 2}, step)
            writer.add_histogram("w", np.arange(10.0) * step, step)
            writer.add_image("look", np.zeros((3, 2, 2), np.uint8), step)
        writer.add_text("note", "hello", 2)
        writer.add_pr_curve("curve", np.array([0, 1, 1]), np.array([0.1, 0.5, 0.9]), 0)
        writer.add_hparams({"lr": 0.1}, {"best": 1.0})
    runs = {str(path.parent.relative_to(tmp_path)) for path in tmp_path.rglob("*tfevents*")}

    examined = agree(tmp_path, *runs)

    assert [str(each) for run in examined.values() for each in run.findings()] == []


def test_what_we_write(tmp_path: Path) -> None:
    ingest(*(FIXTURES / name for name in ("keras", "trainer")), logdir=tmp_path)
    runs = {str(path.parent.relative_to(tmp_path)) for path in tmp_path.rglob("*tfevents*")}

    examined = agree(tmp_path, *runs)

    assert len(examined) > 1
    assert [str(each) for run in examined.values() for each in run.findings()] == []


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason=MISSING)
def test_genuine_event_files() -> None:
    runs = {str(path.parent.relative_to(CORPUS)) for path in CORPUS.rglob("*tfevents*")}

    examined = agree(CORPUS, *runs)

    assert len(examined) >= 3
    found = [each for run in examined.values() for each in run.findings()]
    assert [str(each) for each in found if each.severity == "loss"] == []


def test_a_part_of_no_file() -> None:
    with pytest.raises(ValueError, match="a part of no file: wanted begin_file"):
        Examination().see(Damage(0, 0, 1, "torn", True))
