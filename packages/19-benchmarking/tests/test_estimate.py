"""The bootstrap says how sure a median is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.benchmarking import Estimate, bootstrap
from tinytorch.setup import get_rng_state, manual_seed

VALUES = st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=30)


@given(VALUES)
def test_the_interval_holds_the_median_and_stays_within_the_values(values):
    value, low, high = bootstrap(values, resamples=100)
    assert value == np.median(values)
    assert min(values) <= low <= high <= max(values)


@given(VALUES)
def test_it_repeats_and_leaves_the_random_numbers_alone(values):
    manual_seed(0)
    state = get_rng_state()
    assert bootstrap(values, resamples=50) == bootstrap(values, resamples=50)
    assert get_rng_state() == state


@given(VALUES)
def test_it_scales_with_its_values(values):
    once, twice = bootstrap(values, resamples=50), bootstrap([2 * x for x in values], resamples=50)
    assert twice == pytest.approx([2 * x for x in once])


def test_one_value_has_no_width():
    assert bootstrap([3.0]) == (3.0, 3.0, 3.0)


def test_it_covers_the_true_median_about_as_often_as_it_says():
    draw = np.random.default_rng(0)
    intervals = [bootstrap(draw.exponential(1, 25), resamples=300) for _ in range(400)]
    covered = np.mean([low <= np.log(2) <= high for _, low, high in intervals])
    assert 0.90 < covered < 0.99


def test_more_confidence_is_wider():
    values = np.random.default_rng(0).normal(size=20)
    half, most = bootstrap(values, 0.5), bootstrap(values, 0.99)
    assert most.low < half.low < half.high < most.high


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), "bootstrap: values are empty, expected at least one"),
        (([1.0], 1.0), "bootstrap: confidence is 1.0, expected between 0 and 1"),
        (([1.0], 0), "bootstrap: confidence is 0, expected between 0 and 1"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        bootstrap(*arguments)


def test_an_estimate_reads_as_a_figure_with_its_interval():
    assert str(Estimate(1.005, 0.5, 12.0)) == "1.00 [0.50, 12.00]"
