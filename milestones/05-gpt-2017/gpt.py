"""2017: a network of attention learns to write, one character after the other.

"Attention is all you need", by Ashish Vaswani and seven others, was about translation. A year later
the half of it that writes, trained on plain text to say what comes next, was the first GPT. This
one has four layers of four heads and reads Shakespeare with `--full`, or else two layers and a
little of Jane Austen. It learns twice: as nanoGPT does, and as well as it can in as many steps.
"""

import sys
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from tinytorch.acceleration import accelerate, parallel_step
from tinytorch.attention import plot_attention
from tinytorch.autograd import no_grad
from tinytorch.dataloader import Austen, Text, TinyShakespeare
from tinytorch.losses import cross_entropy
from tinytorch.optim import (
    AdamW,
    CosineAnnealingLR,
    LinearLR,
    Muon,
    SequentialLR,
    clip_grad_norm_,
)
from tinytorch.setup import manual_seed, process_peak, record, usable_cores
from tinytorch.tensor import arange, randint, tensor
from tinytorch.tokenization import CharacterTokenizer
from tinytorch.transformers import GPT, GPTConfig, attention_weights, generate


class Task(NamedTuple):
    """What is read, by how large a GPT, for how long; and what the mean loss may be."""

    text: type[Text]
    layers: int
    width: int
    steps: int
    seeds: tuple[int, ...]
    targets: dict[str, float]  # nats a character of the kept text, for each recipe


SMALL = Task(Austen, 2, 64, 800, (0,), {"AdamW": 2.4, "Muon": 1.75})
FULL = Task(TinyShakespeare, 4, 128, 2000, (0, 1, 2), {"AdamW": 1.92, "Muon": 1.72})
BATCH, CONTEXT, HEADS, WARMUP = 12, 64, 4, 100
NO_DROPOUT = {"embd_pdrop": 0.0, "attn_pdrop": 0.0, "resid_pdrop": 0.0}
RUNS = Path("runs/05-gpt")


def optimizers(model, recipe):
    """AdamW for all, as nanoGPT has it; or Muon for the matrices inside, and AdamW for the rest."""
    matrices = [p for p in model.h.parameters() if p.ndim == 2]
    vectors = [p for p in model.parameters() if p.ndim == 1]
    tables = [model.wte.weight, model.wpe.weight]
    if recipe == "Muon":
        rate, decayed, first = 3e-3, tables, [Muon(matrices, lr=0.02, weight_decay=0.1)]
    else:
        rate, decayed, first = 1e-3, [*tables, *matrices], []
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    return [*first, AdamW(groups, lr=rate, betas=(0.9, 0.99))]


def schedule(optimizer, steps):
    """The rate goes up in a line, then down to a tenth along a cosine."""
    least = 0.1 * optimizer.param_groups[0]["lr"]
    up = LinearLR(optimizer, 1 / WARMUP, total_iters=WARMUP - 1)
    down = CosineAnnealingLR(optimizer, steps - WARMUP, eta_min=least)
    return SequentialLR(optimizer, [up, down], [WARMUP])


def loss_of(model, inputs, targets, reduction="mean"):
    return cross_entropy(model(inputs).flatten(0, 1), targets.flatten(), reduction=reduction)


