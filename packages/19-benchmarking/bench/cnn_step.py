"""A training step of a small convolutional network on 32×32 colour images.

By the kernels that the modules ship (vectorized), with BLAS on all threads that the benchmark has,
as PyTorch is; by module 15's (fast), with as many threads of its own, and BLAS on one; and by these
with a part of the batch for each thread (parallel). Threads that have worked wait for more in a
loop, on cores that others need; so each version runs for a while before its time is taken.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np

from tinytorch.benchmarking import Comparison, Timer, alternate
from tinytorch.setup import keyed_generator

BATCH, CLASSES, RATE = 64, 10, 1e-5
CHANNELS = (3, 32, 64, 128)  # each convolution is followed by ReLU and 2×2 max pooling
SIZE = 32
SETTLE, MIN_TIME = 0.25, 0.05  # seconds
TIERS = {"naive": "naive", "fast": "fast", "parallel": "fast"}  # of versions; others: vectorized


def ours() -> Any:
    import tinytorch.autograd  # noqa: F401  (records what is computed)
    from tinytorch import layers, spatial
    from tinytorch.acceleration import parallel_step
    from tinytorch.losses import cross_entropy
    from tinytorch.optim import Adam
    from tinytorch.tensor import no_grad, tensor

    return SimpleNamespace(
        **{name: getattr(layers, name) for name in ("Sequential", "Linear", "ReLU", "Flatten")},
        **{name: getattr(spatial, name) for name in ("Conv2d", "MaxPool2d")},
        tensor=lambda array, **how: tensor(array, **how),
        no_grad=no_grad,
        cross_entropy=cross_entropy,
        Adam=Adam,
        parallel_step=parallel_step,
    )


def theirs() -> Any:
    import torch
    from torch import nn

    names = "Sequential", "Linear", "ReLU", "Flatten", "Conv2d", "MaxPool2d"
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


def step(
    lib: Any,
    parallel: bool = False,
    batch_size: int = BATCH,
    channels: tuple[int, ...] = CHANNELS,
    side: int = SIZE,
) -> Callable[[], float]:
    """Return a function that makes one training step and returns its loss."""
    layers = []
    for before, after in pairwise(channels):
        layers += [lib.Conv2d(before, after, 3, padding=1), lib.ReLU(), lib.MaxPool2d(2)]
    pixels = (side // 2 ** (len(channels) - 1)) ** 2
    head = [lib.Flatten(), lib.Linear(channels[-1] * pixels, CLASSES)]
    model = fill(lib, lib.Sequential(*layers, *head))
    optimizer = lib.Adam(model.parameters(), lr=RATE)
    batch = lib.tensor(images(batch_size, channels[0], side, side))
    labels = lib.tensor(keyed_generator(0, 3).integers(CLASSES, size=batch_size))

    def loss_of(batch: Any, labels: Any) -> Any:
        return lib.cross_entropy(model(batch), labels)

    def run() -> float:
        optimizer.zero_grad()
        if parallel:
            loss = lib.parallel_step(loss_of, (batch, labels))
        else:
            loss = loss_of(batch, labels)
            loss.backward()
        optimizer.step()
        return float(loss.item())

    return run


def race(
    runs: Mapping[str, Callable[[], Any]],
    *,
    title: str,
    rounds: int,
    agree: Callable[[Any, Any], object],
) -> Comparison:
    """Compare functions, each in the tier that its name tells; the last is the baseline."""
    from tinytorch.acceleration import accelerate

    def in_tier(name: str, call: Callable[[], Any]) -> Any:
        with accelerate(TIERS.get(name, "vectorized")):
            return call()

    *results, base = [in_tier(name, run) for name, run in runs.items()]
    for result in results:
        agree(result, base)
    probes = {}
    for name, run in runs.items():
        timer = in_tier(name, partial(Timer, run, min_time=MIN_TIME, settle=SETTLE))
        probes[name] = partial(in_tier, name, timer)
    return alternate(probes, title=title, rounds=rounds)


def steps(rounds: int) -> Comparison:
    runs = {
        "vectorized": step(ours()),
        "fast": step(ours()),
        "parallel": step(ours(), parallel=True),
        "PyTorch": step(theirs()),
    }
    same = partial(np.testing.assert_allclose, rtol=1e-4)
    found = race(runs, title=f"CNN step, batch {BATCH}", rounds=rounds, agree=same)
    speeds = ", ".join(f"{each.name} {BATCH / each.median:,.0f}" for each in found.measurements)
    return found._replace(title=f"{found.title} (images a second: {speeds})")


def workloads() -> Iterator[Callable[..., Comparison]]:
    yield steps
