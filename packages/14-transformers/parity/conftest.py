"""Both sides draw the same in every run, in whatever order the tests come."""

import numpy as np
import pytest
import torch

from tinytorch.setup import manual_seed


@pytest.fixture(autouse=True)
def _seeds(request, monkeypatch):
    manual_seed(0)
    torch.manual_seed(0)
    if hasattr(request.module, "RNG"):
        monkeypatch.setattr(request.module, "RNG", np.random.default_rng(0))
