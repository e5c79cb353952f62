"""The network and the recipe of milestone 04's `cifar.py`, by TinyTorch's fast tier and by PyTorch.

Both begin with the same weights and see the same batches, of TinyTorch's loader. A round is one
training of each: `--rounds 3` trains with the seeds 0, 1 and 2. The time is of everything from the
first batch to the accuracy on the test images, which stands behind the title, a number a round.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, pairwise
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn

from tinytorch import layers, losses, optim, spatial
from tinytorch.acceleration import accelerate
from tinytorch.autograd import no_grad
from tinytorch.benchmarking import Comparison, alternate
from tinytorch.dataloader import (
    CIFAR10,
    Compose,
    DataLoader,
    Normalize,
    RandomCrop,
    RandomHorizontalFlip,
)
from tinytorch.setup import manual_seed

EPOCHS = (3, 12)
CHANNELS = (3, 32, 64, 128)
BATCH, RATE = 128, 0.2
SCALE = Normalize((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
AUGMENT = Compose([SCALE, RandomCrop(32, padding=4), RandomHorizontalFlip()])

LAYERS = "Sequential", "Flatten", "Linear", "ReLU"
ours = SimpleNamespace(
    **{name: getattr(layers, name) for name in LAYERS},
    Conv2d=spatial.Conv2d,
    MaxPool2d=spatial.MaxPool2d,
    BatchNorm2d=spatial.BatchNorm2d,
    cross_entropy=losses.cross_entropy,
    SGD=optim.SGD,
    OneCycleLR=optim.OneCycleLR,
    no_grad=no_grad,
    tensor=lambda part: part,
)
theirs = SimpleNamespace(
    **{name: getattr(nn, name) for name in LAYERS},
    Conv2d=nn.Conv2d,
    MaxPool2d=nn.MaxPool2d,
    BatchNorm2d=nn.BatchNorm2d,
    cross_entropy=nn.functional.cross_entropy,
    SGD=torch.optim.SGD,
    OneCycleLR=torch.optim.lr_scheduler.OneCycleLR,
    no_grad=torch.no_grad,
    tensor=lambda part: torch.from_numpy(part.numpy()),
)


def network(lib: Any) -> Any:
    blocks = []
    for before, after in pairwise(CHANNELS):
        blocks += [lib.Conv2d(before, after, 3, padding=1, bias=False), lib.MaxPool2d(2)]
        blocks += [lib.BatchNorm2d(after), lib.ReLU()]
    return lib.Sequential(*blocks, lib.Flatten(), lib.Linear(CHANNELS[-1] * 4 * 4, 10))


def begun(lib: Any, seed: int) -> Any:
    """The network with the weights that TinyTorch draws."""
    manual_seed(seed)
    drawn, model = network(ours).state_dict(), network(lib)
    model.load_state_dict({name: lib.tensor(part) for name, part in drawn.items()})
    return model


def train(lib: Any, train_data: Any, test_data: Any, epochs: int, seed: int) -> tuple[float, float]:
    """Seconds, and the part of the test images that is read rightly."""
    model = begun(lib, seed)
    batches = DataLoader(
        train_data, BATCH, shuffle=True, drop_last=True, seed=seed, transform=AUGMENT
    )
    start = perf_counter()
    optimizer = lib.SGD(model.parameters(), RATE, momentum=0.9, nesterov=True, weight_decay=5e-4)
    steps = epochs * len(batches)
    schedule = lib.OneCycleLR(optimizer, RATE, total_steps=steps, cycle_momentum=False)
    for _ in range(epochs):
        for images, labels in batches:
            optimizer.zero_grad()
            outputs = model(lib.tensor(images))
            loss = lib.cross_entropy(outputs, lib.tensor(labels), label_smoothing=0.1)
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()
    right = 0
    with lib.no_grad():
        for images, labels in DataLoader(test_data, batch_size=500, transform=SCALE):
            found = model(lib.tensor(images)).numpy().argmax(1)
            right += int((found == labels.numpy()).sum())
    return perf_counter() - start, right / len(test_data)


def race(epochs: int, rounds: int) -> Comparison:
    data = CIFAR10(train=True), CIFAR10(train=False)
    accuracies: dict[str, list[float]] = {"TinyTorch": [], "PyTorch": []}
    seeds = {name: count() for name in accuracies}

    def trained(name: str, lib: Any) -> float:
        with accelerate("fast" if lib is ours else "vectorized"):
            seconds, accuracy = train(lib, *data, epochs, next(seeds[name]))
        accuracies[name].append(accuracy)
        return seconds

    probes = {"TinyTorch": partial(trained, "TinyTorch", ours)}
    probes["PyTorch"] = partial(trained, "PyTorch", theirs)
    found = alternate(probes, rounds=rounds)
    reached = "; ".join(
        f"{name} {', '.join(f'{each:.2%}' for each in values)}"
        for name, values in accuracies.items()
    )
    return found._replace(title=f"CIFAR-10, {epochs} epochs ({reached})")


def workloads() -> Iterator[Callable[..., Comparison]]:
    for epochs in EPOCHS:
        yield partial(race, epochs)
