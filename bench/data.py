"""The logs that are measured: the same bytes on every machine, made once under bench/data."""

from __future__ import annotations

import csv
import json
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

DATA = Path(__file__).parent / "data"
MILLION = 1_000_000
CHUNK = 100_000

# Steps of a long run that was resumed; all of seven digits, so that ten_times() can put a
# later run's steps in their place without parsing.
FIRST_STEP = MILLION


def _chunks(rows: int, metrics: int, seed: int = 7) -> Iterator[tuple[range, list[list[float]]]]:
    """Yield row numbers and curves, noisy and of all their digits, as a training run has them."""
    random = np.random.default_rng(seed)
    for start in range(0, rows, CHUNK):
        here = np.arange(start, min(start + CHUNK, rows))
        curve = np.exp(-3 * here / rows)[:, None] * np.linspace(1, 2, metrics)
        values = curve + random.normal(0, 0.05, curve.shape)
        yield range(start, start + len(here)), values.tolist()


def _write_csv(path: Path, header: list[str], rows: Iterable[list[object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def _table(path: Path, rows: int, metrics: int, *, clock: bool = True, seed: int = 7) -> None:
    names = [f"train/metric_{i}" for i in range(metrics)]
    _write_csv(
        path,
        ["step", *(["time"] if clock else []), *names],
        (
            [FIRST_STEP + i, *([1.7e9 + i * 0.25] if clock else []), *row]
            for numbers, values in _chunks(rows, metrics, seed)
            for i, row in zip(numbers, values, strict=True)
        ),
    )


def clean(path: Path) -> None:
    """1,000,000 rows of step, time and 10 metrics."""
    _table(path, MILLION, 10)


def wide(path: Path) -> None:
    """20,000 rows of step and 500 metrics."""
    _table(path, 20_000, 500, clock=False)


def tiny(path: Path) -> None:
    """100 rows of step, time and 5 metrics."""
    _table(path, 100, 5)


def part(path: Path) -> None:
    """20,000 rows as in clean: enough of it for the slow ones."""
    _table(path, 20_000, 10)


def ten_times(path: Path) -> None:
    """Ten runs like clean, one after the other, the steps going on."""
    with make("clean").open("rb") as source, path.open("wb") as target:
        target.write(source.readline())
        body = source.tell()
        for run in b"123456789A":
            # a step "1ddd" becomes "2ddd" and so on; the tenth "10ddd"
            step = b"10" if run == ord("A") else bytes([run])
            source.seek(body)
            while lines := source.readlines(1 << 25):
                block = b"\n" + b"".join(lines)
                target.write(block.replace(b"\n1", b"\n" + step)[1:])


def damaged(path: Path) -> None:
    """The same as clean but for ten rows, one in 100,000: cut short, or a value spoilt."""
    with make("clean").open("rb") as source, path.open("wb") as target:
        for number, line in enumerate(source):
            if number % CHUNK == CHUNK // 2:
                cells = line.rstrip().split(b",")
                spoilt = cells[:4] if number // CHUNK % 2 else [*cells[:-1], b"0.5.1"]
                line = b",".join(spoilt) + b"\r\n"
            target.write(line)


def lightning(path: Path) -> None:
    """1,000,000 rows as Lightning's CSVLogger leaves them: each fills its own columns only."""

    def rows() -> Iterator[list[object]]:
        for numbers, values in _chunks(MILLION, 2):
            for i, (a, b) in zip(numbers, values, strict=True):
                step = FIRST_STEP + i // 3
                match i % 3:
                    case 0:
                        yield ["", 1e-3 / (1 + i), step, "", "", "", ""]
                    case 1:
                        yield [i // 30_000, "", step, a, b, "", ""]
                    case 2:
                        yield ["", "", step, "", "", a, b]

    header = ["epoch", "lr-Adam", "step", "train_acc", "train_loss", "val_acc", "val_loss"]
    _write_csv(path, header, rows())


def json_lines(path: Path) -> None:
    """1,000,000 objects of step, time and 5 metrics."""
    with path.open("w") as file:
        for numbers, values in _chunks(MILLION, 5):
            for i, row in zip(numbers, values, strict=True):
                metrics = {f"metric_{k}": value for k, value in enumerate(row)}
                json.dump({"step": FIRST_STEP + i, "time": 1.7e9 + i * 0.25} | metrics, file)
                file.write("\n")


STATE_ROWS = 580_000


def trainer_state(path: Path) -> None:
    """100 MB as the Trainer of Hugging Face leaves them: every 50th entry is an evaluation."""
    state = {
        "best_metric": None,
        "epoch": 580.0,
        "global_step": STATE_ROWS,
        "log_history": [],
        "max_steps": STATE_ROWS,
        "stateful_callbacks": {"TrainerControl": {"args": {"should_log": False}}},
        "total_flos": 2.3e17,
    }
    before, after = json.dumps(state, indent=2).split("[]")
    names = (
        ("grad_norm", "learning_rate", "loss"),
        ("eval_loss", "eval_runtime", "eval_samples_per_second", "eval_steps_per_second"),
    )
    with path.open("w") as file:
        file.write(before)
        for numbers, values in _chunks(STATE_ROWS, 4):
            for i, row in zip(numbers, values, strict=True):
                metrics = dict(zip(names[i % 50 == 49], row, strict=False))
                entry = json.dumps({"epoch": i / 1000} | metrics | {"step": i}, indent=2)
                file.write(("," if i else "[") + "\n    " + entry.replace("\n", "\n    "))
        file.write("\n  ]" + after + "\n")


def small(path: Path) -> None:
    """A folder of 1,000 runs, each 200 rows of step and 6 metrics."""
    path.mkdir()
    for run in range(1000):
        _table(path / f"run-{run:04}.csv", 200, 6, clock=False, seed=run)


def tree(path: Path) -> None:
    """10,000 logs of 10 rows in as many folders, as loggers of several kinds leave them."""
    headers = ("step,loss,accuracy", "epoch,loss,val_loss", "epoch,step,train_loss", "it,a,b")
    names = ("metrics.csv", "training.log", "metrics.csv", "progress.csv")
    for run in range(10_000):
        kind = run % len(headers)
        folder = path / f"group-{run // 100:03}" / f"run-{run % 100:02}"
        folder.mkdir(parents=True)
        rows = "".join(f"{i},{i + 0.5},{run % 7 / 8}\n" for i in range(10))
        (folder / names[kind]).write_text(f"{headers[kind]}\n{rows}")
        if kind == 2:
            (folder / "hparams.yaml").write_text(f"lr: {run / 1000}\nlayers: [64, 64]\n")


def monitor(path: Path) -> None:
    """1,000,000 episodes as the Monitor of stable-baselines3 writes them."""
    random = np.random.default_rng(7)
    with path.open("w") as file:
        file.write('#{"t_start": 1700000000.0, "env_id": "CartPole-v1"}\nr,l,t\n')
        for start in range(0, MILLION, CHUNK):
            lengths = random.integers(9, 500, CHUNK).tolist()
            times = ((start + np.arange(CHUNK)) * 0.01).tolist()
            file.writelines(f"{n}.0,{n},{t:.6f}\n" for n, t in zip(lengths, times, strict=True))


def snapshot(path: Path) -> None:
    """200 arrays of float32, 100M numbers in all, the largest of 20M; stored, not packed."""
    random = np.random.default_rng(7)
    sizes = [20_000_000, *[4_000_000] * 9, *[231_580] * 189]
    sizes.append(100 * MILLION - sum(sizes))
    with zipfile.ZipFile(path, "w") as archive:
        for number, size in enumerate(sizes):
            array = random.standard_normal(size, np.float32) * np.float32(0.02)
            with archive.open(f"layer_{number:03}/kernel.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array.reshape(1, -1))


LOGS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "clean": ("clean.csv", clean),
    "part": ("part.csv", part),
    "ten_times": ("ten_times.csv", ten_times),
    "damaged": ("damaged.csv", damaged),
    "wide": ("wide.csv", wide),
    "lightning": ("lightning.csv", lightning),
    "json_lines": ("records.jsonl", json_lines),
    "trainer_state": ("trainer_state.json", trainer_state),
    "small": ("small", small),
    "tiny": ("tiny.csv", tiny),
    "tree": ("tree", tree),
    "monitor": ("0.monitor.csv", monitor),
    "snapshot": ("step_1.npz", snapshot),
}


def make(name: str) -> Path:
    """Return where a log is, after making it if it is not there yet."""
    file, maker = LOGS[name]
    path = DATA / file
    if not path.exists():
        partial = path.with_name(f"{path.name}.partial")
        DATA.mkdir(exist_ok=True)
        maker(partial)
        partial.rename(path)
    return path


if __name__ == "__main__":
    for wanted in sys.argv[1:] or LOGS:
        print(make(wanted), flush=True)
