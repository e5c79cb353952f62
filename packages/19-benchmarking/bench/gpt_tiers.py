"""Each operation of a GPT alone, forward and back: as the modules ship it, fast, and by PyTorch.

The sizes are those of the step in `gpt_step`, 16 texts of 128 tokens, and larger ones: 4 M numbers
for what goes through rows and elements, GPT-2's table, its vocabulary, and its 1,024 tokens.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from cnn_step import race
from gpt_step import HEADS, LAYERS, NO_DROPOUT, VOCABULARY, WIDTH
from torch.nn import Parameter as TorchParameter
from torch.nn import functional as their

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch import activations, embeddings, losses, optim, transformers
from tinytorch.attention import scaled_dot_product_attention
from tinytorch.benchmarking import Comparison
from tinytorch.layers import Parameter, linear
from tinytorch.setup import keyed_generator
from tinytorch.tensor import Tensor, from_numpy

TOKENS, HEAD = 16 * 128, WIDTH // HEADS

Function = Callable[..., Any]


def draw(*shape: int) -> np.ndarray:
    return keyed_generator(0).standard_normal(shape, dtype=np.float32)


def classes(count: int, size: int) -> np.ndarray:
    return keyed_generator(1).integers(count, size=size)


def both_ways(
    make: Callable[[np.ndarray], Any], function: Function, arrays: Sequence[np.ndarray]
) -> Callable[[], Any]:
    """Return forward and back of a function; its results are the gradients of all leaves."""
    tensors = [make(array.copy()) for array in arrays]
    leaves = [tensor.requires_grad_() for tensor in tensors if "float" in str(tensor.dtype)]
    gradient = make(draw(*function(*tensors).shape))

    def run() -> Any:
        for leaf in leaves:
            leaf.grad = None
        function(*tensors).backward(gradient)
        return [leaf.grad for leaf in leaves]

    return run


def attention(function: Function) -> Function:
    """Of queries, keys and values that lie side by side, (N, L, 3, H, d)."""

    def run(packed: Any) -> Any:
        query, key, value = (x.transpose(1, 2) for x in packed.unbind(2))
        return function(query, key, value, is_causal=True)

    return run


def normalized(function: Function) -> Function:
    return lambda x, *weights: function(x, (x.shape[-1],), *weights)


def operations() -> Iterator[tuple[str, Function, Function, list[np.ndarray]]]:
    """A title, our function, theirs, and what goes in."""
    wide = 4 * WIDTH
    for rows, width in ((TOKENS, wide), (2048, 2048)):
        yield (
            f"GELU (tanh), {rows} × {width}",
            partial(activations.gelu, approximate="tanh"),
            partial(their.gelu, approximate="tanh"),
            [draw(rows, width)],
        )
    yield "GELU (exact), 2048 × 2048", activations.gelu, their.gelu, [draw(2048, 2048)]
    for rows, width in ((TOKENS, WIDTH), (8192, 512)):
        yield (
            f"layer norm, {rows} × {width}",
            normalized(transformers.layer_norm),
            normalized(their.layer_norm),
            [draw(rows, width), draw(width), draw(width)],
        )
    yield (
        "RMS norm, 8192 × 512",
        normalized(transformers.rms_norm),
        normalized(their.rms_norm),
        [draw(8192, 512), draw(512)],
    )
    for size in ((16 * HEADS, 128, 128), (8192, 512)):
        yield (
            f"softmax, {' × '.join(map(str, size))}",
            partial(activations.softmax, dim=-1),
            partial(their.softmax, dim=-1),
            [draw(*size)],
        )
    for rows, count in ((TOKENS, VOCABULARY), (1024, 50257)):
        yield (
            f"cross-entropy, {rows} × {count:,}",
            losses.cross_entropy,
            their.cross_entropy,
            [draw(rows, count), classes(count, rows)],
        )
    for batch, heads, length, features in ((16, HEADS, 128, HEAD), (4, 12, 1024, 64)):
        yield (
            f"causal attention, {batch} × {heads} × {length} × {features}",
            attention(scaled_dot_product_attention),
            attention(their.scaled_dot_product_attention),
            [draw(batch, length, 3, heads, features)],
        )
    for count, rows, width in ((VOCABULARY, TOKENS, WIDTH), (50257, 8192, 768)):
        yield (
            f"embedding, {rows} of {count:,} × {width}",
            lambda ids, table: embeddings.embedding(ids, table),
            their.embedding,
            [classes(count, rows), draw(count, width)],
        )
    yield (
        f"linear, {TOKENS} × {WIDTH} → {wide}",
        linear,
        their.linear,
        [draw(TOKENS, WIDTH), draw(wide, WIDTH), draw(wide)],
    )


def update(make: Function, parameter: Function, tensor: Function) -> Callable[[], Any]:
    """One update of the GPT of `gpt_step`: of all parameters, or by Muon of the matrices inside."""
    config = transformers.GPTConfig(VOCABULARY, 128, WIDTH, LAYERS, HEADS, **NO_DROPOUT)
    model = transformers.GPT(config)
    shapes = [p.shape for p in model.parameters()]
    if make.__name__ == "Muon":
        shapes = [p.shape for p in model.h.parameters() if p.ndim == 2]
    parameters = [parameter(tensor(draw(*shape))) for shape in shapes]
    for each in parameters:
        each.grad = tensor(draw(*each.shape))
    optimizer = make(parameters, lr=1e-5)

    def run() -> Any:
        optimizer.step()
        return parameters

    return run


def close(mine: list[Tensor], base: list[torch.Tensor]) -> None:
    for one, other in zip(mine, base, strict=True):
        found, expected = one.detach().numpy(), other.detach().numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def workloads() -> Iterator[Callable[..., Comparison]]:
    for title, ours, theirs, arrays in operations():
        runs = {
            "vectorized": both_ways(from_numpy, ours, arrays),
            "fast": both_ways(from_numpy, ours, arrays),
            "PyTorch": both_ways(torch.from_numpy, theirs, arrays),
        }
        yield partial(race, runs, title=f"{title}, forward and back", agree=close)
    for name in ("AdamW", "Muon"):
        runs = {
            "vectorized": update(getattr(optim, name), Parameter, from_numpy),
            "fast": update(getattr(optim, name), Parameter, from_numpy),
            "PyTorch": update(getattr(torch.optim, name), TorchParameter, torch.from_numpy),
        }
        yield partial(race, runs, title=f"{name}, an update of the GPT", agree=close)
