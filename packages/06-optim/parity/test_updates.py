"""The optimisers against PyTorch's: 100 steps, with groups, saved and loaded half-way."""

import itertools

import numpy as np
import pytest
import torch

from tinytorch import optim
from tinytorch.tensor import Tensor

SHAPES = [(4, 3), (3, 5), (2, 2)]
STEPS = 100


def gradients(parameters, noise, sign):
    """Of a bowl, or where the sign is -1 of a hill, with noise; as arrays."""
    return [sign * 2 * p + g for p, g in zip(parameters, noise, strict=True)]


def groups(parameters, lr):
    """Two groups, the second with a rate of its own."""
    return [{"params": parameters[:2]}, {"params": parameters[2:], "lr": lr / 2}]


def agree(name, settings, dtype, **tolerance):
    """Hold the steps against PyTorch's, ours through a state_dict round trip half-way."""
    sign = -1 if settings.get("maximize") else 1  # there is a top to go up to, so 100 steps end
    rng = np.random.default_rng(0)
    starts = [rng.standard_normal(shape).astype(dtype) for shape in SHAPES]
    ours = [Tensor(start) for start in starts]
    theirs = [torch.tensor(start, requires_grad=True) for start in starts]
    optimizer = getattr(optim, name)(groups(ours, settings["lr"]), **settings)
    oracle = getattr(torch.optim, name)(groups(theirs, settings["lr"]), **settings)
    for step in range(STEPS):
        if step == STEPS // 2:
            saved = optimizer.state_dict()
            ours = [p.clone() for p in ours]
            optimizer = getattr(optim, name)(groups(ours, settings["lr"]), lr=99.0)
            optimizer.load_state_dict(saved)
        noise = [rng.standard_normal(shape).astype(dtype) for shape in SHAPES]
        for p, g in zip(ours, gradients([p.numpy() for p in ours], noise, sign), strict=True):
            p.grad = Tensor(g)
        for p, g in zip(
            theirs, gradients([p.detach().numpy() for p in theirs], noise, sign), strict=True
        ):
            p.grad = torch.tensor(g)
        if step % 7 == 3:  # a parameter without gradient is left out, its steps not counted
            ours[0].grad = theirs[0].grad = None
        optimizer.step()
        oracle.step()
    for p, q in zip(ours, theirs, strict=True):
        torch.testing.assert_close(torch.from_numpy(p.numpy()), q.detach(), **tolerance)
    return optimizer, oracle


def product(**options):
    """Every combination of the options."""
    return [dict(zip(options, values)) for values in itertools.product(*options.values())]


SGD = [
    settings
    for settings in product(
        lr=[0.05],
        momentum=[0.0, 0.9],
        dampening=[0.0, 0.3],
        weight_decay=[0.0, 0.1],
        nesterov=[False, True],
        maximize=[False, True],
    )
    if not settings["nesterov"] or (settings["momentum"] and not settings["dampening"])
]
ADAM = product(
    lr=[0.01],
    betas=[(0.9, 0.999), (0.5, 0.8)],
    eps=[1e-8, 1e-3],
    weight_decay=[0.0, 0.1],
    amsgrad=[False, True],
    maximize=[False, True],
)
RMSPROP = product(
    lr=[0.01],
    alpha=[0.99, 0.7],
    eps=[1e-3],
    weight_decay=[0.0, 0.1],
    momentum=[0.0, 0.5],
    centered=[False, True],
    maximize=[False, True],
)
ADAGRAD = product(
    lr=[0.1],
    lr_decay=[0.0, 0.1],
    weight_decay=[0.0, 0.1],
    initial_accumulator_value=[0.0, 0.5],
    eps=[1e-10, 1e-2],
    maximize=[False, True],
)


def check_both_types(name, settings):
    agree(name, settings, np.float32)
    agree(name, settings, np.float64, rtol=1e-10, atol=1e-12)


@pytest.mark.parity("SGD")
@pytest.mark.parametrize("settings", SGD)
def test_sgd(settings):
    check_both_types("SGD", settings)


@pytest.mark.parity("Adam")
@pytest.mark.parametrize("settings", ADAM)
def test_adam(settings):
    check_both_types("Adam", settings)


