"""Operations on 8×8 arrays, in chains of 1,000: what the framework costs around the arithmetic.

Times are of one operation.
"""

from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

import tinytorch.autograd  # noqa: F401  (records what is computed)
import tinytorch.tensor as tt
from tinytorch.activations import relu
from tinytorch.benchmarking import Comparison, compare
from tinytorch.setup import keyed_generator

LENGTH = 1000

ours = SimpleNamespace(tensor=tt.tensor, no_grad=tt.no_grad, tanh=tt.tanh, relu=relu)
theirs = torch
arrays = SimpleNamespace(tanh=np.tanh, relu=lambda y: np.maximum(y, 0))


def multiply_add(lib: Any, y: Any, a: Any, b: Any, w: Any) -> Any:
    for _ in range(LENGTH // 2):
        y = y * a + b
    return y


def multiply(lib: Any, y: Any, a: Any, b: Any, w: Any) -> Any:
    for _ in range(LENGTH):
        y = y * a
    return y


def add(lib: Any, y: Any, a: Any, b: Any, w: Any) -> Any:
    for _ in range(LENGTH):
        y = y + b
    return y


def relus(lib: Any, y: Any, a: Any, b: Any, w: Any) -> Any:
    relu = lib.relu
    for _ in range(LENGTH):
        y = relu(y)
    return y


def tanhs(lib: Any, y: Any, a: Any, b: Any, w: Any) -> Any:
    tanh = lib.tanh
    for _ in range(LENGTH):
        y = tanh(y)
    return y


def matmul(lib: Any, y: Any, a: Any, b: Any, w: Any) -> Any:
    for _ in range(LENGTH):
        y = y @ w
    return y


Chain = Callable[[Any, Any, Any, Any, Any], Any]
CHAINS: dict[str, Chain] = {
    "y * a + b": multiply_add,
    "y * a": multiply,
    "y + b": add,
    "relu(y)": relus,
    "tanh(y)": tanhs,
    "y @ w": matmul,
}


def values() -> list[np.ndarray]:
    """Return y, a, b, w with which a thousand operations neither vanish nor grow without bound."""
    random = keyed_generator(0)
    near = [centre + 1e-3 * random.standard_normal((8, 8)) for centre in (1, 1, 0)]
    orthogonal = np.linalg.qr(random.standard_normal((8, 8)))[0]
    return [array.astype(np.float32) for array in (*near, orthogonal)]


def recorded(lib: Any, chain: Chain, every: bool) -> Callable[[], np.ndarray]:
    """Return forward and backward of a chain; the gradient is of y, or of every leaf."""
    y, *others = [
        lib.tensor(array, requires_grad=every or i == 0) for i, array in enumerate(values())
    ]
    start = lib.tensor(np.ones((8, 8), np.float32))

    def run() -> np.ndarray:
        for leaf in (y, *others):
            leaf.grad = None
        chain(lib, y, *others).backward(start)
        gradient: np.ndarray = y.grad.numpy()
        return gradient

    return run


def unrecorded(lib: Any, chain: Chain) -> Callable[[], np.ndarray]:
    leaves = [lib.tensor(array) for array in values()]

    def run() -> np.ndarray:
        with lib.no_grad():
            result: np.ndarray = chain(lib, *leaves).numpy()
        return result

    return run


def bare(chain: Chain) -> Callable[[], np.ndarray]:
    leaves = values()
    return lambda: chain(arrays, *leaves)


def by_hand() -> np.ndarray:
    """Forward and backward of `y * a + b` for every leaf, as one writes it without a framework."""
    y, a, b, _ = values()
    inputs = []
    for _ in range(LENGTH // 2):
        inputs.append(y)
        y = y * a
        y = y + b
    gradient, gradient_a, gradient_b = np.ones_like(y), np.zeros_like(a), np.zeros_like(b)
    for y in reversed(inputs):
        gradient_b += gradient
        gradient_a += gradient * y
        gradient = gradient * a
    return gradient


def workloads() -> Iterator[Callable[..., Comparison]]:
    same = partial(np.testing.assert_allclose, rtol=1e-3)
    race = partial(compare, agree=same, per=LENGTH)
    for name, chain in CHAINS.items():
        binary = not name.endswith("(y)")
        for every in (True, False) if binary else (False,):
            versions = {
                "TinyTorch": recorded(ours, chain, every),
                "PyTorch": recorded(theirs, chain, every),
            }
            if chain is multiply_add and every:
                versions = {"NumPy": by_hand, **versions}
            what = "every gradient" if every else "gradient of y"
            yield partial(race, versions, title=f"{name}, {what}")
        versions = {
            "NumPy": bare(chain),
            "TinyTorch": unrecorded(ours, chain),
            "PyTorch": unrecorded(theirs, chain),
        }
        yield partial(race, versions, title=f"{name}, unrecorded")
