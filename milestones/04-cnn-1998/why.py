"""Why convolution: a perceptron with several layers and a convolutional network run the same race.

Both have the same data, the same trainer, the same seconds and about as many parameters. They look
at handwritten digits that lie now here, now there: the 8×8 ones that are inside, somewhere in a
frame of 16×16; or with `--full` at MNIST, shifted by up to 4 pixels, and at CIFAR-10's photographs.
"""

import sys
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from tinytorch.acceleration import accelerate
from tinytorch.dataloader import (
    CIFAR10,
    MNIST,
    DataLoader,
    Dataset,
    Digits,
    RandomCrop,
    RandomHorizontalFlip,
    RandomSampler,
    TensorDataset,
)
from tinytorch.layers import Flatten, Linear, ReLU, Sequential
from tinytorch.losses import cross_entropy
from tinytorch.optim import AdamW, OneCycleLR
from tinytorch.setup import manual_seed, record, usable_cores, use_generator
from tinytorch.spatial import BatchNorm1d, BatchNorm2d, Conv2d, MaxPool2d
from tinytorch.training import Accuracy, Trainer


class Task(NamedTuple):
    """What is learned, in how many seconds, and by how large a network of each kind."""

    name: str
    data: type[Dataset]
    transform: Any  # each batch's images, anew in each epoch
    moves: bool  # whether the test images get the transform too, once for all
    image: tuple[int, int]  # channels, and pixels in a row, of what a network sees
    seconds: float
    batch_size: int
    channels: tuple[int, ...]  # of the CNN's convolutions
    hidden: int  # units of its linear layer
    width: int  # units of both hidden layers of the MLP: they make it as large as the CNN


FRAME = Task(
    *("digits somewhere in a frame", Digits, RandomCrop(16, padding=8), True, (1, 16)),
    *(2, 64, (8, 16, 32), 32, 35),
)
SHIFTED = Task(
    *("MNIST, shifted by up to 4 pixels", MNIST, RandomCrop(28, padding=4), True, (1, 28)),
    *(25, 128, (8, 16, 32), 320, 112),
)
PHOTOS = Task(
    *("CIFAR-10", CIFAR10, RandomHorizontalFlip(), False, (3, 32)),
    *(45, 128, (16, 32, 64), 128, 50),
)
SEEDS = (0, 1, 2)
LOOKS = 8  # how often a network is tested on its way; these times count too
TRIAL = 20  # steps that tell how long one takes
RUNS = Path("runs/04-cnn")


def mlp(task):
    """Every pixel is connected with every unit, and no two connections share a weight."""
    channels, side = task.image
    return Sequential(
        Flatten(),
        *(Linear(channels * side * side, task.width), BatchNorm1d(task.width), ReLU()),
        *(Linear(task.width, task.width), BatchNorm1d(task.width), ReLU()),
        Linear(task.width, 10),
    )


def cnn(task):
    """The same few weights look at every window of 3×3; then the image is halved, and so on."""
    (channels, side), blocks = task.image, []
    for before, after in pairwise((channels, *task.channels)):
        blocks += [Conv2d(before, after, 3, padding=1, bias=False), MaxPool2d(2)]
        blocks += [BatchNorm2d(after), ReLU()]
    side //= 2 ** len(task.channels)
    return Sequential(
        *(*blocks, Flatten()),
        *(Linear(task.channels[-1] * side * side, task.hidden), BatchNorm1d(task.hidden), ReLU()),
        Linear(task.hidden, 10),
    )


# Each has a learning rate that suits it. Of 0.001, 0.003 and 0.01, in short trainings with seed 0,
# the perceptron did best on CIFAR-10 with the second and on MNIST with the third, by 0.4 and 0.3 %:
# it has one in between. The convolutional network did best on both with the third.
NETWORKS = {"MLP": (mlp, 5e-3), "CNN": (cnn, 1e-2)}


@cache
def data(task):
    """The images to train with, and those to test with, which are moved once, by a fixed key."""
    train, test = task.data(train=True), task.data(train=False)
    if task.moves:
        with use_generator(0):
            images, labels = test[:]
            test = TensorDataset(task.transform(images), labels)
    return train, test


