"""A training step of the network of milestone 03, 784-256-128-10: forward, backward, update."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np

from tinytorch.benchmarking import Comparison, compare
from tinytorch.setup import keyed_generator

SIZES = (784, 256, 128, 10)
# Slow learning, so that thousands of steps on the same batch don't end at a loss of nothing.
RATE, MOMENTUM = 1e-4, 0.9


# What each framework calls the same things; imported by the call, so that the processes of
# peak_memory.py hold one framework and not the other.


def ours() -> Any:
    import tinytorch.autograd  # noqa: F401  (records what is computed)
    from tinytorch.layers import Linear, ReLU, Sequential
    from tinytorch.losses import cross_entropy
    from tinytorch.optim import SGD
    from tinytorch.tensor import no_grad, tensor

    return SimpleNamespace(
        tensor=tensor,
        no_grad=no_grad,
        Sequential=Sequential,
        Linear=Linear,
        ReLU=ReLU,
        cross_entropy=cross_entropy,
        SGD=SGD,
    )


def theirs() -> Any:
    import torch
    from torch.nn import Linear, ReLU, Sequential
    from torch.nn.functional import cross_entropy

    return SimpleNamespace(
        tensor=torch.tensor,
        no_grad=torch.no_grad,
        Sequential=Sequential,
        Linear=Linear,
        ReLU=ReLU,
        cross_entropy=cross_entropy,
        SGD=torch.optim.SGD,
    )


def batch(size: int) -> tuple[np.ndarray, np.ndarray]:
    random = keyed_generator(0, size)
    images = random.random((size, SIZES[0]), dtype=np.float32)
    return images, random.integers(SIZES[-1], size=size)


def weights() -> list[np.ndarray]:
    """Return weight and bias of each layer, drawn as PyTorch's Linear draws them."""
    random = keyed_generator(0)
    return [
        random.uniform(-(fan_in**-0.5), fan_in**-0.5, shape).astype(np.float32)
        for fan_in, fan_out in pairwise(SIZES)
        for shape in ((fan_out, fan_in), (fan_out,))
    ]


def step(lib: Any, size: int) -> Callable[[], float]:
    """Return a function that makes one training step and returns its loss."""
    model = lib.Sequential(
        lib.Linear(SIZES[0], SIZES[1]),
        lib.ReLU(),
        lib.Linear(SIZES[1], SIZES[2]),
        lib.ReLU(),
        lib.Linear(SIZES[2], SIZES[3]),
    )
    with lib.no_grad():
        for parameter, drawn in zip(model.parameters(), weights()):
            parameter.copy_(lib.tensor(drawn))
    optimizer = lib.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    images, labels = (lib.tensor(array) for array in batch(size))

    def run() -> float:
        optimizer.zero_grad()
        loss = lib.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return run


def by_hand(size: int) -> Callable[[], float]:
    """Return the same step as one writes it in NumPy without a framework."""
    parameters = weights()
    velocities = [np.zeros_like(parameter) for parameter in parameters]
    images, labels = batch(size)
    rows = np.arange(size)

    def run() -> float:
        w1, b1, w2, b2, w3, b3 = parameters
        hidden1 = np.maximum(images @ w1.T + b1, 0)  # (B, 784) @ (784, 256) -> (B, 256)
        hidden2 = np.maximum(hidden1 @ w2.T + b2, 0)  # (B, 256) @ (256, 128) -> (B, 128)
        logits = hidden2 @ w3.T + b3  # (B, 128) @ (128, 10) -> (B, 10)
        logits -= logits.max(1, keepdims=True)
        exponentials = np.exp(logits)
        sums = exponentials.sum(1, keepdims=True)
        loss = (np.log(sums)[:, 0] - logits[rows, labels]).mean()
        grad = exponentials / sums
        grad[rows, labels] -= 1
        grad /= size
        grad2 = (grad @ w3) * (hidden2 > 0)
        grad1 = (grad2 @ w2) * (hidden1 > 0)
        gradients = []
        for output, into in ((grad1, images), (grad2, hidden1), (grad, hidden2)):
            gradients += [output.T @ into, output.sum(0)]
        for parameter, velocity, gradient in zip(parameters, velocities, gradients):
            velocity *= MOMENTUM
            velocity += gradient
            parameter -= RATE * velocity
        return float(loss)

    return run


def workloads() -> Iterator[Callable[..., Comparison]]:
    for size in (64, 512):
        versions = {
            "NumPy": by_hand(size),
            "TinyTorch": step(ours(), size),
            "PyTorch": step(theirs(), size),
        }
        same = partial(np.testing.assert_allclose, rtol=1e-5)
        yield partial(compare, versions, title=f"MLP step, batch {size}", agree=same)
