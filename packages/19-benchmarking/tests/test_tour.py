"""A tour of tinytorch.benchmarking: read it as documentation."""

import json
import math

import numpy as np

from tinytorch.benchmarking import (
    alternate,
    bootstrap,
    compare,
    import_time,
    measure,
    table,
    to_json,
)


def test_a_time_is_the_median_of_many_rounds():
    measurement = measure(lambda: sum(range(100)), name="sum", rounds=7, min_time=1e-4)
    assert len(measurement.values) == 7
    assert measurement.median == sorted(measurement.values)[3]
    value, low, high = measurement.estimate
    assert low <= value <= high


def test_two_programs_are_compared_in_alternation(clock):
    x = np.ones(8, np.float32)

    def fast():
        clock.now += 1.0
        return x + x

    def slow():
        clock.now += 4.0
        return 2 * x

    comparison = compare(
        {"fast": fast, "slow": slow},
        title="double",
        agree=np.testing.assert_allclose,
        rounds=5,
        clock=clock,
    )
    assert comparison.baseline.name == "slow"
    assert comparison.ratios["fast"] == (0.25, 0.25, 0.25)


def test_a_chain_of_a_thousand_operations_is_timed_per_operation(clock):
    def chain():
        clock.now += 0.002

    measurement = measure(chain, per=1000, clock=clock)
    assert math.isclose(measurement.median, 2e-6)


def test_an_interval_narrows_with_the_number_of_rounds():
    noise = np.random.default_rng(0).normal(10, 1, 1000)
    few, many = bootstrap(noise[:10]), bootstrap(noise)
    assert many.high - many.low < few.high - few.low
    assert many.low < many.value < many.high


def test_whatever_returns_a_number_can_alternate():
    probes = {module: lambda: import_time("json", after="sys") for module in ("first", "again")}
    comparison = alternate(probes, title="import", rounds=1)
    assert all(each.median > 0 for each in comparison.measurements)


def test_results_are_a_table_or_json():
    sizes = {"int8": lambda: 1_048_576.0, "float32": lambda: 4_194_304.0}
    comparison = alternate(sizes, title="weights", rounds=3, unit="B")
    assert table([comparison]).splitlines() == [
        "         int8      float32   int8 / float32",
        "weights  1.00 MiB  4.00 MiB  0.25 [0.25, 0.25]",
    ]
    content = json.loads(to_json([comparison]))
    assert content["comparisons"][0]["ratios"]["int8"]["value"] == 0.25
    assert content["machine"]["numpy"] == np.__version__