def fit(task, network, seed, looks, steps):
    """Train a network, with a look at the test images after so many steps; the trainer."""
    manual_seed(seed)
    train, test = data(task)
    loader = DataLoader(
        train,
        task.batch_size,
        sampler=RandomSampler(train, num_samples=steps * task.batch_size),
        seed=seed,
        transform=task.transform,
    )
    make, max_lr = NETWORKS[network]
    model = make(task)
    optimizer = AdamW(model.parameters(), weight_decay=0.05)
    trainer = Trainer(
        model,
        optimizer,
        cross_entropy,
        scheduler=OneCycleLR(optimizer, max_lr, epochs=looks, steps_per_epoch=steps),
        metrics={"accuracy": Accuracy()},
    )
    trainer.fit(loader, looks, validation=DataLoader(test, batch_size=1000))
    return trainer


def race(task, network, seed):
    """Train a network for the task's seconds, with as many steps as there is time for."""
    trial = fit(task, network, seed, looks=3, steps=TRIAL)
    start = perf_counter()
    trial.evaluate(trial.validation_batches)
    look = perf_counter() - start
    step = (min(trial.history["seconds"]) - look) / TRIAL
    steps = max(1, int((task.seconds / LOOKS - look) / step))
    trainer = fit(task, network, seed, LOOKS, steps)
    return {
        "parameters": sum(parameter.numel() for parameter in trainer.model.parameters()),
        "epochs": LOOKS * steps * task.batch_size / len(data(task)[0]),
        "seconds": list(accumulate(trainer.history["seconds"])),
        "accuracy": trainer.history["val_accuracy"],
    }


def main():
    full = "--full" in sys.argv
    tasks, name = ([PHOTOS, SHIFTED], "why-full") if full else ([FRAME], "why")
    accelerate(threads=usable_cores())
    results = {}
    for task in tasks:
        results[task.name] = {network: [] for network in NETWORKS}
        print(f"{task.name}: {task.seconds} s for each training", flush=True)
        for seed in SEEDS:
            for network, runs in results[task.name].items():
                runs.append(race(task, network, seed))
                print(
                    f"seed {seed}: {network} with {runs[-1]['parameters']:,} parameters reads "
                    f"{runs[-1]['accuracy'][-1]:.2%} after {runs[-1]['epochs']:.1f} epochs "
                    f"in {runs[-1]['seconds'][-1]:.1f} s",
                    flush=True,
                )
    better = [
        cnn["accuracy"][-1] - mlp["accuracy"][-1]
        for found in results.values()
        for mlp, cnn in zip(found["MLP"], found["CNN"], strict=True)
    ]
    print(f"the CNN is better by {min(better):.2%} at least   (target: better with each seed)")
    RUNS.mkdir(parents=True, exist_ok=True)
    draw(results, RUNS / f"{name}.png")
    rates = {network: max_lr for network, (_, max_lr) in NETWORKS.items()}
    record(RUNS / f"{name}.json", seed=list(SEEDS), max_lr=rates, **results)
    print(f"Pictures and results are in {RUNS}/")
    if min(better) <= 0:
        raise SystemExit("the target was missed")


def draw(results, path):
    """What each network reads of the test images, second for second; a line for each seed."""
    figure = Figure(figsize=(5.5 * len(results), 4), layout="constrained")
    panels = figure.subplots(1, len(results), squeeze=False)[0]
    for axes, (title, found) in zip(panels, results.items(), strict=True):
        for colour, (network, runs) in zip(("C1", "C0"), found.items(), strict=True):
            for run in runs:
                (line,) = axes.plot(run["seconds"], run["accuracy"], color=colour)
                axes.plot(run["seconds"][-1], run["accuracy"][-1], "o", color=colour)
            line.set_label(f"{network}, {run['parameters']:,} parameters")
        axes.set(title=title, xlabel="seconds of training", ylabel="test accuracy")
        axes.yaxis.set_major_formatter("{x:.0%}")
        axes.grid(alpha=0.3)
        axes.legend(loc="lower right")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
