"""Schedules: the rates they give, one after the other, and what they save."""

import math
import pickle

import pytest

from tinytorch.optim import (
    SGD,
    Adagrad,
    Adam,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from tinytorch.tensor import tensor


def sgd(*rates, **settings):
    return SGD([{"params": [tensor([1.0])], "lr": rate} for rate in rates or (1.0,)], **settings)


def walk(schedule, steps):
    """The rate of the first group at each step."""
    rates = []
    for _ in range(steps):
        rates.append(schedule.optimizer.param_groups[0]["lr"])
        schedule.step()
    return rates


# The rate at step t, written out.
CLOSED_FORMS = [
    (lambda o: LambdaLR(o, lambda t: 1 / (t + 1)), lambda t: 1 / (t + 1)),
    (lambda o: StepLR(o, 3, gamma=0.5), lambda t: 0.5 ** (t // 3)),
    (lambda o: MultiStepLR(o, [5, 2, 5]), lambda t: 0.1 ** ((t >= 2) + 2 * (t >= 5))),
    (lambda o: ExponentialLR(o, 0.9), lambda t: 0.9**t),
    (lambda o: LinearLR(o, 0.25, 0.75, 4), lambda t: 0.25 + 0.5 * min(t, 4) / 4),
    (lambda o: CosineAnnealingLR(o, 8), lambda t: math.cos(math.pi * t / 16) ** 2),
    (
        lambda o: CosineAnnealingLR(o, 8, eta_min=0.5),
        lambda t: 0.5 + 0.5 * math.cos(math.pi * t / 16) ** 2,
    ),
    (
        lambda o: SequentialLR(o, [LinearLR(o, 0.5, 1.0, 4), StepLR(o, 2)], [6]),
        lambda t: 0.5 + min(t, 4) / 8 if t < 6 else 0.1 ** ((t - 6) // 2),
    ),
]


@pytest.mark.parametrize(("make", "formula"), CLOSED_FORMS)
def test_rates_follow_the_formula(make, formula):
    schedule = make(sgd())
    expected = [formula(t) for t in range(12)]
    assert [schedule.rates(t)[0] for t in range(12)] == pytest.approx(expected, abs=1e-12)
    assert walk(schedule, 12) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("make", "formula"), CLOSED_FORMS)
def test_each_group_is_scaled_from_its_own_rate(make, formula):
    if make(sgd(1.0)).rates(8)[0] == 0.5:
        return  # a least rate is no factor
    schedule = make(sgd(1.0, 0.25))
    for t in range(12):
        assert schedule.get_last_lr() == pytest.approx([formula(t), formula(t) / 4], abs=1e-12)
        assert schedule.last_epoch == t
        schedule.step()


@pytest.mark.parametrize(("make", "formula"), CLOSED_FORMS)
def test_a_loaded_schedule_goes_on(make, formula):
    schedule = make(sgd())
    walk(schedule, 7)
    saved = pickle.loads(pickle.dumps(schedule.state_dict()))
    other = make(sgd(5.0))
    other.load_state_dict(saved)
    assert other.last_epoch == 7
    assert walk(other, 5) == pytest.approx([formula(t) for t in range(7, 12)], abs=1e-12)


@pytest.mark.parametrize("optimizer_first", [True, False])
def test_optimizer_and_schedule_may_be_loaded_in_either_order(optimizer_first):
    def parts():
        optimizer = Adam([tensor([1.0])], lr=1.0)
        cycle = OneCycleLR(optimizer, max_lr=1.0, total_steps=5)
        return optimizer, SequentialLR(optimizer, [cycle, ExponentialLR(optimizer, 0.5)], [5])

    optimizer, schedule = parts()
    walk(schedule, 8)
    again, schedule_again = parts()
    loads = [
        lambda: again.load_state_dict(optimizer.state_dict()),
        lambda: schedule_again.load_state_dict(schedule.state_dict()),
    ]
    for load in loads if optimizer_first else reversed(loads):
        load()
    schedule.step()
    schedule_again.step()
    # Momentum too is where the cycle has left it, though the cycle itself is over.
    assert again.param_groups[0]["betas"] == optimizer.param_groups[0]["betas"]
    assert again.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]


def test_a_new_schedule_starts_from_the_first_rate():
    optimizer = sgd(1.0)
    walk(StepLR(optimizer, 1), 5)
    assert StepLR(optimizer, 1).get_last_lr() == [1.0]
    assert optimizer.param_groups[0]["initial_lr"] == 1.0


def test_two_schedules_on_one_optimizer_are_an_error_when_the_second_steps():
    optimizer = sgd()
    first, second = StepLR(optimizer, 1), ExponentialLR(optimizer, 0.5)
    first.step()
    message = r"ExponentialLR: the rates are \[0.1\], it had set \[1.0\]; .* SequentialLR"
    with pytest.raises(RuntimeError, match=message):
        second.step()
    assert second.last_epoch == 0
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_a_group_added_later_is_an_error():
    optimizer = sgd()
    schedule = StepLR(optimizer, 1)
    optimizer.add_param_group({"params": [tensor([1.0])]})
    with pytest.raises(RuntimeError, match=r"the rates are \[1.0, 0.001\], it had set \[1.0\]"):
        schedule.step()


def test_lambda_may_differ_by_group():
    schedule = LambdaLR(sgd(1.0, 1.0), [lambda t: 1.0, lambda t: 0.5**t])
    schedule.step()
    assert schedule.get_last_lr() == [1.0, 0.5]
    message = "lr_lambda has 2 values, expected one for each of the optimizer's 1 groups"
    with pytest.raises(ValueError, match=message):
        LambdaLR(sgd(), [lambda t: 1.0, lambda t: 1.0])


def test_state_of_another_number_of_groups_is_an_error():
    schedule = StepLR(sgd(), 1)
    with pytest.raises(ValueError, match="the state has 2 base_lrs, the optimizer has 1 groups"):
        schedule.load_state_dict(StepLR(sgd(1.0, 2.0), 1).state_dict())
    assert schedule.base_lrs == [1.0]


def test_the_base_gives_no_rates():
    with pytest.raises(NotImplementedError, match="LRScheduler: defines neither factor nor rates"):
        LRScheduler(sgd())


@pytest.mark.parametrize(
    "make",
    [
        lambda o: StepLR(o, 1),
        lambda o: LambdaLR(o, lambda t: 1.0),
        lambda o: OneCycleLR(o, 1.0, 5),
        ReduceLROnPlateau,
    ],
)
def test_a_schedule_needs_an_optimizer(make):
    with pytest.raises(TypeError, match="optimizer is float, expected an Optimizer"):
        make(0.1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda o: StepLR(o, 0), "StepLR: step_size is 0, expected at least 1"),
        (lambda o: LinearLR(o, 0.0), "start_factor is 0.0, expected above 0, at most 1"),
        (lambda o: LinearLR(o, end_factor=1.5), "end_factor is 1.5, expected from 0 to 1"),
        (lambda o: LinearLR(o, total_iters=0), "total_iters is 0, expected at least 1"),
        (lambda o: CosineAnnealingLR(o, 0), "T_max is 0, expected at least 1"),
        (lambda o: OneCycleLR(o, 1.0), "total_steps is missing, expected it or epochs and"),
        (lambda o: OneCycleLR(o, 1.0, epochs=2), "total_steps is missing"),
        (lambda o: OneCycleLR(o, 1.0, 0), "total_steps is 0, expected at least 1"),
        (lambda o: OneCycleLR(o, 1.0, 5, pct_start=1.5), "pct_start is 1.5, expected from 0 to 1"),
        (lambda o: OneCycleLR(o, 1.0, 5, anneal_strategy="x"), "'x', expected cos or linear"),
        (lambda o: OneCycleLR(o, [1.0, 2.0], 5), "max_lr has 2 values, expected one for each"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)], [3]), "1 schedulers and 1 milestones"),
        (lambda o: SequentialLR(o, [], []), "0 schedulers and 0 milestones"),
        (lambda o: SequentialLR(o, [StepLR(sgd(), 1)], []), r"schedulers\[0\] has another optim"),
        (
            lambda o: SequentialLR(o, [StepLR(o, 1) for _ in range(3)], [5, 2]),
            r"milestones are \[5, 2\], expected rising steps",
        ),
        (lambda o: ReduceLROnPlateau(o, factor=1.0), "factor is 1.0, expected from 0 to below 1"),
        (lambda o: ReduceLROnPlateau(o, mode="low"), "mode is 'low', expected min or max"),
        (lambda o: ReduceLROnPlateau(o, threshold_mode="x"), "is 'x', expected rel or abs"),
        (lambda o: ReduceLROnPlateau(o, min_lr=[0.1, 0.2]), "min_lr has 2 values, expected one"),
    ],
)
def test_wrong_arguments_are_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make(sgd())


