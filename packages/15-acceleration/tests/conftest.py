"""No test may leave a tier on, threads running, or BLAS with fewer threads than it had."""

import threading

import pytest
from threadpoolctl import ThreadpoolController

from tinytorch.acceleration import threads
from tinytorch.acceleration.fast import (
    attention,
    elementwise,
    gates,
    normalization,
    pooling,
    products,
    rows,
    updates,
)
from tinytorch.acceleration.threads import workers
from tinytorch.setup import manual_seed
from tinytorch.tensor import is_grad_enabled, primitives

LIBRARIES = ThreadpoolController().lib_controllers


@pytest.fixture(autouse=True)
def _nothing_leaks():
    before = [library.num_threads for library in LIBRARIES]
    manual_seed(0)
    yield
    assert all(primitive.implementation is primitive.default for primitive in primitives())
    assert not workers.started
    assert workers.count == 1
    assert [library.num_threads for library in LIBRARIES] == before
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tinytorch")]
    assert is_grad_enabled()


@pytest.fixture(autouse=True)
def _less_is_shared(monkeypatch):
    """A quarter of what is worth a thread: the tests are as good with less work."""
    for module in (elementwise, gates, normalization, pooling, rows, updates):
        monkeypatch.setattr(module, "ELEMENTS", threads.ELEMENTS // 4)
    for module in (attention, products):
        monkeypatch.setattr(module, "PRODUCTS", threads.PRODUCTS // 4)


@pytest.fixture
def slices(monkeypatch):
    """The slices that the workers share among themselves, as they come."""
    found = []
    by_itself = workers.by_itself

    def noting(work, start, stop):
        found.append((start, stop))
        return by_itself(work, start, stop)

    monkeypatch.setattr(workers, "by_itself", noting)
    return found
