"""1998: a network looks at every part of an image in the same way.

LeNet-5, by Yann LeCun, Léon Bottou, Yoshua Bengio and Patrick Haffner, was part of a system that
read millions of cheques a day. Here it learns to read the digits of MNIST with `--full`, or else
the 8×8 ones that are inside, enlarged to the 28×28 pixels that it takes.
"""

import sys
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from tinytorch.acceleration import accelerate
from tinytorch.dataloader import MNIST, DataLoader, Dataset, Digits, RandomCrop
from tinytorch.layers import Identity, Sequential
from tinytorch.losses import cross_entropy
from tinytorch.optim import AdamW, OneCycleLR
from tinytorch.setup import manual_seed, process_peak, record, usable_cores
from tinytorch.spatial import LeNet5, Upsample
from tinytorch.training import Accuracy, ConfusionMatrix, Trainer, plot_confusion_matrix


class Task(NamedTuple):
    """What is learned, and how long; the network and its training are the same."""

    data: type[Dataset]
    pixels: int
    shift: int
    batch_size: int
    epochs: int
    max_lr: float
    target: float


SMALL = Task(Digits, 8, 1, batch_size=64, epochs=40, max_lr=3e-3, target=0.95)
FULL = Task(MNIST, 28, 0, batch_size=128, epochs=5, max_lr=5e-3, target=0.99)
SEEDS = (0, 1, 2)
RUNS = Path("runs/04-cnn")


def train(task, seed):
    """Train one network; its history, what it mistakes for what, and its first kernels."""
    manual_seed(seed)
    loader = DataLoader(
        task.data(train=True),
        task.batch_size,
        shuffle=True,
        seed=seed,
        # An image that is moved by a pixel is the same digit: no two epochs are alike.
        transform=RandomCrop(task.pixels, padding=task.shift) if task.shift else None,
    )
    lenet = LeNet5()
    enlarge = Identity() if task.pixels == 28 else Upsample(28, mode="bilinear")
    model = Sequential(enlarge, lenet)
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
    tests = DataLoader(test, batch_size=500)
    history = trainer.fit(loader, task.epochs, validation=tests)
    confusion = ConfusionMatrix(10)
    confusion.update(trainer.predict(tests), test.targets)
    return history, confusion.compute(), lenet.features[0].weight


def main():
    # Fast kernels, on all cores; by default on as many as BLAS has, and nox leaves it one.
    accelerate(threads=usable_cores())
    task, name = (FULL, "lenet-full") if "--full" in sys.argv else (SMALL, "lenet")
    seconds, histories = [], []
    for seed in SEEDS:
        start = time.perf_counter()
        history, confusion, kernels = train(task, seed)
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
    draw(histories, confusion, kernels, RUNS / f"{name}.png")
    record(
        RUNS / f"{name}.json",
        seed=list(SEEDS),
        accuracy=final,
        seconds=seconds,
        epochs=task.epochs,
    )
    print(f"Pictures and results are in {RUNS}/")
    if min(final) < task.target:
        raise SystemExit("the target was missed")


def draw(histories, confusion, kernels, path):
    """How the networks learned, and of the last one: what it mistakes for what, and its kernels."""
    figure = Figure(figsize=(14, 5), layout="constrained")
    curves, matrix, windows = figure.subplots(1, 3, width_ratios=(5, 5, 3))
    for seed, history in zip(SEEDS, histories, strict=True):
        curves.plot(history["epoch"], history["accuracy"], ":", color=f"C{seed}")
        curves.plot(
            history["epoch"], history["val_accuracy"], color=f"C{seed}", label=f"seed {seed}"
        )
    curves.set(title="accuracy: test, and training (dotted)", xlabel="epoch", ylim=(0.8, 1.003))
    curves.locator_params(axis="x", integer=True)
    curves.legend()
    plot_confusion_matrix(confusion, axes=matrix)
    framed = np.pad(
        kernels.detach().numpy()[:, 0], ((0, 0), (0, 1), (0, 1)), constant_values=np.nan
    )
    windows.imshow(np.block([[framed[i], framed[i + 1]] for i in (0, 2, 4)]), cmap="gray")
    windows.set(title="the six kernels of the first layer")
    windows.set_axis_off()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