# --- one cycle


@pytest.mark.parametrize("strategy", ["cos", "linear"])
def test_one_cycle_goes_up_and_far_down_and_momentum_the_other_way(strategy):
    optimizer = sgd(momentum=0.5)
    schedule = OneCycleLR(optimizer, max_lr=1.0, total_steps=20, anneal_strategy=strategy)
    rates, momenta = [], []
    for _ in range(20):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(optimizer.param_groups[0]["momentum"])
        schedule.step()
    assert rates[0] == 1 / 25
    assert max(rates) == rates[5] == pytest.approx(1)
    assert rates[19] == pytest.approx(1 / 25 / 1e4)
    assert rates[:6] == sorted(rates[:6])
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert (momenta[0], momenta[5], momenta[19]) == pytest.approx((0.95, 0.85, 0.95))


def test_one_cycle_in_three_phases_comes_back_first():
    optimizer = sgd()
    schedule = OneCycleLR(
        optimizer, max_lr=1.0, epochs=2, steps_per_epoch=10, three_phase=True, pct_start=0.3
    )
    rates = [schedule.rates(t)[0] for t in range(20)]
    assert (rates[0], rates[5], rates[10]) == pytest.approx((1 / 25, 1, 1 / 25))
    assert rates[19] == pytest.approx(1 / 25 / 1e4)


