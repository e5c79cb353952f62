"""All optimisers as one table, for the tests that hold for each of them."""

import functools

import pytest

from tinytorch.optim import SGD, Adagrad, Adam, AdamW, Lion, Muon, RMSprop
from tinytorch.tensor.recording import installed

# Each with a rate that solves the small problems of these tests.
OPTIMIZERS = {
    "SGD": functools.partial(SGD, lr=1e-3),
    "SGD with momentum": functools.partial(SGD, lr=1e-3, momentum=0.9, nesterov=True),
    "Adagrad": functools.partial(Adagrad, lr=0.3),
    "RMSprop": functools.partial(RMSprop, lr=5e-3, momentum=0.5, centered=True),
    "Adam": functools.partial(Adam, lr=0.02, amsgrad=True),
    "AdamW": functools.partial(AdamW, lr=0.02),
    "Lion": functools.partial(Lion, lr=0.01),
    "Muon": functools.partial(Muon, lr=0.02),
}


@pytest.fixture(params=OPTIMIZERS.values(), ids=OPTIMIZERS)
def make(request):
    """A function of matrices, and settings, that makes an optimiser."""
    return request.param


@pytest.fixture(autouse=True)
def _nothing_records():
    """These tests are of this package alone, also where module 07 is imported beside it."""
    before = installed.recorder
    installed.recorder = None
    yield
    installed.recorder = before
