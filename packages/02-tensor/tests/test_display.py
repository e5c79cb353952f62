"""What a tensor looks like when printed."""

import numpy as np
import pytest

import tinytorch.tensor as tt


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (1.5, "tensor(1.5000)"),
        (2.0, "tensor(2.)"),
        (3, "tensor(3)"),
        (True, "tensor(True)"),
        ([1.0, 2.0], "tensor([1., 2.])"),
        ([1.0, 2.5], "tensor([1.0000, 2.5000])"),
        ([-1.0, 2.5], "tensor([-1.0000,  2.5000])"),
        ([0.0, 0.0], "tensor([0., 0.])"),
        ([1.0, 2000.5], "tensor([1.0000e+00, 2.0005e+03])"),
        ([0.00001], "tensor([1.0000e-05])"),
        ([1e10], "tensor([1.0000e+10])"),
        ([1.0, 10.0, 100.0], "tensor([  1.,  10., 100.])"),
        ([1, 10], "tensor([ 1, 10])"),
        ([True, False], "tensor([ True, False])"),
        ([float("nan"), float("inf"), 1.5], "tensor([   nan,    inf, 1.5000])"),
        ([float("nan")], "tensor([nan])"),
        ([[1, 2], [3, 4]], "tensor([[1, 2],\n        [3, 4]])"),
        (
            [[[1], [2]], [[3], [4]]],
            "tensor([[[1],\n         [2]],\n\n        [[3],\n         [4]]])",
        ),
        ([], "tensor([])"),
        ([[], []], "tensor([], size=(2, 0))"),
        (np.float64([1.0]), "tensor([1.], dtype=float64)"),
        (np.zeros((0, 2), np.int64), "tensor([], size=(0, 2), dtype=int64)"),
        (np.uint8([7]), "tensor([7], dtype=uint8)"),
        (np.float64([1e308, 5e-324]), "tensor([1.0000e+308, 4.9407e-324], dtype=float64)"),
        (np.float16([1.5]), "tensor([1.5000], dtype=float16)"),
    ],
)
def test_a_tensor_prints_with_four_digits_and_its_type_where_it_is_unusual(data, text):
    assert repr(tt.tensor(data)) == str(tt.tensor(data)) == text


def test_long_tensors_are_summarised():
    assert repr(tt.arange(2000)) == "tensor([   0,    1,    2, ..., 1997, 1998, 1999])"
    lines = repr(tt.zeros(100, 100)).splitlines()
    assert lines[0] == "tensor([[0., 0., 0., ..., 0., 0., 0.],"
    assert lines[3] == "        ...,"
    assert len(lines) == 7
    assert "..." not in repr(tt.zeros(1000))


def test_elements_that_are_not_shown_do_not_decide_the_format():
    x = tt.zeros(2000)
    x[1000] = 1e20
    assert repr(x) == "tensor([0., 0., 0., ..., 0., 0., 0.])"


def test_long_lines_are_broken():
    lines = repr(tt.arange(40.0) + 0.5).splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert all(line.startswith("        ") for line in lines[1:])
    wide = tt.arange(9.0, dtype=tt.float64) / 2
    assert repr(wide[:8]).splitlines()[-1].strip() == "dtype=float64)"


def test_a_leaf_says_that_it_requires_a_gradient():
    assert repr(tt.tensor([1.0], requires_grad=True)) == "tensor([1.], requires_grad=True)"


def test_a_result_names_the_operation_that_made_it():
    class Node:
        name = "mul"

    assert repr(tt.Tensor.from_array(np.float32([1]), Node())) == "tensor([1.], grad_fn=<mul>)"


def test_numpys_print_options_change_nothing():
    x = tt.tensor([1 / 3, 2.0])
    with np.printoptions(precision=1, linewidth=10, threshold=1, suppress=True, sign="+"):
        assert repr(x) == "tensor([0.3333, 2.0000])"


def test_a_number_is_formatted_as_a_number():
    assert f"{tt.tensor(0.12345):.2f}" == "0.12"
    assert f"{tt.tensor(7):03d}" == "007"
    assert f"{tt.tensor([1.0])}" == "tensor([1.])"
    assert f"{tt.tensor(1.0)}" == "tensor(1.)"
