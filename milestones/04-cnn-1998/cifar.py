"""Photographs instead of digits: a small network of convolutions learns CIFAR-10 in minutes.

Three blocks of convolution, pooling, batch norm and ReLU, and one linear layer at the end: the form
that LeNet's idea has taken since. Module 10 moves and mirrors the images, so that none is seen
twice, and the learning rate goes up and down in one cycle. With `--full` it is trained twice from
each seed, for two minutes at most and for five; without, a narrower one reads 8×8 digits.
"""

import sys
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from tinytorch.acceleration import accelerate
from tinytorch.dataloader import (
    CIFAR10,
    Compose,
    DataLoader,
    Dataset,
    Digits,
    Normalize,
    RandomCrop,
    RandomHorizontalFlip,
)
from tinytorch.layers import Flatten, Linear, ReLU, Sequential
from tinytorch.losses import cross_entropy
from tinytorch.optim import SGD, OneCycleLR
from tinytorch.setup import manual_seed, process_peak, record, usable_cores
from tinytorch.spatial import BatchNorm2d, Conv2d, MaxPool2d
from tinytorch.training import Accuracy, ConfusionMatrix, Trainer, plot_confusion_matrix


class Task(NamedTuple):
    """What is learned, and by how wide a network."""

    data: type[Dataset]
    pixels: int
    mean: tuple[float, ...]  # of the training images, a number for each channel
    std: tuple[float, ...]
    flip: float  # how likely an image is mirrored
    widths: tuple[int, ...]  # the channels after each block


class Run(NamedTuple):
    """How long it is learned, and what has to come of it, in so many seconds if it says so."""

    epochs: int
    max_lr: float
    shift: int  # pixels by which images move
    batch_size: int
    target: float
    within: float | None = None


# A mirrored cat is a cat; a mirrored 2 is no 2.
DIGITS = Task(Digits, 8, (0.3054,), (0.3755,), flip=0.0, widths=(16, 32, 64))
PHOTOGRAPHS = Task(
    CIFAR10,
    32,
    (0.4914, 0.4822, 0.4465),
    (0.2470, 0.2435, 0.2616),
    flip=0.5,
    widths=(32, 64, 128),
)
SMALL = {"digits": Run(30, max_lr=0.1, shift=1, batch_size=64, target=0.96)}
FULL = {
    "short": Run(3, max_lr=0.2, shift=4, batch_size=128, target=0.75, within=120),
    "long": Run(12, max_lr=0.2, shift=4, batch_size=128, target=0.83, within=300),
}
SEEDS = (0, 1, 2)
MEMORY = 2e9  # bytes, at most
RUNS = Path("runs/04-cnn")


def network(task):
    """The blocks, each of which halves the image, and the layer that scores the classes."""
    layers = []
    for channels, width in zip((len(task.mean), *task.widths), task.widths, strict=False):
        layers += [
            Conv2d(channels, width, kernel_size=3, padding=1, bias=False),  # the norm has a bias
            MaxPool2d(2),
            BatchNorm2d(width),
            ReLU(),
        ]
    side = task.pixels // 2 ** len(task.widths)
    return Sequential(*layers, Flatten(), Linear(task.widths[-1] * side**2, 10))


def train(task, run, seed):
    """Train one network; its history, what it mistakes for what, and its first kernels."""
    manual_seed(seed)
    scale = Normalize(task.mean, task.std)
    # What comes in from the edge is zero, so behind the scaling: the mean.
    augment = [scale, RandomCrop(task.pixels, padding=run.shift), RandomHorizontalFlip(task.flip)]
    loader = DataLoader(
        task.data(train=True),
        run.batch_size,
        shuffle=True,
        drop_last=True,
        seed=seed,
        transform=Compose(augment),
    )
    test = task.data(train=False)
    tests = DataLoader(test, batch_size=500, transform=scale)
    model = network(task)
    optimizer = SGD(model.parameters(), momentum=0.9, nesterov=True, weight_decay=5e-4)
    trainer = Trainer(
        model,
        optimizer,
        partial(cross_entropy, label_smoothing=0.1),
        scheduler=OneCycleLR(
            optimizer,
            run.max_lr,
            epochs=run.epochs,
            steps_per_epoch=len(loader),
            cycle_momentum=False,
        ),
        metrics={"accuracy": Accuracy()},
    )
    history = trainer.fit(loader, run.epochs, validation=tests)
    confusion = ConfusionMatrix(10)
    confusion.update(trainer.predict(tests), test.targets)
    return history, confusion.compute(), model[0].weight


