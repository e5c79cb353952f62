"""1986: a network finds its own features, by backpropagation.

David Rumelhart, Geoffrey Hinton and Ronald Williams showed that gradients, passed back through a
network, make hidden units stand for something useful. Here a multi-layer perceptron learns to read
handwritten digits: the 8×8 ones that are inside, or with `--full` the 60,000 of MNIST.
"""

import sys
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure

from tinytorch.dataloader import MNIST, DataLoader, Dataset, Digits
from tinytorch.layers import Dropout, Flatten, Linear, ReLU, Sequential
from tinytorch.losses import cross_entropy
from tinytorch.optim import AdamW, OneCycleLR
from tinytorch.setup import manual_seed, process_peak, record
from tinytorch.tensor import randn_like
from tinytorch.training import Accuracy, ConfusionMatrix, Trainer, plot_confusion_matrix


class Task(NamedTuple):
    """What is learned, and how long; the network and its training are the same."""

    data: type[Dataset]
    pixels: int
    batch_size: int
    epochs: int
    max_lr: float
    dropout: float
    noise: float
    target: float


SMALL = Task(Digits, 64, 64, 80, max_lr=5e-3, dropout=0.4, noise=0.2, target=0.95)
FULL = Task(MNIST, 784, 128, 10, max_lr=3e-3, dropout=0.2, noise=0.0, target=0.98)
SEEDS = (0, 1, 2)
RUNS = Path("runs/03-mlp")


class Noise:
    """Adds normal noise to every pixel, so that no image is seen twice."""

    def __init__(self, strength):
        self.strength = strength

    def __call__(self, images, labels):
        return images + self.strength * randn_like(images), labels


def train(task, seed):
    """Train one network; its history, and what it mistakes for what in the end."""
    manual_seed(seed)
    loader = DataLoader(
        task.data(train=True),
        task.batch_size,
        shuffle=True,
        seed=seed,
        transform=Noise(task.noise) if task.noise else None,
    )
    model = Sequential(
        Flatten(),
        *(Linear(task.pixels, 512), ReLU(), Dropout(task.dropout)),
        *(Linear(512, 256), ReLU(), Dropout(task.dropout)),
        Linear(256, 10),
    )
    optimizer = AdamW(model.parameters(), weight_decay=0.05)
    trainer = Trainer(
        model,
        optimizer,
        partial(cross_entropy, label_smoothing=0.1),
        scheduler=OneCycleLR(
            optimizer, task.max_lr, epochs=task.epochs, steps_per_epoch=len(loader)
        ),
        metrics={"accuracy": Accuracy()},
    )
    test = task.data(train=False)
    tests = DataLoader(test, batch_size=1000)
    history = trainer.fit(loader, task.epochs, validation=tests)
    confusion = ConfusionMatrix(10)
    confusion.update(trainer.predict(tests), test.targets)
    return history, confusion.compute()


def main():
    task, name = (FULL, "full") if "--full" in sys.argv else (SMALL, "results")
    seconds, histories = [], []
    for seed in SEEDS:
        start = time.perf_counter()
        history, confusion = train(task, seed)
        seconds.append(time.perf_counter() - start)
        histories.append(history)
        reached = history.last["val_accuracy"]
        print(f"seed {seed}: {reached:.2%} after {seconds[-1]:.1f} s", flush=True)
    final = [history.last["val_accuracy"] for history in histories]
    print(
        f"lowest {min(final):.2%}, mean {sum(final) / 3:.2%}   (target: {task.target:.0%} for each)"
    )
    if peak := process_peak():
        print(f"memory at its peak: {peak / 1e6:.0f} MB")
    RUNS.mkdir(parents=True, exist_ok=True)
    draw(histories, confusion, RUNS / f"{name}.png")
    record(RUNS / f"{name}.json", seed=list(SEEDS), accuracy=final, seconds=seconds)
    print(f"Pictures and results are in {RUNS}/")
    if min(final) < task.target:
        raise SystemExit("the target was missed")


def draw(histories, confusion, path):
    """How the networks learned, and what the last one mistakes for what."""
    figure = Figure(figsize=(12, 5), layout="constrained")
    curves, matrix = figure.subplots(1, 2)
    for seed, history in zip(SEEDS, histories, strict=True):
        curves.plot(history["epoch"], history["accuracy"], ":", color=f"C{seed}")
        curves.plot(
            history["epoch"], history["val_accuracy"], color=f"C{seed}", label=f"seed {seed}"
        )
    curves.set(title="accuracy: test, and training (dotted)", xlabel="epoch", ylim=(0.8, 1.003))
    curves.legend()
    plot_confusion_matrix(confusion, axes=matrix)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
