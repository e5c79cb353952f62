"""No test may leave recording off, an observer behind, or garbage collection stopped."""

import gc

import pytest

from tinytorch.tensor import is_grad_enabled
from tinytorch.tensor.observing import observers


@pytest.fixture(autouse=True)
def _nothing_leaks():
    yield
    assert is_grad_enabled()
    assert observers == []
    assert gc.isenabled()
