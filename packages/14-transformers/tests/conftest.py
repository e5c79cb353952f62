"""No test may leave recording off, an observer behind, or the random numbers in its own order."""

import pytest

from tinytorch.setup import manual_seed
from tinytorch.tensor import is_grad_enabled
from tinytorch.tensor.observing import observers


@pytest.fixture(autouse=True)
def _nothing_leaks():
    manual_seed(0)
    yield
    assert is_grad_enabled()
    assert observers == []