def learn(task, run, name):
    """Train from each seed; the results by name, and whether they are what they have to be."""
    seconds, histories = [], []
    for seed in SEEDS:
        start = time.perf_counter()
        history, confusion, kernels = train(task, run, seed)
        seconds.append(time.perf_counter() - start)  # data, training and evaluation
        histories.append(history)
        reached = history.last["val_accuracy"]
        print(f"{name}, seed {seed}: {reached:.2%} after {seconds[-1]:.1f} s", flush=True)
    final = [history.last["val_accuracy"] for history in histories]
    limit = f" within {run.within} s" if run.within else ""
    print(
        f"{name}: lowest {min(final):.2%}, slowest {max(seconds):.1f} s"
        f"   (target: {run.target:.0%}{limit} for each)",
        flush=True,
    )
    RUNS.mkdir(parents=True, exist_ok=True)
    draw(histories, confusion, task.data.classes, kernels, RUNS / f"cifar-{name}.png")
    good = min(final) >= run.target and max(seconds) <= (run.within or float("inf"))
    return {"accuracy": final, "seconds": seconds, **run._asdict()}, good


def main():
    # Fast kernels, on all cores; by default on as many as BLAS has, and nox leaves it one.
    accelerate(threads=usable_cores())
    full = "--full" in sys.argv
    task, runs = (PHOTOGRAPHS, FULL) if full else (DIGITS, SMALL)
    results, good = {}, True
    for name, run in runs.items():
        results[name], reached = learn(task, run, name)
        good &= reached
    if peak := process_peak():
        print(f"memory at its peak: {peak / 1e6:.0f} MB   (target: below {MEMORY / 1e6:.0f} MB)")
        good &= peak < MEMORY
    record(
        RUNS / f"{'cifar-full' if full else 'cifar'}.json",
        seed=list(SEEDS),
        widths=task.widths,
        **results,
    )
    print(f"Pictures and results are in {RUNS}/")
    if not good:
        raise SystemExit("a target was missed")


def draw(histories, confusion, classes, kernels, path):
    """How the networks learned, and of the last one: what it mistakes for what, and its kernels."""
    figure = Figure(figsize=(15, 6), layout="constrained")
    curves, matrix, windows = figure.subplots(1, 3, width_ratios=(5, 6, 3))
    for seed, history in zip(SEEDS, histories, strict=True):
        curves.plot(history["epoch"], history["accuracy"], ":", color=f"C{seed}")
        curves.plot(
            history["epoch"], history["val_accuracy"], color=f"C{seed}", label=f"seed {seed}"
        )
    curves.set(title="accuracy: test, and training (dotted)", xlabel="epoch")
    curves.locator_params(axis="x", integer=True)
    curves.legend()
    plot_confusion_matrix(confusion, classes, axes=matrix)
    windows.imshow(side_by_side(kernels.detach().numpy()), cmap="gray")
    windows.set(title="the kernels of the first layer")
    windows.set_axis_off()
    figure.savefig(path, dpi=110)


def side_by_side(kernels, columns=4):
    """Kernels (N, C, H, W) in one picture, in rows; each goes from its least weight to its most."""
    least, most = kernels.min(axis=(1, 2, 3)), kernels.max(axis=(1, 2, 3))
    pictures = (kernels.transpose(2, 3, 1, 0) - least) / (most - least)  # (H, W, C, N)
    framed = np.pad(pictures, ((0, 1), (0, 1), (0, 0), (0, 0)), constant_values=1)
    rows = [framed[..., i : i + columns] for i in range(0, len(kernels), columns)]
    return np.concatenate([np.concatenate(np.moveaxis(row, 3, 0), axis=1) for row in rows])


if __name__ == "__main__":
    main()
