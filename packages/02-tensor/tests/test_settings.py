"""Numbers that are settings: a tensor among them would lose its gradient without a word."""

import numpy as np
import pytest

import tinytorch.tensor as tt

X = tt.tensor([1.0, 2.0])
NEVER_TENSORS = {
    "pad: value": lambda s: tt.pad(X, (1, 1), value=s),
    "norm: p": lambda s: tt.norm(X, p=s),
    "var: correction": lambda s: tt.var(X, correction=s),
    "std: correction": lambda s: tt.std(X, correction=s),
    "isclose: rtol": lambda s: tt.isclose(X, X, rtol=s),
    "allclose: rtol": lambda s: tt.allclose(X, X, rtol=s),
    "allclose: atol": lambda s: tt.allclose(X, X, atol=s),
}
NUMBERS = {
    "full: fill_value": lambda s: tt.full((2,), s),
    "full_like: fill_value": lambda s: tt.full_like(X, s),
    "linspace: start": lambda s: tt.linspace(s, 2, 3),
    "linspace: end": lambda s: tt.linspace(0, s, 3),
    "arange: start": lambda s: tt.arange(s, 4),
    "arange: end": lambda s: tt.arange(s),
    "arange: step": lambda s: tt.arange(0, 4, s),
    "uniform_: to": lambda s: tt.zeros(2).uniform_(0.0, s),
    "normal_: mean": lambda s: tt.zeros(2).normal_(s),
}


@pytest.mark.parametrize("name", [*NEVER_TENSORS, *NUMBERS])
def test_a_gradient_is_not_swallowed(name):
    setting = tt.tensor(1.0, requires_grad=True)
    message = f"{name} is a setting, not a tensor that requires a gradient; pass .*item"
    with pytest.raises(TypeError, match=message):
        (NEVER_TENSORS | NUMBERS)[name](setting)


@pytest.mark.parametrize("name", NEVER_TENSORS)
def test_where_pytorch_takes_no_tensor_neither_do_we(name):
    with pytest.raises(TypeError, match=f"{name} is a setting, not a tensor; pass .*item"):
        NEVER_TENSORS[name](tt.tensor(1.0))


@pytest.mark.parametrize("call", NUMBERS.values(), ids=NUMBERS)
def test_a_tensor_without_gradient_may_be_a_number(call):
    call(tt.tensor(1.0))


@pytest.mark.parametrize("call", (NEVER_TENSORS | NUMBERS).values(), ids=NEVER_TENSORS | NUMBERS)
def test_numbers_of_numpy_are_numbers(call):
    call(np.float32(1.0))


@pytest.mark.parametrize("name", NEVER_TENSORS)
def test_words_are_no_settings(name):
    with pytest.raises((TypeError, ValueError), match=f"{name} is 'a', expected"):
        NEVER_TENSORS[name]("a")


def test_masked_fill_records_its_value():
    value = tt.tensor(3.0, requires_grad=True)
    assert tt.masked_fill(X, tt.tensor([True, False]), value).tolist() == [3.0, 2.0]
