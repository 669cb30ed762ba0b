"""Make the pictures of docs/frameworks.md: ten experiments of ten frameworks in one folder.

Their logs are those under ``fixtures/``. Needs the extras ``test`` and ``browser``, and Chromium:

    PYTHONPATH=tests python docs/frameworks.py
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from browser.chromium import chromium, missing
from browser.dashboard import PATIENCE
from browser.picture import picture_at_rest, write_picture
from oracle import TensorBoard, ingest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures"

EXPERIMENTS = {
    "keras": "keras/digits/digits.csv",
    "lightning": "lightning/csvlogger/lightning_logs/version_0",
    "transformers": "trainer/two_evals/bert-tiny",
    "yolo": "ultralytics/yolo11/runs/detect/train",
    "sb3": "stable_baselines3/ppo/logs/ppo/CartPole-v1_1",
    "ray": "ray/function/ray_results/exp",
    "mlflow": "mlflow/two_runs/mlruns",
    "catboost": "catboost/regressor/catboost_info",
    "timm": "timm/summary/output/train",
    "sacred": "sacred/two_runs/runs",
}
"""What stands in the folder, and where it comes from."""

PAGES = {"hparams": (1600, 760), "timeseries": (1400, 900), "text": (1200, 760)}
TAGS = "loss|mlogloss|ep_rew|RMSE"


def main() -> None:
    """Put the experiments into one folder, convert it, look, and write the pictures."""
    if message := missing():
        sys.exit(message)
    # the page shows the logdir as it was named
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        folder, logdir = Path("experiments"), Path("runs")
        for name, source in EXPERIMENTS.items():
            _copy(FIXTURES / source, folder / name)
        ingest(folder, logdir=logdir)
        with TensorBoard(logdir) as board, chromium() as browser:
            for page, size in PAGES.items():
                picture = _picture(browser, board.url, page, size)
                write_picture(ROOT / "docs" / f"frameworks-{page}.png", picture)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        target.mkdir(parents=True)
        shutil.copy(source, target)


def _picture(browser: Browser, url: str, fragment: str, size: tuple[int, int]) -> bytes:
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{url}?smoothing=0&tagFilter={quote(TAGS)}#{fragment}")
    page.wait_for_timeout(5000)
    page.mouse.move(1, height - 1)
    return picture_at_rest(page)


if __name__ == "__main__":
    main()
