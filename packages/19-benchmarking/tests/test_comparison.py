"""Comparisons alternate strictly and compare what was measured in the same round."""

import numpy as np
import pytest

from tinytorch.benchmarking import alternate, compare


def test_the_order_is_strictly_alternating():
    order = []

    def probe(name):
        def call():
            order.append(name)
            return 1.0

        return call

    alternate({name: probe(name) for name in "abc"}, rounds=3)
    assert "".join(order) == "abcabcabc"


def test_functions_are_called_in_alternation_too(clock):
    order = []

    def function(name):
        def call():
            order.append(name)
            clock.now += 1.0

        return call

    compare({name: function(name) for name in "ab"}, rounds=4, warmup=2, clock=clock)
    prepared = 2 * (2 + 1)  # warm-up, and one call to calibrate, of each
    assert "".join(order[prepared:]) == "abababab"


def test_what_slows_the_whole_machine_cancels_out():
    slowdown = [1.0, 7.0, 1.0, 3.0, 1.0]
    mine, base = iter(slowdown), iter(slowdown)
    comparison = alternate(
        {"mine": lambda: 2.0 * next(mine), "base": lambda: 4.0 * next(base)}, rounds=5
    )
    assert comparison.ratios["mine"] == (0.5, 0.5, 0.5)
    assert comparison.measurements[0].values == (2.0, 14.0, 2.0, 6.0, 2.0)


def test_every_one_is_compared_with_the_last():
    comparison = alternate({"a": lambda: 1.0, "b": lambda: 3.0, "base": lambda: 2.0}, rounds=2)
    assert comparison.baseline.name == "base"
    assert {name: ratio.value for name, ratio in comparison.ratios.items()} == {"a": 0.5, "b": 1.5}


def test_each_function_gets_as_many_calls_as_it_needs(clock):
    def short():
        clock.now += 1e-6

    def long():
        clock.now += 1.0

    comparison = compare({"short": short, "long": long}, rounds=2, clock=clock)
    assert comparison.ratios["short"].value == pytest.approx(1e-6)


def test_different_work_is_refused_before_it_is_timed():
    calls = []
    functions = {"mine": lambda: calls.append(1) or 1.0, "base": lambda: calls.append(2) or 1.1}
    with pytest.raises(AssertionError):
        compare(functions, agree=np.testing.assert_allclose)
    assert calls == [1, 2]


@pytest.mark.parametrize("probes", [{}, {"alone": lambda: 1.0}])
def test_there_must_be_two(probes):
    with pytest.raises(ValueError, match=r"alternate: \d to compare, expected at least 2"):
        alternate(probes)


def test_there_must_be_a_round():
    with pytest.raises(ValueError, match="alternate: rounds is 0, expected at least 1"):
        alternate({"a": lambda: 1.0, "b": lambda: 1.0}, rounds=0)