def train(task, tokenizer, recipe, name, seed, ids, length):
    """A model that has learned, the loss of each step in nats a character, and all seconds."""
    manual_seed(seed)
    sizes = tokenizer.vocab_size, CONTEXT, task.width, task.layers, HEADS
    model = GPT(GPTConfig(*sizes, **NO_DROPOUT))
    chosen = optimizers(model, recipe)
    rates = [schedule(optimizer, task.steps) for optimizer in chosen]
    stages = {task.steps // part for part in (20, 4, 2, 1)}
    losses, seconds = [], 0.0
    for step in range(1, task.steps + 1):
        start = time.perf_counter()
        windows = ids[randint(0, len(ids) - CONTEXT, (BATCH, 1)) + arange(CONTEXT + 1)]
        model.zero_grad()
        loss = parallel_step(partial(loss_of, model), (windows[:, :-1], windows[:, 1:]))
        clip_grad_norm_(model.parameters(), 1.0)
        for each in (*chosen, *rates):
            each.step()
        losses.append(loss.item() / length)
        seconds += time.perf_counter() - start
        if seed == task.seeds[0] and step in stages:
            print(f"--- {name}, {step} steps, {np.mean(losses[-50:]):.2f} nats a character")
            print(tokenizer.decode(write(model, tokenizer)).strip(), flush=True)
    return model, losses, seconds


def write(model, tokenizer, count=120):
    """The tokens of what the model writes on a new line."""
    return generate(model, tokenizer.encode("\n"), count, temperature=0.8, seed=0)


def nats(model, tokenizer, ids):
    """The loss over all of a text, in windows that don't overlap, for each of its characters."""
    count = (len(ids) - 1) // CONTEXT * CONTEXT
    inputs, targets = (part.reshape(-1, CONTEXT) for part in (ids[:count], ids[1 : count + 1]))
    with no_grad():
        parts = zip(inputs.split(96), targets.split(96), strict=True)
        total = sum(loss_of(model, *part, reduction="sum").item() for part in parts)
    return total / len(tokenizer.decode(targets.flatten()))


def begin(name):
    """Choose fast kernels, on all cores; what to learn, and how its results are called."""
    # By default there are as many threads as BLAS has, and nox leaves it one.
    accelerate(threads=usable_cores())
    RUNS.mkdir(parents=True, exist_ok=True)
    return (FULL, f"{name}-full") if "--full" in sys.argv else (SMALL, name)


def read(task):
    """The text to learn from, and the one that is kept to test with."""
    return task.text().text, task.text(train=False).text


def learn(task, tokenizer, recipe, name, target):
    """Train from each seed, and say what came of it: the last model, all curves, the results."""
    text, rest = read(task)
    ids, kept = tensor(tokenizer.encode(text)), tensor(tokenizer.encode(rest))
    length = len(text) / len(ids)  # characters a token
    print(f"{name}: {len(text):,} characters are {len(ids):,} tokens", flush=True)
    curves, runs = [], []
    for seed in task.seeds:
        model, losses, seconds = train(task, tokenizer, recipe, name, seed, ids, length)
        curves.append(losses)
        loss, speed = nats(model, tokenizer, kept), task.steps * BATCH * CONTEXT / seconds
        runs.append((loss, seconds, speed))
        print(f"{name}, seed {seed}: {loss:.4f}, {seconds:.1f} s, {speed:,.0f} tokens a second")
    results = dict(zip(("loss", "seconds", "tokens_per_second"), zip(*runs)))
    mean = np.mean(results["loss"])
    print(f"{name}: {mean:.4f} nats a character   (target: at most {target})", flush=True)
    results |= {"mean": mean, "target": target, "characters_per_token": length}
    results["parameters"] = sum(parameter.numel() for parameter in model.parameters())
    return model, curves, results


def finish(name, task, curves, results):
    """Draw and record; leave with an error if a target was missed."""
    if peak := process_peak():
        print(f"memory at its peak: {peak / 1e6:.0f} MB")
    draw(curves, RUNS / f"{name}.png")
    record(RUNS / f"{name}.json", seed=list(task.seeds), steps=task.steps, **results)
    print(f"Pictures and results are in {RUNS}/")
    if not all(found["mean"] <= found["target"] for found in results.values()):
        raise SystemExit("the target was missed")


def main():
    task, name = begin("gpt")
    text, rest = read(task)
    tokenizer = CharacterTokenizer.train([text, rest])
    curves, results = {}, {}
    for recipe, target in task.targets.items():
        found = learn(task, tokenizer, recipe, recipe, target)
        model, curves[recipe], results[recipe] = found
    look(model, tokenizer, rest[:24]).savefig(RUNS / f"{name}-attention.png", dpi=110)
    finish(name, task, curves, results)


def draw(curves, path):
    """The training losses, each the mean of the last 50 steps."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for number, (name, runs) in enumerate(curves.items()):
        for losses in runs:
            smooth = np.convolve(losses, np.ones(50) / 50, "valid")
            (line,) = axes.plot(np.arange(50, len(losses) + 1), smooth, color=f"C{number}")
        line.set_label(name)
    axes.set(title="training loss, mean of 50 steps", xlabel="step", ylabel="nats a character")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)


def look(model, tokenizer, text):
    """Where the heads of the last layer look while the model reads a text."""
    weights = attention_weights(model, tensor([tokenizer.encode(text)]))
    return plot_attention(weights[-1][0], list(text))


if __name__ == "__main__":
    main()
