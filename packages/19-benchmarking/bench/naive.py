"""What loops over numbers cost: the tiers on work so small that the loops come to an end.

The baseline is not PyTorch but the kernels that the modules ship; a ratio is the factor to them.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import cnn_step
import numpy as np
from cnn_step import images, race

from tinytorch import activations, layers, spatial, transformers
from tinytorch.attention import scaled_dot_product_attention
from tinytorch.benchmarking import Comparison
from tinytorch.spatial.sliding import convolve, convolve_input, convolve_weight
from tinytorch.tensor import from_numpy

ROUNDS = 3  # at most: what takes thousands of times as long needs no interval
BATCH, SIDE = 2, 16
CHANNELS = (3, 8, 16)
CONVOLVED = {"stride": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}


def close(mine: Any, base: Any) -> None:
    np.testing.assert_allclose(mine.numpy(), base.numpy(), rtol=1e-4, atol=1e-5)


def operations() -> dict[str, Callable[[], Any]]:
    before, after = CHANNELS[1:]
    x, z = (from_numpy(images(BATCH, channels, SIDE, SIDE)) for channels in (before, after))
    w = from_numpy(images(after, before, 3, 3))
    rows, weight = from_numpy(images(16, 64)), from_numpy(images(32, 64))
    texts = from_numpy(images(2, 2, 16, 16))
    norm = spatial.BatchNorm2d(before, affine=False, track_running_stats=False)
    size = f"{BATCH} images of {before} × {SIDE} × {SIDE}"
    return {
        f"convolution to {after} channels, {size}": partial(convolve, x, w, **CONVOLVED),
        "the convolution's input gradient": partial(
            convolve_input, z, w, size=(SIDE, SIDE), **CONVOLVED
        ),
        "the convolution's weight gradient": partial(
            convolve_weight, x, z, kernel_size=(3, 3), **CONVOLVED
        ),
        f"max pooling, {size}": partial(spatial.max_pool2d, x, 2),
        f"average pooling, {size}": partial(spatial.avg_pool2d, x, 2),
        f"batch norm, {size}": partial(norm, x),
        f"ReLU, {size}": partial(activations.relu, x),
        "linear layer, 16 rows, 64 → 32": partial(layers.linear, rows, weight),
        "layer norm, 16 rows of 64": partial(transformers.layer_norm, rows, (64,)),
        "softmax, 16 rows of 64": partial(activations.softmax, rows, 1),
        "causal attention, 2 texts of 16, 2 heads of 16": partial(
            scaled_dot_product_attention, texts, texts, texts, is_causal=True
        ),
    }


def few(runs: dict[str, Callable[[], Any]], rounds: int, **how: Any) -> Comparison:
    return race(runs, rounds=min(rounds, ROUNDS), **how)


def workloads() -> Iterator[Callable[..., Comparison]]:
    for title, run in operations().items():
        runs = dict.fromkeys(("naive", "fast", "vectorized"), run)
        yield partial(few, runs, title=title, agree=close)
    runs = {
        name: cnn_step.step(cnn_step.ours(), batch_size=BATCH, channels=CHANNELS, side=SIDE)
        for name in ("naive", "fast", "vectorized")
    }
    same = partial(np.testing.assert_allclose, rtol=1e-4)
    title = f"CNN step, {BATCH} images of {SIDE}×{SIDE}, {' → '.join(map(str, CHANNELS))} channels"
    yield partial(few, runs, title=title, agree=same)
