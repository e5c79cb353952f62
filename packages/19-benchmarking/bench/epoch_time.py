"""An epoch of MNIST by the network 784-512-256-10, batches of 128, each with its own loader.

Of the real images if they lie in `data_home()`, else of as many invented ones.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch

import tinytorch.layers
from tinytorch.benchmarking import Comparison, compare
from tinytorch.dataloader import MNIST, DataLoader, TensorDataset
from tinytorch.losses import cross_entropy
from tinytorch.optim import SGD
from tinytorch.setup import keyed_generator
from tinytorch.tensor import from_numpy
from tinytorch.training import Trainer

SIZES = (784, 512, 256, 10)
BATCH = 128
RATE, MOMENTUM = 0.01, 0.9


def data() -> tuple[str, np.ndarray, np.ndarray]:
    """What it is, images (60000, 784) and labels."""
    try:
        real = MNIST(download=False)
    except RuntimeError:
        random = keyed_generator(0)
        labels = random.integers(10, size=60_000)
        shapes = random.random((10, SIZES[0]), dtype=np.float32)  # one that belongs to each label
        noise = random.random((60_000, SIZES[0]), dtype=np.float32)
        return "60,000 invented images", (shapes[labels] + noise) / 2, labels
    images = real.data.reshape(-1, SIZES[0]) / np.float32(255)
    return "MNIST", np.asarray(images), np.asarray(real.targets, np.int64)


def model(lib: Any) -> Any:
    layers = [lib.Linear(*sizes) for sizes in pairwise(SIZES)]
    return lib.Sequential(layers[0], lib.ReLU(), layers[1], lib.ReLU(), layers[2])


def ours(images: np.ndarray, labels: np.ndarray, weights: dict[str, Any]) -> Callable[[], float]:
    network = model(tinytorch.layers)
    network.load_state_dict(
        {name: from_numpy(part.numpy().copy()) for name, part in weights.items()}
    )
    optimizer = SGD(network.parameters(), lr=RATE, momentum=MOMENTUM)
    trainer = Trainer(network, optimizer, cross_entropy, progress=False)
    loader = DataLoader(
        TensorDataset(from_numpy(images), from_numpy(labels)), BATCH, shuffle=True, seed=0
    )

    def epoch() -> float:
        history = trainer.fit(loader, epochs=1)
        return float(history["loss"][-1])

    return epoch


def theirs(images: np.ndarray, labels: np.ndarray, network: Any) -> Callable[[], float]:
    from torch.nn.functional import cross_entropy
    from torch.utils import data

    optimizer = torch.optim.SGD(network.parameters(), lr=RATE, momentum=MOMENTUM)
    dataset = data.TensorDataset(torch.from_numpy(images), torch.from_numpy(labels))
    loader = data.DataLoader(dataset, BATCH, shuffle=True)

    def epoch() -> float:
        total = 0.0
        for batch, expected in loader:
            optimizer.zero_grad()
            loss = cross_entropy(network(batch), expected)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(expected)
        return total / len(dataset)

    return epoch


def workloads() -> Iterator[Callable[..., Comparison]]:
    what, images, labels = data()
    torch.manual_seed(0)
    network = model(torch.nn)
    versions = {
        "TinyTorch": ours(images, labels, network.state_dict()),
        "PyTorch": theirs(images, labels, network),
    }
    close = partial(np.testing.assert_allclose, rtol=0.1)  # the orders differ
    title = f"an epoch of {what}, batch {BATCH}"
    yield partial(compare, versions, title=title, agree=close, warmup=1)