@pytest.mark.parity("AdamW")
@pytest.mark.parametrize("settings", ADAM)
def test_adamw(settings):
    check_both_types("AdamW", settings)


@pytest.mark.parity("RMSprop")
@pytest.mark.parametrize("settings", RMSPROP)
def test_rmsprop(settings):
    check_both_types("RMSprop", settings)


@pytest.mark.parity("Adagrad")
@pytest.mark.parametrize("settings", ADAGRAD)
def test_adagrad(settings):
    check_both_types("Adagrad", settings)


@pytest.mark.parity("Muon")
@pytest.mark.parametrize(
    "settings",
    product(
        lr=[0.02],
        weight_decay=[0.0, 0.1],
        momentum=[0.9],
        nesterov=[True, False],
        adjust_lr_fn=[None, "original", "match_rms_adamw"],
    ),
)
def test_muon(settings):
    # PyTorch orthogonalises in bfloat16, of 8 bits: each step differs by up to a hundredth of the
    # rate. tests/test_rules.py holds ours exactly against the paper's iteration, written out.
    agree("Muon", settings, np.float32, rtol=0.05, atol=0.03)


@pytest.mark.parity("Optimizer")
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("SGD", {"lr": 0.1, "momentum": 0.9}),
        ("Adam", {"lr": 0.1, "amsgrad": True}),
        ("AdamW", {"lr": 0.1}),
        ("RMSprop", {"lr": 0.01, "momentum": 0.5, "centered": True}),
        ("Adagrad", {"lr": 0.1}),
    ],
)
def test_state_dicts_have_the_same_layout_and_values(name, settings):
    optimizer, oracle = agree(name, settings, np.float32)
    ours, theirs = optimizer.state_dict(), oracle.state_dict()
    assert ours["state"].keys() == theirs["state"].keys()
    for i, state in ours["state"].items():
        assert state.keys() == theirs["state"][i].keys()
        for key, value in state.items():
            torch.testing.assert_close(
                torch.as_tensor(value if key == "step" else value.numpy()),
                theirs["state"][i][key],
                check_dtype=key != "step",
            )
    for group, other in zip(ours["param_groups"], theirs["param_groups"], strict=True):
        assert group == {key: other[key] for key in group}


@pytest.mark.parity("Optimizer")
@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Muon"])
def test_pytorchs_state_loads_without_its_own_switches(name):
    theirs = [torch.ones(2, 2), torch.ones(2, 3)]
    ours = [Tensor(p.numpy()) for p in theirs]
    settings = {"momentum": 0.9} if name in ("SGD", "RMSprop", "Muon") else {}
    oracle = getattr(torch.optim, name)(groups(theirs, 0.5), lr=0.5, **settings)
    for p in theirs:
        p.grad = torch.full_like(p, 0.25)
    oracle.step()
    optimizer = getattr(optim, name)(groups(ours, 0.1))
    saved = oracle.state_dict()
    switches = saved["param_groups"][0].keys() - optimizer.param_groups[0].keys()
    if name == "Muon":
        assert not switches
    else:
        with pytest.raises(ValueError, match="differentiable"):
            optimizer.load_state_dict(saved)
    for group in saved["param_groups"]:
        for key in switches:
            del group[key]
    optimizer.load_state_dict(saved)
    for p, q in zip(ours, theirs, strict=True):
        p.data[...] = q.numpy()
        p.grad = Tensor(q.grad.numpy())
    oracle.step()
    optimizer.step()
    for p, q in zip(ours, theirs, strict=True):
        torch.testing.assert_close(
            torch.from_numpy(p.numpy()),
            q,
            **({"rtol": 0.01, "atol": 0.01} if name == "Muon" else {}),
        )


@pytest.mark.parity("Optimizer")
def test_zero_grad_and_closure_are_pytorchs():
    for module, new in ((optim, Tensor), (torch.optim, torch.tensor)):
        p = new([1.0, 2.0])
        p.grad = new([1.0, 1.0])
        optimizer = module.SGD([p], lr=0.5)
        assert optimizer.step(lambda: 42) == 42
        assert p.tolist() == [0.5, 1.5]
        optimizer.zero_grad(set_to_none=False)
        assert p.grad.tolist() == [0, 0]
        optimizer.zero_grad()
        assert p.grad is None
