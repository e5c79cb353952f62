"""The GPT and both recipes of milestone 05's `gpt.py`, by TinyTorch's fast tier and by PyTorch.

Both begin with the same weights and see the same batches. A round is one training of each:
`--rounds 3` trains with the seeds 0, 1 and 2. The time is that of the steps; the loss of the kept
text, in nats a character, stands behind the title, a number a round. The rules of both Muons are
the same, but PyTorch makes its matrices orthogonal in bfloat16, and TinyTorch in float32.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from gpt_step import HEADS, LAYERS, NO_DROPOUT, VOCABULARY, WIDTH, TorchGPT
from torch import nn

from tinytorch import optim
from tinytorch.acceleration import accelerate, parallel_step
from tinytorch.autograd import no_grad
from tinytorch.benchmarking import Comparison, alternate
from tinytorch.dataloader import TinyShakespeare
from tinytorch.losses import cross_entropy
from tinytorch.setup import generator, manual_seed
from tinytorch.tensor import from_numpy
from tinytorch.tokenization import CharacterTokenizer
from tinytorch.transformers import GPT, GPTConfig

STEPS, WARMUP, BATCH, CONTEXT = 2000, 100, 12, 64
EARLY = 40  # steps whose losses are compared
RULES = "AdamW", "Muon"  # and recipes
SCHEDULES = "LinearLR", "CosineAnnealingLR", "SequentialLR"


def plain_step(loss_fn: Callable[[torch.Tensor], torch.Tensor], batch: torch.Tensor) -> Any:
    loss = loss_fn(batch)
    loss.backward()  # type: ignore[no-untyped-call]
    return loss


def copied(drawn: GPT) -> TorchGPT:
    model = TorchGPT(CONTEXT)
    state = drawn.state_dict().items()
    model.load_state_dict({name: torch.from_numpy(part.numpy()) for name, part in state})
    return model


ours = SimpleNamespace(
    **{name: getattr(optim, name) for name in (*RULES, *SCHEDULES, "clip_grad_norm_")},
    model=lambda drawn: drawn,
    tensor=from_numpy,
    step=parallel_step,
    cross_entropy=cross_entropy,
    no_grad=no_grad,
)
theirs = SimpleNamespace(
    **{name: getattr(torch.optim, name) for name in RULES},
    **{name: getattr(torch.optim.lr_scheduler, name) for name in SCHEDULES},
    clip_grad_norm_=nn.utils.clip_grad_norm_,
    model=copied,
    tensor=torch.from_numpy,
    step=plain_step,
    cross_entropy=nn.functional.cross_entropy,
    no_grad=torch.no_grad,
)


def optimizers(lib: Any, model: Any, recipe: str) -> list[Any]:
    matrices = [p for p in model.h.parameters() if p.ndim == 2]
    vectors = [p for p in model.parameters() if p.ndim == 1]
    tables = [model.wte.weight, model.wpe.weight]
    muon = recipe == "Muon"
    groups = [
        {"params": tables if muon else tables + matrices, "weight_decay": 0.1},
        {"params": vectors, "weight_decay": 0.0},
    ]
    chosen = [lib.AdamW(groups, lr=3e-3 if muon else 1e-3, betas=(0.9, 0.99))]
    return chosen + ([lib.Muon(matrices, lr=0.02, weight_decay=0.1)] if muon else [])


def schedule(lib: Any, optimizer: Any) -> Any:
    least = 0.1 * optimizer.param_groups[0]["lr"]
    up = lib.LinearLR(optimizer, 1 / WARMUP, total_iters=WARMUP - 1)
    down = lib.CosineAnnealingLR(optimizer, STEPS - WARMUP, eta_min=least)
    return lib.SequentialLR(optimizer, [up, down], [WARMUP])


def loss_of(lib: Any, model: Any, windows: Any) -> Any:
    """The mean loss of windows of CONTEXT + 1 characters."""
    scores = model(windows[:, :-1])
    return lib.cross_entropy(scores.flatten(0, 1), windows[:, 1:].flatten())


def train(lib: Any, recipe: str, ids: np.ndarray, seed: int) -> tuple[Any, list[float], float]:
    """A model that has learned, the loss of each step, and the seconds of all."""
    manual_seed(seed)
    drawn = GPT(GPTConfig(VOCABULARY, CONTEXT, WIDTH, LAYERS, HEADS, **NO_DROPOUT))
    model = lib.model(drawn)
    chosen = optimizers(lib, model, recipe)
    rates = [schedule(lib, optimizer) for optimizer in chosen]
    losses, start = [], perf_counter()
    for _ in range(STEPS):
        places = generator().integers(len(ids) - CONTEXT, size=(BATCH, 1)) + np.arange(CONTEXT + 1)
        model.zero_grad()
        loss = lib.step(partial(loss_of, lib, model), lib.tensor(ids[places]))
        lib.clip_grad_norm_(model.parameters(), 1.0)
        for each in (*chosen, *rates):
            each.step()
        losses.append(loss.item())
    return model, losses, perf_counter() - start


def kept_loss(lib: Any, model: Any, ids: np.ndarray) -> float:
    """Over all of a text, in windows that don't overlap."""
    starts = np.arange((len(ids) - 1) // CONTEXT)[:, None] * CONTEXT
    parts = np.array_split(ids[starts + np.arange(CONTEXT + 1)], 20)
    with lib.no_grad():
        total = sum(loss_of(lib, model, lib.tensor(part)).item() * len(part) for part in parts)
    return float(total / len(starts))


def race(recipe: str, rounds: int) -> Comparison:
    texts = TinyShakespeare().text, TinyShakespeare(train=False).text
    tokenizer = CharacterTokenizer.train(texts)
    ids, kept = (np.array(tokenizer.encode(text)) for text in texts)
    reached: dict[str, list[float]] = {"TinyTorch": [], "PyTorch": []}
    begun: dict[str, list[float]] = {name: [] for name in reached}
    seeds = {name: count() for name in reached}

    def trained(name: str, lib: Any) -> float:
        with accelerate("fast" if lib is ours else "vectorized"):
            model, losses, seconds = train(lib, recipe, ids, next(seeds[name]))
            reached[name].append(kept_loss(lib, model, kept))
        begun[name] += losses[:EARLY]
        return seconds

    probes = {"TinyTorch": partial(trained, "TinyTorch", ours)}
    probes["PyTorch"] = partial(trained, "PyTorch", theirs)
    found = alternate(probes, rounds=rounds)
    losses = "; ".join(
        f"{name} {', '.join(f'{each:.4f}' for each in values)}" for name, values in reached.items()
    )
    apart = np.abs(np.subtract(*begun.values())).max()
    early = f"the first {EARLY} losses at most {apart:.1g} apart"
    return found._replace(title=f"{STEPS:,} steps of a GPT, {recipe} ({losses}; {early})")


def workloads() -> Iterator[Callable[..., Comparison]]:
    for recipe in RULES:
        yield partial(race, recipe)
