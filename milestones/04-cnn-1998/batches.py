"""Why there is a DataLoader: the same epoch sample by sample, and in batches.

Both see every digit once: the 8×8 ones that are inside, or with `--full` the 60,000 of MNIST. What
differs is how many of them go through the network together.
"""

import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

from tinytorch.dataloader import MNIST, DataLoader, Dataset, Digits
from tinytorch.layers import Flatten, Linear, ReLU, Sequential
from tinytorch.losses import cross_entropy
from tinytorch.optim import SGD
from tinytorch.setup import manual_seed, record
from tinytorch.spatial import Conv2d, MaxPool2d
from tinytorch.training import Accuracy, Trainer


class Task(NamedTuple):
    """What is learned; the network is the same but for the size of the images."""

    data: type[Dataset]
    pixels: int


class Way(NamedTuple):
    """How many samples go through the network together, and how they are learned from."""

    batch_size: int
    epochs: int
    lr: float


SMALL, FULL = Task(Digits, 8), Task(MNIST, 28)
# An update by a single sample is a worse guess at the gradient, so it must be a smaller one.
SINGLY, TOGETHER = Way(1, epochs=1, lr=0.003), Way(64, epochs=10, lr=0.1)
TARGET = 5  # times as fast, at least
RUNS = Path("runs/04-cnn")


def learn(task, way):
    """Train a network; the seconds of each epoch, and the accuracy on the test data after it."""
    manual_seed(0)
    loader = DataLoader(task.data(train=True), way.batch_size, shuffle=True, seed=0)
    tests = DataLoader(task.data(train=False), batch_size=500)
    model = Sequential(
        *(Conv2d(1, 8, kernel_size=3, padding=1), ReLU(), MaxPool2d(2)),
        *(Flatten(), Linear(8 * (task.pixels // 2) ** 2, 10)),
    )
    optimizer = SGD(model.parameters(), lr=way.lr, momentum=0.9)
    trainer = Trainer(model, optimizer, cross_entropy, metrics={"accuracy": Accuracy()})
    seconds, accuracies = [], []
    for _ in range(way.epochs):
        start = time.perf_counter()
        trainer.fit(loader, 1)
        seconds.append(time.perf_counter() - start)
        accuracies.append(trainer.evaluate(tests)["accuracy"])
    return seconds, accuracies


def main():
    task, name = (FULL, "batches-full") if "--full" in sys.argv else (SMALL, "batches")
    singly, (alone,) = learn(task, SINGLY)
    together, accuracies = learn(task, TOGETHER)
    # An epoch in batches is short: the median of several is steadier than any of them.
    one, batched = singly[0], statistics.median(together)
    factor = one / batched
    print(f"{'':24}{'an epoch':>10}{'accuracy after 1':>20}{f'after {TOGETHER.epochs}':>11}")
    print(f"{'one by one':24}{one:8.3f} s{alone:20.1%}")
    line = f"{f'in batches of {TOGETHER.batch_size}':24}{batched:8.3f} s"
    print(f"{line}{accuracies[0]:20.1%}{accuracies[-1]:11.1%}")
    print(f"batches are {factor:.0f} times as fast   (target: at least {TARGET} times)")
    record(
        RUNS / f"{name}.json",
        seed=0,
        one_by_one={"seconds": singly, "accuracy": [alone], **SINGLY._asdict()},
        in_batches={"seconds": together, "accuracy": accuracies, **TOGETHER._asdict()},
        factor=factor,
    )
    print(f"Results are in {RUNS}/")
    if factor < TARGET:
        raise SystemExit("the target was missed")


if __name__ == "__main__":
    main()
