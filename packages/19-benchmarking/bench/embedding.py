"""Embedding and rotary positions, forward and backward.

A table's gradient is a table, so with a large vocabulary most of the time goes into its zeros. The
rotation's baseline is the formula as Hugging Face's Llama writes it.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

import tinytorch.autograd  # noqa: F401  (records what is computed)
import tinytorch.tensor as tt
from tinytorch.benchmarking import Comparison, compare
from tinytorch.embeddings import RotaryEmbedding, embedding
from tinytorch.setup import keyed_generator

TABLES = [  # vocabulary, tokens, vectors' length
    (65, 768, 128),
    (4096, 2048, 128),
    (50257, 1024, 768),
    (50257, 8192, 64),
]
QUERIES = [(12, 4, 64, 32), (4, 12, 1024, 64)]  # batch, heads, tokens, head_dim

Run = Callable[[], np.ndarray]


def draw(*shape: int) -> np.ndarray:
    return keyed_generator(0).standard_normal(shape, dtype=np.float32)


def tokens(vocabulary: int, count: int) -> np.ndarray:
    """Token numbers as frequent as words are: the n-th one as 1/n (Zipf's law)."""
    random = keyed_generator(1, vocabulary, count)
    frequencies = 1 / np.arange(1, vocabulary + 1)
    found: np.ndarray = random.choice(
        random.permutation(vocabulary), size=count, p=frequencies / frequencies.sum()
    )
    return found


def run_of(lib: Any, forward: Callable[[Any], Any], start: np.ndarray, shape: Sequence[int]) -> Run:
    """Return forward and backward of a function of one leaf; the result is the leaf's gradient."""
    leaf = lib.tensor(start, requires_grad=True)
    gradient = lib.tensor(draw(*shape))

    def run() -> np.ndarray:
        leaf.grad = None
        forward(leaf).backward(gradient)
        found: np.ndarray = leaf.grad.numpy()
        return found

    return run


def table(lib: Any, embedding: Callable[..., Any], vocabulary: int, count: int, dim: int) -> Run:
    ids = lib.tensor(tokens(vocabulary, count))
    return run_of(lib, partial(embedding, ids), draw(vocabulary, dim), (count, dim))


def as_llama(*shape: int) -> Callable[[torch.Tensor], torch.Tensor]:
    length, dim = shape[-2:]
    frequencies = 10000.0 ** -(torch.arange(0, dim, 2).double() / dim)
    angles = torch.outer(torch.arange(length).double(), frequencies).repeat(1, 2)
    cos, sin = angles.cos().float(), angles.sin().float()

    def turned(queries: torch.Tensor) -> torch.Tensor:
        first, second = queries[..., : dim // 2], queries[..., dim // 2 :]
        return queries * cos + torch.cat((-second, first), -1) * sin

    return turned


def workloads() -> Iterator[Callable[..., Comparison]]:
    race = partial(compare, agree=partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-4))
    for sizes in TABLES:
        versions = {
            "TinyTorch": table(tt, embedding, *sizes),
            "PyTorch": table(torch, torch.nn.functional.embedding, *sizes),
        }
        vocabulary, count, dim = sizes
        yield partial(race, versions, title=f"Embedding {vocabulary:,} × {dim}, {count:,} tokens")
    for shape in QUERIES:
        rotary, queries = RotaryEmbedding(shape[-1], shape[-2]), draw(*shape)
        versions = {
            "TinyTorch": run_of(tt, rotary, queries, shape),
            "PyTorch": run_of(torch, as_llama(*shape), queries, shape),
        }
        yield partial(race, versions, title=f"Rotary {' × '.join(map(str, shape))}")
