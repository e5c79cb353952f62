"""Metrics of numbers, held against their definitions."""

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.training import MeanAbsoluteError, MeanSquaredError, R2Score

METRICS = [MeanSquaredError, MeanAbsoluteError, R2Score]


def computed(metric, outputs, targets):
    metric.update(outputs, targets)
    return metric.compute()


def test_any_shape_is_averaged_over_all_numbers():
    rng = np.random.default_rng(0)
    outputs, targets = rng.normal(size=(2, 4, 3, 5))
    assert computed(MeanSquaredError(), outputs, targets) == pytest.approx(
        ((outputs - targets) ** 2).mean()
    )
    assert computed(MeanAbsoluteError(), outputs, targets) == pytest.approx(
        np.abs(outputs - targets).mean()
    )


@pytest.mark.parametrize("metric", METRICS)
def test_integers_do_not_wrap(metric):
    small, large = np.array([0, 255, 3], np.uint8), np.array([255, 0, 3], np.uint8)
    assert computed(metric(), small, large) == computed(metric(), small * 1.0, large * 1.0)


def test_float16_does_not_overflow():
    far = np.full(10, 6e4, np.float16)
    assert computed(MeanSquaredError(), far, -far) == pytest.approx((2 * float(far[0])) ** 2)


def test_r2_keeps_its_digits_far_from_zero():
    rng = np.random.default_rng(0)
    targets = 1e9 + rng.normal(size=1000)
    outputs = targets + rng.normal(0, 0.5, 1000)
    expected = 1 - ((outputs - targets) ** 2).sum() / ((targets - targets.mean()) ** 2).sum()
    score = R2Score()
    for part in np.split(np.arange(1000), 100):
        score.update(outputs[part], targets[part])
    assert score.compute() == pytest.approx(expected, rel=1e-6)


def test_r2_of_columns_with_one_number():
    targets = np.array([1.0, 2.0, 4.0])
    assert computed(R2Score(), targets[:, None] + 1, targets[:, None]) == computed(
        R2Score(), targets + 1, targets
    )


def test_r2_where_all_targets_are_the_same():
    same = tt.ones(4)
    assert computed(R2Score(), same, same) == 1
    assert computed(R2Score(), same * 2, same) == 0


def test_r2_can_be_below_zero_and_predicting_the_mean_is_zero():
    targets = np.array([1.0, 2.0, 3.0])
    assert computed(R2Score(), np.full(3, 2.0), targets) == 0
    assert computed(R2Score(), targets[::-1].copy(), targets) == -3


def test_r2_needs_two_samples():
    with pytest.raises(RuntimeError, match="R2Score: one sample has been counted"):
        computed(R2Score(), np.ones(1), np.ones(1))


def test_nan_shows():
    assert np.isnan(computed(MeanSquaredError(), np.array([np.nan, 1]), np.ones(2)))
    assert np.isnan(computed(R2Score(), np.array([np.nan, 1]), np.array([0.0, 1])))


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("outputs", "targets", "kind", "message"),
    [
        (np.ones((3, 1)), np.ones(3), ValueError, r"outputs have shape \(3, 1\), .* \(3,\)"),
        (np.ones(3), np.array(1.0), ValueError, "outputs have shape"),
        (np.ones(3, bool), np.ones(3), TypeError, "outputs has type bool, expected numbers"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(metric, outputs, targets, kind, message):
    kept = metric()
    kept.update(np.ones(3), np.arange(3.0))
    before = kept.state_dict()
    with pytest.raises(kind, match=f"{metric.__name__}: {message}"):
        kept.update(outputs, targets)
    assert kept.state_dict() == before


def test_r2_is_of_one_number_a_sample():
    with pytest.raises(ValueError, match=r"targets have shape \(3, 2\), .* for each column"):
        R2Score().update(np.ones((3, 2)), np.ones((3, 2)))
