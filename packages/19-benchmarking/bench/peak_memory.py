"""The greatest resident memory of a training, over that of the imports alone."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from mlp_step import ours, step, theirs

from tinytorch.benchmarking import Comparison, alternate, peak_memory

BATCH, STEPS = 4096, 10


def train(lib: Any) -> None:
    run = step(lib, BATCH)
    for _ in range(STEPS):
        run()


def train_ours() -> None:
    train(ours())


def train_theirs() -> None:
    train(theirs())


def over(run: Callable[[], object], imports: Callable[[], object]) -> float:
    return peak_memory(run) - peak_memory(imports)


def workloads() -> Iterator[Callable[..., Comparison]]:
    probes = {
        "TinyTorch": partial(over, train_ours, ours),
        "PyTorch": partial(over, train_theirs, theirs),
    }
    yield partial(alternate, probes, title=f"MLP, batch {BATCH}, peak over imports", unit="B")
