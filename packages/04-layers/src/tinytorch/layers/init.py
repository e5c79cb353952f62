from __future__ import annotations
from tinytorch.setup import generator
from tinytorch.tensor import Tensor
from tinytorch.tensor.writes import writable, writes
from tinytorch.tensor import no_grad


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0) -> Tensor:
    with no_grad():
        array = writable(tensor, "uniform_")
    array[...] = generator().uniform(a, b, array.shape)
    writes.note(array)
    return tensor
