"""Tables that can be read and JSON that holds everything."""

import json

import pytest

from tinytorch.benchmarking import Comparison, Measurement, table, to_json
from tinytorch.setup import machine

STEP = Comparison(
    "step", (Measurement("ours", (0.0012, 0.0012)), Measurement("PyTorch", (0.001, 0.001)))
)
ADD = Comparison(
    "add",
    (
        Measurement("ours", (3e-6,) * 3),
        Measurement("NumPy", (1e-6,) * 3),
        Measurement("PyTorch", (4e-6,) * 3),
    ),
)


def test_a_column_for_each_name_and_each_ratio():
    assert table([STEP, ADD]).splitlines() == [
        "      ours     PyTorch  NumPy    ours / PyTorch     NumPy / PyTorch",
        "step  1.20 ms  1.00 ms           1.20 [1.20, 1.20]",
        "add   3.00 µs  4.00 µs  1.00 µs  0.75 [0.75, 0.75]  0.25 [0.25, 0.25]",
    ]


def test_markdown():
    assert table([STEP], markdown=True).splitlines() == [
        "|  | ours | PyTorch | ours / PyTorch |",
        "|---|---:|---:|---:|",
        "| step | 1.20 ms | 1.00 ms | 1.20 [1.20, 1.20] |",
    ]


def test_a_table_of_nothing_is_its_heading():
    assert table([]) == ""


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12.0, "s", "12.0 s"),
        (0.25, "s", "250 ms"),
        (0.0000999, "s", "99.9 µs"),
        (2.5e-10, "s", "0.25 ns"),
        (0.0, "s", "0.00 ns"),
        (3 * 2**30, "B", "3.00 GiB"),
        (1536.0, "B", "1.50 KiB"),
        (100.0, "B", "100 B"),
        (-2048.0, "B", "-2.00 KiB"),
    ],
)
def test_quantities_have_the_unit_that_suits_them(value, unit, text):
    measured = Comparison("", (Measurement("a", (value,), unit), Measurement("b", (1.0,), unit)))
    assert table([measured]).splitlines()[1].split("  ")[1].strip() == text


def test_json_holds_every_value():
    content = json.loads(to_json([STEP, ADD]))
    assert content["machine"] == machine()._asdict()
    step, add = content["comparisons"]
    assert (step["title"], step["baseline"]) == ("step", "PyTorch")
    assert step["measurements"][0] == {"name": "ours", "values": [0.0012, 0.0012], "unit": "s"}
    assert add["ratios"]["NumPy"] == {"value": 0.25, "low": 0.25, "high": 0.25}
