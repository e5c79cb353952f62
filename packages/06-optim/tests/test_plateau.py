"""ReduceLROnPlateau: when it cuts, by how much, and when it waits."""

import math

from tinytorch.optim import SGD, LinearLR, ReduceLROnPlateau
from tinytorch.tensor import tensor


def cuts(measures, **settings):
    """The steps after which the rate is lower than before."""
    schedule = ReduceLROnPlateau(SGD([tensor([1.0])], lr=1.0), **settings)
    rates = [1.0]
    for measure in measures:
        schedule.step(measure)
        rates += schedule.get_last_lr()
    return [i for i in range(len(measures)) if rates[i + 1] < rates[i]]


def test_it_cuts_after_patience_is_over():
    assert cuts([1.0] * 8, patience=2) == [3, 6]
    assert cuts([1.0] * 4, patience=0) == [1, 2, 3]


def test_improvement_resets_patience():
    assert cuts([1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5], patience=2) == [6]


def test_max_wants_more():
    assert cuts([1, 2, 3, 2, 2, 4], mode="max", patience=1) == [4]
    assert cuts([-3, -2, -1], mode="max", patience=0, threshold_mode="abs") == []


def test_improvement_counts_from_the_threshold_on():
    measures = [1.0, 0.95, 0.85, 0.80]
    assert cuts(measures, patience=0, threshold=0.1) == [1, 3]
    assert cuts(measures, patience=0, threshold=0.1, threshold_mode="abs") == [1, 3]
    assert cuts([10.0, 9.8], patience=0, threshold=0.1, threshold_mode="abs") == []
    assert cuts([10.0, 9.8], patience=0, threshold=0.1, threshold_mode="rel") == [1]
    assert cuts([10.0, 10.5], patience=0, mode="max", threshold=0.1) == [1]


def test_cooldown_counts_nothing():
    assert cuts([1.0] * 8, patience=0, cooldown=2) == [1, 4, 7]


def test_nan_is_no_improvement():
    assert cuts([math.nan] * 3, patience=1) == [1]
    assert cuts([1.0, math.nan, math.nan], patience=1) == [2]
    assert cuts([math.nan, 1.0, 0.5], patience=1) == []


def test_the_rate_has_a_floor_for_each_group():
    groups = [{"params": [tensor([1.0])]}, {"params": [tensor([1.0])]}]
    schedule = ReduceLROnPlateau(SGD(groups, lr=1.0), patience=0, min_lr=[0.5, 0.05])
    for _ in range(4):
        schedule.step(1.0)
    assert schedule.get_last_lr() == [0.5, 0.05]


def test_a_cut_of_less_than_eps_is_not_made():
    assert cuts([1.0] * 4, patience=0, factor=0.5, eps=0.3) == [1]


def test_a_measure_may_be_a_tensor():
    assert cuts([tensor(1.0), tensor([1.0])], patience=0) == [1]


def test_a_loaded_schedule_goes_on():
    def make():
        return ReduceLROnPlateau(SGD([tensor([1.0])], lr=1.0), patience=2, cooldown=1)

    schedule, other = make(), make()
    for measure in (1.0, 0.5, 0.5, 0.6):
        schedule.step(measure)
    other.load_state_dict(schedule.state_dict())
    assert other.state_dict() == {
        "best": 0.5,
        "num_bad_epochs": 2,
        "cooldown_counter": 0,
        "last_epoch": 4,
    }
    other.step(0.5)
    assert other.get_last_lr() == [0.1]


def test_it_may_follow_a_warm_up():
    optimizer = SGD([tensor([1.0])], lr=1.0)
    warm_up, schedule = LinearLR(optimizer, 0.5, total_iters=2), ReduceLROnPlateau(optimizer)
    for _ in range(2):
        warm_up.step()
    for _ in range(12):
        schedule.step(1.0)
    assert optimizer.param_groups[0]["lr"] == 0.1
