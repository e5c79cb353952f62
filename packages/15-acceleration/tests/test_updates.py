"""Optimisers update large parameters in blocks: to the same numbers, and with the same memory."""

import functools

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from tinytorch.acceleration import accelerate, implementations
from tinytorch.acceleration.fast.updates import BLOCK
from tinytorch.optim import SGD, Adagrad, Adam, AdamW, Lion, Muon, RMSprop
from tinytorch.optim.optimizer import apply_updates
from tinytorch.tensor import Tensor

MAKE = {
    "SGD": functools.partial(SGD, lr=0.1),
    "SGD with momentum": functools.partial(SGD, lr=0.1, momentum=0.9, weight_decay=0.01),
    "Nesterov": functools.partial(SGD, lr=0.1, momentum=0.9, nesterov=True, maximize=True),
    "Adagrad": functools.partial(Adagrad, lr=0.3, lr_decay=0.1),
    "RMSprop": functools.partial(RMSprop, lr=5e-3),
    "centered RMSprop": functools.partial(RMSprop, lr=5e-3, momentum=0.5, centered=True),
    "Adam": functools.partial(Adam, lr=0.02, weight_decay=0.1),
    "AMSGrad": functools.partial(Adam, lr=0.02, amsgrad=True),
    "AdamW": functools.partial(AdamW, lr=0.02),
    "Lion": functools.partial(Lion, lr=0.01),
    "Muon": functools.partial(Muon, lr=0.02),
}
LARGE, SMALL = (700, 600), (3, 4)  # three slices of two blocks, the second shorter; and one
MATRICES = (60, 50), (50, 60)  # what works on whole matrices has no blocks


@pytest.fixture(autouse=True)
def _one_thread_for_blas():
    """Muon's products are added up in another order on several."""
    with threadpool_limits(1, user_api="blas"):
        yield


def trained(make, tiers, order=lambda array: array):
    """Parameters and memory after a step in each of the tiers."""
    rng = np.random.default_rng(0)
    shapes = (LARGE, SMALL) if make.func.elementwise else (*MATRICES, SMALL)
    parameters = [Tensor(order(rng.normal(size=shape))) for shape in shapes]
    optimizer = make([x.requires_grad_() for x in parameters])
    for tier in tiers:
        for x in parameters:
            x.grad = Tensor(rng.normal(size=x.shape))
        with accelerate(tier, threads=3 if tier == "fast" else None):
            optimizer.step()
    return [x.data for x in parameters], [optimizer.state[x] for x in parameters]


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
@pytest.mark.parametrize("tiers", [["fast"] * 3, ["vectorized", "fast", "vectorized", "fast"]])
def test_every_optimiser_takes_the_same_steps(make, tiers):
    found, memory = trained(make, tiers)
    expected, usual_memory = trained(make, ["vectorized"] * len(tiers))
    for one, other in zip(found, expected):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_equal(memory, usual_memory)


def test_so_do_parameters_that_lie_in_another_order():
    found, _ = trained(MAKE["Adam"], ["fast"] * 3, np.asfortranarray)
    expected, _ = trained(MAKE["Adam"], ["vectorized"] * 3)
    for one, other in zip(found, expected):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", [name for name in MAKE if MAKE[name].func.elementwise])
def test_large_parameters_are_shared(name, slices):
    trained(MAKE[name], ["vectorized", "fast"])
    assert sorted(slices) == [(0, 140_000), (140_000, 280_000), (280_000, 420_000)]
    assert BLOCK < 140_000


def test_whole_matrices_are_shared(slices):
    shapes = [(300, 200), (200, 300), (100, 300), (10, 10)]
    matrices = [Tensor(np.ones(shape)) for shape in shapes]
    for each in matrices:
        each.grad = Tensor(np.ones(each.shape))
    with accelerate(threads=2):
        Muon(matrices).step()
    assert sorted(slices) == [(0, 75_050), (75_050, 150_101)]


@pytest.mark.parametrize("make", [AdamW, Muon])
def test_parameters_without_elements_are_updated_too(make):
    parameters = [Tensor(np.ones(shape)) for shape in [(0, 3), (2, 2), (3, 0)]]
    for each in parameters:
        each.grad = Tensor(np.ones(each.shape))
    optimizer = make(parameters)
    with accelerate(threads=2):
        optimizer.step()
    assert all(optimizer.state[each] for each in parameters)


def test_what_an_update_remembers_it_has_to_name():
    class Momentum(SGD):
        elementwise = True

        def update(self, p, g, state, settings):
            state["running"] = state.get("running", 0.0) + g
            p -= settings["lr"] * state["running"]

    x = Tensor(np.ones(2 * BLOCK, "f4"))
    x.grad = Tensor(np.ones(2 * BLOCK, "f4"))
    with accelerate(), pytest.raises(TypeError, match="Momentum: update remembers running"):
        Momentum([x], lr=0.1).step()


def test_a_failing_update_notes_what_was_written():
    class Failing(SGD):
        def update(self, p, g, state, settings):
            super().update(p, g, state, settings)
            if p.size == 2:
                raise RuntimeError("no")

    x, y = (Tensor(np.ones(n), requires_grad=True) for n in (1, 2))
    square = x * x
    for each in (x, y):
        each.grad = Tensor(np.ones(each.shape))
    with accelerate(), pytest.raises(RuntimeError, match="no"):
        Failing([x, y], lr=0.1).step()
    with pytest.raises(RuntimeError, match="written into"):
        square.backward()


def test_an_update_in_blocks_is_of_the_fast_tier_alone():
    assert apply_updates in implementations("fast")
    assert apply_updates not in implementations("naive")


def test_an_update_of_one_s_own_sees_the_whole_parameter():
    class Scaled(SGD):
        def update(self, p, g, state, settings):
            super().update(p, g / np.linalg.norm(g), state, settings)

    class OwnMuon(Muon):
        def update(self, p, g, state, settings):
            super().update(p, g, state, settings)

    assert (Scaled.elementwise, Scaled.separate) == (False, False)
    assert (AdamW.elementwise, Muon.separate, OwnMuon.separate) == (True, True, False)
    x, y = (Tensor(np.ones(2 * BLOCK, "f4")) for _ in range(2))
    for each, tier in ((x, "vectorized"), (y, "fast")):
        each.grad = Tensor(np.ones(2 * BLOCK, "f4"))
        with accelerate(tier):
            Scaled([each], lr=0.1).step()
    np.testing.assert_array_equal(x.data, y.data)
