"""A tour of the package: fit a line with gradients written by hand, and then do it better."""

import numpy as np
import pytest

from tinytorch.optim import SGD, AdamW, CosineAnnealingLR, clip_grad_norm_
from tinytorch.tensor import Tensor, linspace, tensor

x = linspace(-1, 1, 20)
y = 3 * x + 0.5


def fill_gradients(slope, intercept):
    """Of the mean squared error of slope * x + intercept, by the rules of calculus."""
    error = slope * x + intercept - y
    slope.grad = (2 * error * x).mean()
    intercept.grad = (2 * error).mean()
    return (error * error).mean()


def test_an_optimizer_updates_all_parameters_at_once():
    slope, intercept = tensor(0.0), tensor(0.0)
    optimizer = SGD([slope, intercept], lr=0.3)
    for _ in range(100):
        optimizer.zero_grad()
        fill_gradients(slope, intercept)
        optimizer.step()
    assert slope.item() == pytest.approx(3, abs=1e-4)
    assert intercept.item() == pytest.approx(0.5, abs=1e-4)


def test_the_step_is_the_formula():
    p = tensor([1.0, 2.0])
    p.grad = tensor([10.0, -10.0])
    SGD([p], lr=0.125).step()
    assert p.tolist() == [1 - 0.125 * 10, 2 + 0.125 * 10]


def test_momentum_goes_where_the_gradient_has_pointed_before():
    p = tensor(0.0)
    optimizer = SGD([p], lr=1.0, momentum=0.5)
    places = []
    for gradient in (-1.0, 0.0, 0.0):
        p.grad = tensor(gradient)
        optimizer.step()
        places.append(p.item())
    assert places == [1, 1.5, 1.75]


def test_groups_have_settings_of_their_own():
    weight, bias = tensor([[1.0]]), tensor([1.0])
    optimizer = AdamW(
        [{"params": [weight], "weight_decay": 0.5}, {"params": [bias]}], lr=0.1, weight_decay=0.0
    )
    for p in (weight, bias):
        p.grad = p * 0
    optimizer.step()
    assert weight.item() == pytest.approx(0.95)  # decayed
    assert bias.item() == 1


def test_a_schedule_changes_the_rate_after_each_step():
    slope, intercept = tensor(0.0), tensor(0.0)
    optimizer = SGD([slope, intercept], lr=0.5)
    schedule = CosineAnnealingLR(optimizer, T_max=100)
    rates = []
    for _ in range(100):
        fill_gradients(slope, intercept)
        optimizer.step()
        rates += schedule.get_last_lr()
        schedule.step()
    assert rates[0] == 0.5
    assert rates[50] == pytest.approx(0.25)
    assert rates[99] < 1e-3
    assert fill_gradients(slope, intercept).item() < 1e-6


def test_clipping_keeps_one_bad_batch_from_ruining_all():
    p = tensor([0.0, 0.0])
    p.grad = tensor([3e6, 4e6])
    assert clip_grad_norm_([p], max_norm=1.0).item() == 5e6
    np.testing.assert_allclose(p.grad.data, [0.6, 0.8], rtol=1e-6)


def test_a_run_goes_on_from_where_it_was_saved():
    def train(steps, parameters=(0.0, 0.0), saved=None):
        slope, intercept = map(tensor, parameters)
        optimizer = SGD([slope, intercept], lr=0.1, momentum=0.9)
        if saved is not None:
            optimizer.load_state_dict(saved)
        for _ in range(steps):
            fill_gradients(slope, intercept)
            optimizer.step()
        return (slope.item(), intercept.item()), optimizer.state_dict()

    at_once, _ = train(20)
    half, saved = train(10)
    assert train(10, half, saved)[0] == at_once


def test_an_optimizer_of_ones_own_is_one_method():
    from tinytorch.optim import Optimizer

    class SignSGD(Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        def update(self, p, g, state, settings):
            p -= settings["lr"] * np.sign(g)

    p = Tensor([1.0, 1.0])
    p.grad = Tensor([0.001, -1000.0])
    SignSGD([p], lr=0.25).step()
    assert p.tolist() == [0.75, 1.25]
