"""A training step of a small convolutional network on 32×32 colour images, and its parts."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np

from tinytorch.benchmarking import Comparison, compare
from tinytorch.setup import keyed_generator

BATCH, CLASSES, RATE = 64, 10, 1e-5
CHANNELS = (3, 32, 64, 128)  # each convolution is followed by ReLU and 2×2 max pooling
SIZE = 32


def ours() -> Any:
    import tinytorch.autograd  # noqa: F401  (records what is computed)
    from tinytorch import layers, spatial
    from tinytorch.losses import cross_entropy
    from tinytorch.optim import Adam
    from tinytorch.tensor import no_grad, tensor

    return SimpleNamespace(
        **{name: getattr(layers, name) for name in ("Sequential", "Linear", "ReLU", "Flatten")},
        **{name: getattr(spatial, name) for name in ("Conv2d", "MaxPool2d", "BatchNorm2d")},
        tensor=lambda array, **how: tensor(array, **how),
        no_grad=no_grad,
        cross_entropy=cross_entropy,
        Adam=Adam,
    )


def theirs() -> Any:
    import torch
    from torch import nn

    names = "Sequential", "Linear", "ReLU", "Flatten", "Conv2d", "MaxPool2d", "BatchNorm2d"
    return SimpleNamespace(
        **{name: getattr(nn, name) for name in names},
        tensor=torch.tensor,
        no_grad=torch.no_grad,
        cross_entropy=nn.functional.cross_entropy,
        Adam=torch.optim.Adam,
    )


def fill(lib: Any, module: Any) -> Any:
    """Give a module's parameters the same values in both frameworks."""
    random = keyed_generator(0, 1)
    with lib.no_grad():
        for parameter in module.parameters():
            bound = float(np.prod(parameter.shape[1:])) ** -0.5
            drawn = random.uniform(-bound, bound, tuple(parameter.shape)).astype(np.float32)
            parameter.copy_(lib.tensor(drawn))
    return module


def images(*shape: int) -> np.ndarray:
    return keyed_generator(0, 2).standard_normal(shape, dtype=np.float32)


def step(lib: Any) -> Callable[[], float]:
    """Return a function that makes one training step and returns its loss."""
    layers = []
    for before, after in pairwise(CHANNELS):
        layers += [lib.Conv2d(before, after, 3, padding=1), lib.ReLU(), lib.MaxPool2d(2)]
    pixels = SIZE // 2 ** (len(CHANNELS) - 1)
    head = [lib.Flatten(), lib.Linear(CHANNELS[-1] * pixels * pixels, CLASSES)]
    model = fill(lib, lib.Sequential(*layers, *head))
    optimizer = lib.Adam(model.parameters(), lr=RATE)
    batch = lib.tensor(images(BATCH, 3, SIZE, SIZE))
    labels = lib.tensor(keyed_generator(0, 3).integers(CLASSES, size=BATCH))

    def run() -> float:
        optimizer.zero_grad()
        loss = lib.cross_entropy(model(batch), labels)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return run


def layer(lib: Any, make: Callable[[Any], Any], shape: tuple[int, ...]) -> Callable[[], float]:
    """Return a function that goes forward and back through one layer."""
    module = fill(lib, make(lib))
    x = lib.tensor(images(*shape))
    x.requires_grad_()
    with lib.no_grad():
        gradient = lib.tensor(images(*module(x).shape))

    def run() -> float:
        x.grad = None
        out = module(x)
        out.backward(gradient)
        return float(out.sum().item())

    return run


LAYERS: dict[str, tuple[Callable[[Any], Any], tuple[int, ...]]] = {
    "conv 3×3, 3 → 32": (lambda lib: lib.Conv2d(3, 32, 3, padding=1), (BATCH, 3, 32, 32)),
    "conv 3×3, 32 → 64": (lambda lib: lib.Conv2d(32, 64, 3, padding=1), (BATCH, 32, 16, 16)),
    "conv 3×3, 64 → 128": (lambda lib: lib.Conv2d(64, 128, 3, padding=1), (BATCH, 64, 8, 8)),
    "max pooling 2×2": (lambda lib: lib.MaxPool2d(2), (BATCH, 32, 32, 32)),
    "batch norm": (lambda lib: lib.BatchNorm2d(32), (BATCH, 32, 32, 32)),
}


def workloads() -> Iterator[Callable[..., Comparison]]:
    same = partial(np.testing.assert_allclose, rtol=1e-3, atol=1e-2)
    libraries = {"TinyTorch": ours(), "PyTorch": theirs()}
    steps = {name: step(lib) for name, lib in libraries.items()}
    yield partial(compare, steps, title=f"CNN step, batch {BATCH}", agree=same)
    for title, (make, shape) in LAYERS.items():
        parts = {name: layer(lib, make, shape) for name, lib in libraries.items()}
        yield partial(compare, parts, title=f"{title}, forward and back")
