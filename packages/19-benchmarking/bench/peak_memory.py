"""The greatest resident memory of a training, over that of the imports alone."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import cnn_step
import mlp_step

from tinytorch.benchmarking import Comparison, alternate, peak_memory

BATCH, STEPS = 4096, 10  # of the MLP; the CNN's batch is that of its own benchmark
GPT_SIZE = 16, 128  # texts, and their tokens

# Functions at the top level, for fresh processes to find them by their names.


def repeat(run: Callable[[], Any]) -> None:
    for _ in range(STEPS):
        run()


def mlp_ours() -> None:
    repeat(mlp_step.step(mlp_step.ours(), BATCH))


def mlp_theirs() -> None:
    repeat(mlp_step.step(mlp_step.theirs(), BATCH))


def cnn_ours() -> None:
    repeat(cnn_step.step(cnn_step.ours()))


def cnn_fast() -> None:
    from tinytorch.acceleration import accelerate

    accelerate()
    cnn_ours()


def cnn_parallel() -> None:
    from tinytorch.acceleration import accelerate

    accelerate()
    repeat(cnn_step.step(cnn_step.ours(), parallel=True))


def cnn_theirs() -> None:
    repeat(cnn_step.step(cnn_step.theirs()))


# The benchmark of the GPT imports both frameworks: so does each of its processes, and no other.


def gpt_imports() -> None:
    import gpt_step  # noqa: F401


def gpt_ours(parallel: bool = False) -> None:
    import gpt_step

    from tinytorch import losses, optim, tensor

    model, loss = gpt_step.ours(GPT_SIZE[1]), losses.cross_entropy
    repeat(gpt_step.step(model, tensor.from_numpy, loss, optim.AdamW, GPT_SIZE, parallel))


def gpt_fast() -> None:
    from tinytorch.acceleration import accelerate

    accelerate()
    gpt_ours()


def gpt_parallel() -> None:
    from tinytorch.acceleration import accelerate

    accelerate()
    gpt_ours(parallel=True)


def gpt_theirs() -> None:
    import gpt_step
    import torch

    model, loss = gpt_step.theirs(GPT_SIZE[1]), torch.nn.functional.cross_entropy
    repeat(gpt_step.step(model, torch.from_numpy, loss, torch.optim.AdamW, GPT_SIZE))


def over(run: Callable[[], object], imports: Callable[[], object]) -> float:
    return peak_memory(run) - peak_memory(imports)


def workloads() -> Iterator[Callable[..., Comparison]]:
    probes = {
        "TinyTorch": partial(over, mlp_ours, mlp_step.ours),
        "PyTorch": partial(over, mlp_theirs, mlp_step.theirs),
    }
    yield partial(alternate, probes, title=f"MLP, batch {BATCH}, peak over imports", unit="B")
    probes = {
        "vectorized": partial(over, cnn_ours, cnn_step.ours),
        "fast": partial(over, cnn_fast, cnn_step.ours),
        "parallel": partial(over, cnn_parallel, cnn_step.ours),
        "PyTorch": partial(over, cnn_theirs, cnn_step.theirs),
    }
    title = f"CNN, batch {cnn_step.BATCH}, peak over imports"
    yield partial(alternate, probes, title=title, unit="B")
    probes = {
        "vectorized": partial(over, gpt_ours, gpt_imports),
        "fast": partial(over, gpt_fast, gpt_imports),
        "parallel": partial(over, gpt_parallel, gpt_imports),
        "PyTorch": partial(over, gpt_theirs, gpt_imports),
    }
    title = f"GPT, batch {GPT_SIZE[0]} × {GPT_SIZE[1]}, peak over imports"
    yield partial(alternate, probes, title=title, unit="B")
