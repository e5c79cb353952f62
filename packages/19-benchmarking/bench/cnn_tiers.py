"""Each operation of a convolutional network alone: as the modules ship it, fast, and by PyTorch.

What goes in lies in memory as a network hands it on: in the fast tier with the channels last, but
for the images of the first layer. A convolution's forward pass and its two gradients are timed each
by itself, and set beside this machine's own matrix product (1024×1024, NumPy) in the same run: each
one's share of its operations a second. The other operations go forward and back.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from cnn_step import BATCH, CHANNELS, CLASSES, MIN_TIME, RATE, SIZE, images, race
from torch import nn

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch import activations, optim, spatial
from tinytorch.acceleration.layout import channels_second
from tinytorch.benchmarking import Comparison, measure
from tinytorch.layers import Parameter
from tinytorch.spatial.sliding import convolve, convolve_input, convolve_weight
from tinytorch.tensor import Tensor, from_numpy

SQUARE = 1024  # of the matrix product
SHAPE = BATCH, 32, 32, 32  # of what is pooled, normalised and rectified
CONVOLVED = {"stride": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}


def in_order(array: np.ndarray) -> Tensor:
    return from_numpy(array.copy())


def handed_on(array: np.ndarray) -> Tensor:
    """In the order in which the fast tier hands images on."""
    if array.shape[1] == CHANNELS[0]:
        return in_order(array)
    return from_numpy(channels_second(np.ascontiguousarray(array.transpose(0, 2, 3, 1))))


def close(mine: Any, base: Any) -> None:
    mine, base = mine.detach().numpy(), base.detach().numpy()
    np.testing.assert_allclose(mine, base, rtol=1e-3, atol=1e-4 * np.abs(base).max())


def maps(before: int, after: int, side: int) -> dict[str, dict[str, Callable[[], Any]]]:
    """The three maps of a convolution, each by the three versions."""
    x, z = images(BATCH, before, side, side), images(BATCH, after, side, side)
    w, b = images(after, before, 3, 3), images(after)
    kernels, bias = in_order(w), in_order(b)
    found: dict[str, dict[str, Callable[[], Any]]] = {
        "forward": {},
        "weight gradient": {},
        "input gradient": {},
    }
    for name, tensor in (("vectorized", in_order), ("fast", handed_on)):
        into, became = tensor(x), tensor(z)
        found["forward"][name] = partial(convolve, into, kernels, bias, **CONVOLVED)
        found["weight gradient"][name] = partial(
            convolve_weight, into, became, kernel_size=(3, 3), **CONVOLVED
        )
        found["input gradient"][name] = partial(
            convolve_input, became, kernels, size=(side, side), **CONVOLVED
        )
    tx, tz, tw, tb = map(torch.tensor, (x, z, w, b))
    found["forward"]["PyTorch"] = partial(nn.functional.conv2d, tx, tw, tb, padding=1)
    found["weight gradient"]["PyTorch"] = partial(nn.grad.conv2d_weight, tx, w.shape, tz, padding=1)
    found["input gradient"]["PyTorch"] = partial(nn.grad.conv2d_input, x.shape, tw, tz, padding=1)
    if before == CHANNELS[0]:
        del found["input gradient"]  # nobody needs the images' gradient
    return found


def with_shares(
    runs: dict[str, Callable[[], Any]], title: str, work: int, rounds: int
) -> Comparison:
    """Compare versions of so many multiplications, and with as many of a matrix product."""
    a, b = images(SQUARE, SQUARE), images(SQUARE, SQUARE)
    product = partial(np.matmul, a, b, out=np.empty_like(a))
    speed = SQUARE**3 / measure(product, rounds=rounds, min_time=MIN_TIME).median
    found = race(runs, title=title, rounds=rounds, agree=close)
    shares = ", ".join(
        f"{each.name} {work / each.median / speed:.0%}" for each in found.measurements
    )
    return found._replace(title=f"{title} (of {2e-9 * speed:.0f} GFLOP/s: {shares})")


def forward_and_back(
    module: Callable[[Any], Any], tensor: Callable[[np.ndarray], Any]
) -> Callable[[], Any]:
    x = tensor(images(*SHAPE))
    x.requires_grad_()
    # Of other numbers than x: along x itself, batch norm's gradient is nothing but rounding.
    gradient = tensor(np.flip(images(*module(x).shape)).copy())

    def run() -> Any:
        x.grad = None
        module(x).backward(gradient)
        return x.grad

    return run


def update(
    make: Callable[..., Any], parameter: Callable[..., Any], tensor: Any
) -> Callable[[], Any]:
    """One update of all parameters of the network of `cnn_step`."""
    shapes: list[tuple[int, ...]] = []
    for before, after in pairwise(CHANNELS):
        shapes += [(after, before, 3, 3), (after,)]
    pixels = (SIZE // 2 ** (len(CHANNELS) - 1)) ** 2
    shapes += [(CLASSES, CHANNELS[-1] * pixels), (CLASSES,)]
    parameters = [parameter(tensor(images(*shape))) for shape in shapes]
    for each in parameters:
        each.grad = tensor(images(*each.shape))
    optimizer = make(parameters, lr=RATE)

    def run() -> Any:
        optimizer.step()
        return parameters[0]

    return run


MODULES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "max pooling 2×2": (spatial.MaxPool2d(2), nn.MaxPool2d(2)),
    "average pooling 2×2": (spatial.AvgPool2d(2), nn.AvgPool2d(2)),
    "batch norm": (spatial.BatchNorm2d(SHAPE[1]), nn.BatchNorm2d(SHAPE[1])),
    "ReLU": (activations.relu, nn.functional.relu),
}
UPDATES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "Adam": (optim.Adam, torch.optim.Adam),
    "SGD with momentum": (
        partial(optim.SGD, momentum=0.9),
        partial(torch.optim.SGD, momentum=0.9),
    ),
}


def workloads() -> Iterator[Callable[..., Comparison]]:
    for layer, (before, after) in enumerate(pairwise(CHANNELS)):
        side = SIZE // 2**layer
        work = BATCH * side * side * after * 9 * before
        for what, runs in maps(before, after, side).items():
            title = f"conv 3×3, {before} → {after}, {what}"
            yield partial(with_shares, runs, title, work)
    for title, (mine, base) in MODULES.items():
        runs = {
            "vectorized": forward_and_back(mine, in_order),
            "fast": forward_and_back(mine, handed_on),
            "PyTorch": forward_and_back(base, torch.tensor),
        }
        yield partial(race, runs, title=f"{title}, forward and back", agree=close)
    for title, (mine, base) in UPDATES.items():
        runs = {
            "vectorized": update(mine, Parameter, in_order),
            "fast": update(mine, Parameter, in_order),
            "PyTorch": update(base, nn.Parameter, torch.tensor),
        }
        yield partial(race, runs, title=f"{title}, an update", agree=close)
