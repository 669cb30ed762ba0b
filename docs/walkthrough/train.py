"""Train a small network on handwritten digits, and leave behind what such scripts leave behind.

    python docs/walkthrough/train.py experiment

writes ``experiment/metrics.csv`` and ``experiment/checkpoints/step_000100.npz`` …: weights,
biases and their gradients, every now and then. Wants numpy and scikit-learn, for the digits.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

STEPS = 2000
EVERY = 100
TRAINED = 1500
BATCH = 64
RATE = 0.5
DECAY = 1e-3


def main(folder: Path) -> None:
    """Train, and write metrics and checkpoints into a folder."""
    random = np.random.default_rng(7)
    pixels, labels = load_digits(return_X_y=True)
    order = random.permutation(len(labels))
    pixels, labels = pixels[order] / 16.0, labels[order]
    test = slice(TRAINED, None)

    weights = {"output/kernel": random.normal(0, 0.01, (64, 10)), "output/bias": np.zeros(10)}
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    with (folder / "metrics.csv").open("w", newline="") as file:
        log = csv.writer(file)
        log.writerow(["step", "train/loss", "test/loss", "test/accuracy"])
        for step in range(STEPS + 1):
            batch = random.integers(0, TRAINED, BATCH)
            loss, gradients = slope(weights, pixels[batch], labels[batch])
            if step % 20 == 0:
                test_loss, _ = slope(weights, pixels[test], labels[test])
                accuracy = np.mean(guess(weights, pixels[test]).argmax(1) == labels[test])
                log.writerow([step, loss, test_loss, accuracy])
            if step % EVERY == 0:
                arrays = weights | {f"{name}_grad": g for name, g in gradients.items()}
                arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
                np.savez(folder / "checkpoints" / f"step_{step:06}.npz", **arrays)
            for name, gradient in gradients.items():
                weights[name] = weights[name] - RATE * gradient
    print(f"{folder}: accuracy {accuracy:.1%} on {len(labels[test])} digits")


def guess(weights: dict[str, np.ndarray], pixels: np.ndarray) -> np.ndarray:
    """Return how likely each digit is, for each picture."""
    scores = pixels @ weights["output/kernel"] + weights["output/bias"]
    likely = np.exp(scores - scores.max(1, keepdims=True))
    return likely / likely.sum(1, keepdims=True)


def slope(
    weights: dict[str, np.ndarray], pixels: np.ndarray, labels: np.ndarray
) -> tuple[float, dict[str, np.ndarray]]:
    """Return the mean cross-entropy, and its gradient for each weight."""
    likely = guess(weights, pixels)
    rows = np.arange(len(labels))
    loss = -np.log(likely[rows, labels]).mean()
    likely[rows, labels] -= 1
    likely /= len(labels)
    return float(loss), {
        "output/kernel": pixels.T @ likely + DECAY * weights["output/kernel"],
        "output/bias": likely.sum(0),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
