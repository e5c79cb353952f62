"""The schedules against PyTorch's, over 100 steps of optimisers with two groups."""

import numpy as np
import pytest
import torch
import torch.optim.lr_scheduler as torch_schedules

from tinytorch import optim
from tinytorch.tensor import Tensor

OPTIMIZERS = {"SGD": {"momentum": 0.5}, "Adam": {}, "RMSprop": {"momentum": 0.5}}


def sequence(schedules, optimizer):
    return schedules.SequentialLR(
        optimizer,
        [
            schedules.LinearLR(optimizer, start_factor=0.1, total_iters=10),
            schedules.CosineAnnealingLR(optimizer, T_max=40, eta_min=0.01),
            schedules.StepLR(optimizer, 10),
        ],
        milestones=[10, 50],
    )


CASES = [
    ("LambdaLR", lambda s, o: s.LambdaLR(o, lambda t: 0.95**t)),
    ("LambdaLR", lambda s, o: s.LambdaLR(o, [lambda t: 1 / (t + 1), lambda t: 1.0])),
    ("StepLR", lambda s, o: s.StepLR(o, 7)),
    ("StepLR", lambda s, o: s.StepLR(o, step_size=30, gamma=0.5)),
    ("MultiStepLR", lambda s, o: s.MultiStepLR(o, milestones=[10, 30, 30, 80], gamma=0.3)),
    ("ExponentialLR", lambda s, o: s.ExponentialLR(o, gamma=0.97)),
    ("LinearLR", lambda s, o: s.LinearLR(o)),
    ("LinearLR", lambda s, o: s.LinearLR(o, start_factor=1.0, end_factor=0.2, total_iters=60)),
    ("CosineAnnealingLR", lambda s, o: s.CosineAnnealingLR(o, T_max=100)),
    ("CosineAnnealingLR", lambda s, o: s.CosineAnnealingLR(o, T_max=30, eta_min=0.05)),
    ("SequentialLR", sequence),
    ("OneCycleLR", lambda s, o: s.OneCycleLR(o, max_lr=0.3, total_steps=100)),
    ("OneCycleLR", lambda s, o: s.OneCycleLR(o, [0.3, 0.6], epochs=10, steps_per_epoch=10)),
    (
        "OneCycleLR",
        lambda s, o: s.OneCycleLR(
            o,
            max_lr=0.3,
            total_steps=100,
            pct_start=0.4,
            anneal_strategy="linear",
            base_momentum=[0.6, 0.7],
            max_momentum=[0.9, 0.8],
            div_factor=10.0,
            final_div_factor=100.0,
            three_phase=True,
        ),
    ),
    (
        "OneCycleLR",
        lambda s, o: s.OneCycleLR(o, 0.3, 100, pct_start=0.0, cycle_momentum=False),
    ),
]


def optimizers(name):
    """Ours and PyTorch's, each with two groups, and their parameters."""
    made = []
    for module, new in ((optim, Tensor), (torch.optim, torch.tensor)):
        parameters = [new(np.float32([1.0, -2.0])), new(np.float32([3.0]))]
        groups = [{"params": parameters[:1], "lr": 0.2}, {"params": parameters[1:], "lr": 0.1}]
        made.append((getattr(module, name)(groups, **OPTIMIZERS[name]), parameters))
    return made


def step(optimizer, parameters):
    """One step down a bowl."""
    for p in parameters:
        p.grad = 2 * p
    optimizer.step()


def momenta(optimizer):
    return [group.get("betas", (group.get("momentum"),))[0] for group in optimizer.param_groups]


@pytest.mark.parity(
    "LRScheduler",
    "LambdaLR",
    "StepLR",
    "MultiStepLR",
    "ExponentialLR",
    "LinearLR",
    "CosineAnnealingLR",
    "SequentialLR",
    "OneCycleLR",
)
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(("schedule_name", "make"), CASES)
def test_rates_momenta_and_parameters_agree_at_every_step(schedule_name, make, name):
    (optimizer, ours), (oracle, theirs) = optimizers(name)
    schedule, oracle_schedule = make(optim, optimizer), make(torch_schedules, oracle)
    assert type(schedule).__name__ == schedule_name
    for i in range(100):
        if i == 50:  # a new optimiser and a new schedule go on from the state of the first
            saved, saved_schedule = optimizer.state_dict(), schedule.state_dict()
            (optimizer, copies), _ = optimizers(name)
            for p, copy in zip(ours, copies, strict=True):
                copy.data[...] = p.data
            ours, schedule = copies, make(optim, optimizer)
            schedule.load_state_dict(saved_schedule)
            optimizer.load_state_dict(saved)
        rates = [group["lr"] for group in optimizer.param_groups]
        assert rates == schedule.get_last_lr()
        # PyTorch multiplies its way from step to step, and drifts.
        expected = [group["lr"] for group in oracle.param_groups]
        np.testing.assert_allclose(rates, expected, rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(momenta(optimizer), momenta(oracle), rtol=1e-12)
        step(optimizer, ours)
        step(oracle, theirs)
        for p, q in zip(ours, theirs, strict=True):
            torch.testing.assert_close(torch.from_numpy(p.numpy()), q)
        schedule.step()
        oracle_schedule.step()
        assert schedule.last_epoch == oracle_schedule.last_epoch


def measures(seed):
    """A loss that falls, stalls, is NaN twice, and falls again."""
    rng = np.random.default_rng(seed)
    values = np.concatenate(
        [np.geomspace(1, 0.1, 30), np.full(40, 0.1), np.geomspace(0.1, 1e-3, 30)]
    )
    values *= 1 + 0.02 * rng.standard_normal(100)
    values[[10, 60]] = np.nan
    return values.tolist()


@pytest.mark.parity("ReduceLROnPlateau")
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"patience": 2},
        {"patience": 0, "factor": 0.5, "min_lr": [0.01, 0.02]},
        {"patience": 1, "cooldown": 5},
        {"patience": 2, "mode": "max", "threshold": 0.01},
        {"patience": 2, "threshold": 0.05, "threshold_mode": "abs"},
        {"patience": 2, "mode": "max", "threshold": 0.05, "threshold_mode": "abs"},
        {"patience": 1, "factor": 0.0},
        {"patience": 1, "eps": 0.01},
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_plateau_cuts_at_the_same_steps(settings, sign):
    (optimizer, _), (oracle, _) = optimizers("SGD")
    schedule = optim.ReduceLROnPlateau(optimizer, **settings)
    oracle_schedule = torch_schedules.ReduceLROnPlateau(oracle, **settings)
    for i, measure in enumerate(measures(0)):
        if i == 50:
            saved, saved_schedule = optimizer.state_dict(), schedule.state_dict()
            (optimizer, _), _ = optimizers("SGD")
            optimizer.load_state_dict(saved)
            schedule = optim.ReduceLROnPlateau(optimizer, **settings)
            schedule.load_state_dict(saved_schedule)
        schedule.step(sign * measure)
        oracle_schedule.step(sign * measure)
        assert schedule.get_last_lr() == oracle_schedule.get_last_lr()
        for name in ("best", "num_bad_epochs", "cooldown_counter", "last_epoch"):
            assert getattr(schedule, name) == getattr(oracle_schedule, name)
