"""A training step of a small GPT, forward, backward and AdamW, and 256 tokens that it writes.

PyTorch's is the same model with the same weights: fused attention, tanh GELU, one table for the
first and the last layer. What `vectorized`, `fast` and `parallel` mean, `cnn_step` tells.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from cnn_step import race
from torch import nn

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.acceleration import parallel_step
from tinytorch.benchmarking import Comparison
from tinytorch.losses import cross_entropy
from tinytorch.optim import AdamW
from tinytorch.setup import keyed_generator, manual_seed
from tinytorch.tensor import from_numpy
from tinytorch.transformers import GPT, GPTConfig, generate

VOCABULARY, WIDTH, LAYERS, HEADS = 65, 128, 4, 4
SIZES = [(12, 64), (16, 128)]  # of the batch, and of its texts
WRITTEN = 256  # tokens
NO_DROPOUT = {"embd_pdrop": 0.0, "attn_pdrop": 0.0, "resid_pdrop": 0.0}


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.c_attn = nn.Linear(WIDTH, 3 * WIDTH)
        self.c_proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, _ = x.shape
        heads = (
            part.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in self.c_attn(x).split(WIDTH, 2)
        )
        out = nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
        return self.c_proj(out.transpose(1, 2).reshape(batch, length, WIDTH))  # type: ignore[no-any-return]


class MLP(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.c_fc = nn.Linear(WIDTH, 4 * WIDTH)
        self.c_proj = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.c_proj(nn.functional.gelu(self.c_fc(x), approximate="tanh"))  # type: ignore[no-any-return]


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(WIDTH), Attention()
        self.ln_2, self.mlp = nn.LayerNorm(WIDTH), MLP()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))  # type: ignore[no-any-return]


class TorchGPT(nn.Module):
    """Its names are those of our `GPT`, so it loads the same state."""

    def __init__(self, context: int) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(context, WIDTH)
        self.h = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln_f = nn.LayerNorm(WIDTH)
        self.lm_head = nn.Linear(WIDTH, VOCABULARY, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.wte(ids) + self.wpe.weight[: ids.shape[1]]
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))  # type: ignore[no-any-return]


def ours(context: int) -> GPT:
    manual_seed(0)
    return GPT(GPTConfig(VOCABULARY, context, WIDTH, LAYERS, HEADS, **NO_DROPOUT))


def theirs(context: int) -> TorchGPT:
    model = TorchGPT(context)
    state = {name: torch.tensor(x.numpy()) for name, x in ours(context).state_dict().items()}
    model.load_state_dict(state)
    return model


def step(
    model: Any,
    make: Callable[[np.ndarray], Any],
    entropy: Any,
    kind: Any,
    size: tuple[int, int],
    parallel: bool = False,
) -> Callable[[], float]:
    """Return a function that makes one training step and returns its loss."""
    optimizer = kind(model.parameters(), lr=1e-5)
    ids = keyed_generator(0).integers(VOCABULARY, size=(size[0], size[1] + 1))
    batch = make(ids[:, :-1].copy()), make(ids[:, 1:].copy())

    def loss_of(inputs: Any, targets: Any) -> Any:
        return entropy(model(inputs).flatten(0, 1), targets.flatten())

    def run() -> float:
        optimizer.zero_grad()
        if parallel:
            loss = parallel_step(loss_of, batch)
        else:
            loss = loss_of(*batch)
            loss.backward()
        optimizer.step()
        return float(loss.item())

    return run


def torch_writes(model: TorchGPT) -> list[int]:
    """The likeliest token after the last, again and again, computing all anew each time."""
    ids = torch.tensor([[1]])
    with torch.no_grad():
        for _ in range(WRITTEN):
            ids = torch.cat([ids, model(ids)[:, -1:].argmax(-1)], 1)
    return ids[0].tolist()  # type: ignore[no-any-return]


def workloads() -> Iterator[Callable[..., Comparison]]:
    same = partial(np.testing.assert_allclose, rtol=1e-3)
    for size in SIZES:
        our_step = partial(step, make=from_numpy, entropy=cross_entropy, kind=AdamW, size=size)
        runs = {
            "vectorized": our_step(ours(size[1])),
            "fast": our_step(ours(size[1])),
            "parallel": our_step(ours(size[1]), parallel=True),
            "PyTorch": step(
                theirs(size[1]),
                torch.from_numpy,
                nn.functional.cross_entropy,
                torch.optim.AdamW,
                size,
            ),
        }
        yield partial(race, runs, title=f"GPT step, batch {size[0]} × {size[1]}", agree=same)
    context = WRITTEN + 1
    model, other = ours(context).eval(), theirs(context).eval()
    write = partial(generate, model, [1], WRITTEN, temperature=0)
    runs = {"vectorized": write, "fast": write, "PyTorch": partial(torch_writes, other)}
    yield partial(
        race, runs, title=f"write {WRITTEN} tokens, no cache", agree=np.testing.assert_array_equal
    )
