"""Attention under a causal mask, forward and on the way back, against PyTorch's.

Queries, keys and values lie as a layer leaves them: side by side in one tensor, (N, L, 3, H, d).
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch

import tinytorch.autograd  # noqa: F401  (records what is computed)
import tinytorch.tensor as tt
from tinytorch.attention import scaled_dot_product_attention
from tinytorch.benchmarking import Comparison, compare
from tinytorch.setup import keyed_generator

SIZES = [(12, 4, 64, 32), (16, 4, 128, 32), (4, 12, 1024, 64)]  # N, H, L, d

Attention = Callable[..., Any]


def draw(*shape: int) -> np.ndarray:
    return keyed_generator(0).standard_normal(shape, dtype=np.float32)


def forward(lib: Any, attention: Attention, size: tuple[int, ...]) -> Callable[[], np.ndarray]:
    n, heads, length, features = size
    packed = lib.tensor(draw(n, length, 3, heads, features))

    def run() -> np.ndarray:
        query, key, value = (x.transpose(1, 2) for x in packed.unbind(2))
        found: np.ndarray = attention(query, key, value, is_causal=True).numpy()
        return found

    return run


def both_ways(lib: Any, attention: Attention, size: tuple[int, ...]) -> Callable[[], np.ndarray]:
    n, heads, length, features = size
    packed = lib.tensor(draw(n, length, 3, heads, features), requires_grad=True)
    gradient = lib.tensor(draw(n, heads, length, features))

    def run() -> np.ndarray:
        packed.grad = None
        query, key, value = (x.transpose(1, 2) for x in packed.unbind(2))
        attention(query, key, value, is_causal=True).backward(gradient)
        found: np.ndarray = packed.grad.numpy()
        return found

    return run


def workloads() -> Iterator[Callable[..., Comparison]]:
    race = partial(compare, agree=partial(np.testing.assert_allclose, rtol=1e-3, atol=1e-4))
    for name, way in (("forward", forward), ("forward and backward", both_ways)):
        for size in SIZES:
            versions = {
                "TinyTorch": way(tt, scaled_dot_product_attention, size),
                "PyTorch": way(torch, torch.nn.functional.scaled_dot_product_attention, size),
            }
            yield partial(race, versions, title=f"{name}, {' × '.join(map(str, size))}")
