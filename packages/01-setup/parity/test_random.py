"""PyTorch's meaning of seeds and states. The numbers themselves come from other algorithms."""

import pytest
import torch

from tinytorch.setup import generator, get_rng_state, manual_seed, set_rng_state


@pytest.mark.parity("manual_seed", "generator")
@pytest.mark.parametrize("seed", [0, 1, -1, -(2**63), 2**64 - 1, 2**64, -(2**63) - 1, None, "1"])
def test_the_same_seeds_are_accepted(seed):
    def accepted(seeding):
        try:
            seeding(seed)
        except (RuntimeError, TypeError, ValueError):
            return False
        return True

    # PyTorch takes what int() takes, "1" too.
    assert accepted(manual_seed) == (accepted(torch.manual_seed) and not isinstance(seed, str))


@pytest.mark.parity("manual_seed", "generator")
def test_a_seed_repeats_and_its_generator_is_returned():
    for seeding, draw in (
        (manual_seed, lambda: generator().random(3).tolist()),
        (torch.manual_seed, lambda: torch.rand(3).tolist()),
    ):
        current = seeding(0)
        first = draw()
        assert seeding(0) is not None
        assert draw() == first
    assert current is torch.default_generator
    assert manual_seed(0) is generator()


@pytest.mark.parity("get_rng_state", "set_rng_state")
def test_a_state_repeats():
    for get, set_, draw in (
        (get_rng_state, set_rng_state, lambda: generator().random(3).tolist()),
        (torch.get_rng_state, torch.set_rng_state, lambda: torch.rand(3).tolist()),
    ):
        state = get()
        first = draw()
        set_(state)
        assert draw() == first