def test_one_cycle_cycles_adams_first_beta_each_group_for_itself():
    optimizer = Adam([{"params": [tensor([1.0])]}, {"params": [tensor([1.0])]}])
    schedule = OneCycleLR(
        optimizer, [1.0, 2.0], 10, base_momentum=[0.5, 0.6], max_momentum=[0.8, 0.9]
    )
    assert [group["betas"] for group in optimizer.param_groups] == [(0.8, 0.999), (0.9, 0.999)]
    schedule.step()
    schedule.step()
    assert schedule.get_last_lr() == [1.0, 2.0]
    assert [group["betas"][0] for group in optimizer.param_groups] == [0.5, 0.6]


def test_one_cycle_without_momentum():
    optimizer = Adagrad([tensor([1.0])])
    with pytest.raises(ValueError, match="Adagrad has no momentum, expected cycle_momentum=False"):
        OneCycleLR(optimizer, 1.0, 10)
    OneCycleLR(optimizer, 1.0, 10, cycle_momentum=False).step()
    assert "momentum" not in optimizer.param_groups[0]


def test_one_cycle_may_begin_at_the_top_or_be_a_single_step():
    rates = OneCycleLR(sgd(), 1.0, 10, pct_start=0.0).rates(0)
    assert 0.9 < rates[0] < 1
    schedule = OneCycleLR(sgd(), 1.0, 1, pct_start=1.0)
    assert schedule.get_last_lr() == [1.0]


def test_one_cycle_is_over_at_its_end():
    optimizer = sgd()
    schedule = OneCycleLR(optimizer, 1.0, 3)
    walk(schedule, 3)
    with pytest.raises(ValueError, match="OneCycleLR: step 4 is beyond the cycle of 3 steps"):
        schedule.step()
    assert schedule.last_epoch == 3


# --- sequential


def test_sequential_steps_its_schedules_as_they_would_themselves():
    optimizer = sgd(momentum=0.5)
    cycle = OneCycleLR(optimizer, max_lr=2.0, total_steps=4)
    schedule = SequentialLR(optimizer, [LinearLR(optimizer, 0.5), cycle], [3])
    walk(schedule, 3)
    assert optimizer.param_groups[0]["momentum"] == pytest.approx(0.95)
    assert schedule.get_last_lr() == cycle.get_last_lr() == [2 / 25]


def test_a_sequence_may_hold_a_sequence():
    optimizer = sgd()
    inner = SequentialLR(optimizer, [ExponentialLR(optimizer, 0.5), StepLR(optimizer, 1)], [2])
    schedule = SequentialLR(optimizer, [LinearLR(optimizer, 0.5, total_iters=2), inner], [2])
    assert walk(schedule, 6) == pytest.approx([0.5, 0.75, 1, 0.5, 1, 0.1])


def test_sequential_takes_schedules_only():
    optimizer = sgd()
    with pytest.raises(TypeError, match=r"schedulers\[0\] is ReduceLROnPlateau, expected an LRSch"):
        SequentialLR(optimizer, [ReduceLROnPlateau(optimizer)], [])


def test_sequential_state_of_other_schedules_is_an_error():
    optimizer = sgd()
    one = SequentialLR(optimizer, [StepLR(optimizer, 1)], [])
    two = SequentialLR(optimizer, [StepLR(optimizer, 1), StepLR(optimizer, 1)], [2])
    with pytest.raises(ValueError, match="the state has 2 schedulers, expected 1"):
        one.load_state_dict(two.state_dict())
