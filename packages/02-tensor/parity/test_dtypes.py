"""Result types are PyTorch's, over all pairs of types, with and without dimensions."""

import itertools

import numpy as np
import pytest
import torch

import tinytorch.tensor as tt
from tinytorch.tensor import dtypes

NAMES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
PAIRS = list(itertools.product(NAMES, NAMES))
SHAPES = [(2,), ()]


def name_of(dtype):
    return str(dtype).removeprefix("torch.")


@pytest.mark.parity(*NAMES, "short", "int", "long", "half", "float", "double")
@pytest.mark.parametrize("name", [*NAMES, "short", "int", "long", "half", "float", "double"])
def test_names(name):
    assert name_of(getattr(torch, name)) == str(getattr(tt, name))
    assert str(dtypes.as_dtype(getattr(tt, name))) == name_of(getattr(torch, name))


@pytest.mark.parity("promote_types")
@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_pairs_of_types(a, b):
    theirs = torch.promote_types(getattr(torch, a), getattr(torch, b))
    assert str(tt.promote_types(getattr(tt, a), getattr(tt, b))) == name_of(theirs)
    assert dtypes.can_cast(getattr(tt, a), getattr(tt, b)) == torch.can_cast(
        getattr(torch, a), getattr(torch, b)
    )


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_pairs_of_tensors(a, b):
    for first, second in itertools.product(SHAPES, SHAPES):
        x, y = np.ones(first, a), np.ones(second, b)
        theirs = name_of(torch.result_type(torch.from_numpy(x), torch.from_numpy(y)))
        assert str(dtypes.promote([x, y])) == theirs
        assert str((tt.from_numpy(x) + tt.from_numpy(y)).dtype) == theirs
        quotient = torch.from_numpy(x) / torch.from_numpy(y)
        assert str((tt.from_numpy(x) / tt.from_numpy(y)).dtype) == name_of(quotient.dtype)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", [True, 1, 1.0])
def test_tensors_and_python_numbers(name, number):
    for shape in SHAPES:
        x = np.ones(shape, name)
        ours, theirs = tt.from_numpy(x), torch.from_numpy(x)
        assert str(dtypes.promote([x, number])) == name_of(torch.result_type(theirs, number))
        for of_ours, of_theirs in (
            (ours + number, theirs + number),
            (number * ours, number * theirs),
            (ours / number, theirs / number),
            (number / ours, number / theirs),
            (ours == number, theirs == number),
        ):
            assert str(of_ours.dtype) == name_of(of_theirs.dtype)
            assert of_ours.tolist() == of_theirs.tolist()


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_in_place(a, b):
    """Where PyTorch refuses, so do we; elsewhere the type stays."""
    for shape in SHAPES:
        x, y = np.ones(2, a), np.ones(shape, b)
        ours, theirs = tt.from_numpy(x), torch.from_numpy(x.copy())
        try:
            theirs += torch.from_numpy(y)
        except RuntimeError:
            with pytest.raises(TypeError, match="cannot hold"):
                ours += tt.from_numpy(y)
        else:
            ours += tt.from_numpy(y)
            assert ours.tolist() == theirs.tolist()
