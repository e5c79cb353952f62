"""Writing in place: the result, its memory, its type, and when it is refused."""

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.setup import manual_seed
from tinytorch.tensor.recording import install_recorder, installed
from tinytorch.tensor.writes import writes

OPERATIONS = [
    ("add_", (2.0,), lambda x: tt.add(x, 2.0)),
    ("sub_", (2.0,), lambda x: tt.sub(x, 2.0)),
    ("mul_", (2.0,), lambda x: tt.mul(x, 2.0)),
    ("div_", (2.0,), lambda x: tt.div(x, 2.0)),
    ("pow_", (2,), lambda x: tt.pow(x, 2)),
    ("remainder_", (2.0,), lambda x: tt.remainder(x, 2.0)),
    ("lerp_", (tt.tensor([9.0, 9.0, 9.0]), 0.5), lambda x: tt.lerp(x, tt.tensor(9.0), 0.5)),
    ("neg_", (), tt.neg),
    ("abs_", (), tt.abs),
    ("square_", (), tt.square),
    ("floor_", (), tt.floor),
    ("ceil_", (), tt.ceil),
    ("trunc_", (), tt.trunc),
    ("round_", (), tt.round),
    ("sign_", (), tt.sign),
    ("expm1_", (), tt.expm1),
    ("log1p_", (), tt.log1p),
    ("floor_divide_", (2.0,), lambda x: tt.floor_divide(x, 2.0)),
    ("exp_", (), tt.exp),
    ("log_", (), tt.log),
    ("sqrt_", (), tt.sqrt),
    ("rsqrt_", (), tt.rsqrt),
    ("reciprocal_", (), tt.reciprocal),
    ("sin_", (), tt.sin),
    ("cos_", (), tt.cos),
    ("tanh_", (), tt.tanh),
    ("clamp_", (1.0, 2.0), lambda x: tt.clamp(x, 1.0, 2.0)),
    ("copy_", (tt.tensor([7.0, 8.0, 9.0]),), lambda x: tt.tensor([7.0, 8.0, 9.0])),
    ("fill_", (3.0,), lambda x: tt.full((3,), 3.0)),
    ("zero_", (), tt.zeros_like),
    (
        "masked_fill_",
        (tt.tensor([True, False, True]), 0.0),
        lambda x: tt.masked_fill(x, tt.tensor([True, False, True]), 0.0),
    ),
]


@pytest.mark.parametrize(
    ("name", "arguments", "function"), OPERATIONS, ids=[o[0] for o in OPERATIONS]
)
@pytest.mark.parametrize("values", [[0.5, 1.5, 2.5], [-1.5, 0.0, float("inf")]])
@pytest.mark.parametrize("dtype", [tt.float16, tt.float32, tt.float64])
def test_the_result_is_the_functions_in_the_same_memory(name, arguments, function, values, dtype):
    x = tt.tensor(values, dtype=dtype)
    memory = x.data
    with np.errstate(over="ignore", invalid="ignore"):
        expected = function(x.clone()).to(dtype)
    before = writes.last
    assert getattr(x, name)(*arguments) is x
    assert x.data is memory
    assert x.dtype is dtype
    np.testing.assert_allclose(
        x.numpy(), expected.numpy(), rtol=1e-3 if dtype is tt.float16 else 1e-6
    )
    assert writes.since(memory) > before


def test_operators_in_place():
    x = y = tt.tensor([1.0, 2.0])
    x += 1
    x *= tt.tensor(2.0)
    x -= np.float32([1, 1])
    x /= 2
    assert x is y
    assert x.tolist() == [1.5, 2.5]


def test_scaled_forms():
    x = tt.tensor([1.0, 2.0])
    assert x.add_(tt.ones(2), alpha=10).tolist() == [11, 12]
    assert x.sub_(1.0, alpha=2).tolist() == [9, 10]


def test_views_write_through():
    x = tt.zeros(2, 3)
    x[:, 1].add_(1)
    x.T[0].fill_(5)
    assert x.tolist() == [[5, 1, 0], [5, 1, 0]]


def test_a_tensor_may_meet_itself():
    x = tt.tensor([[1.0, 2.0], [3.0, 4.0]])
    x += x.T
    assert x.tolist() == [[2, 5], [5, 8]]


@pytest.mark.parametrize("dtype", [tt.uint8, tt.int32, tt.int64])
def test_integers_stay_integers(dtype):
    x = tt.tensor([1, 2], dtype=dtype)
    x.add_(1).mul_(tt.tensor([2, 3])).floor_().round_()
    assert x.tolist() == [4, 9]
    assert x.dtype is dtype


@pytest.mark.parametrize(
    ("x", "write"),
    [
        (tt.tensor([1]), lambda x: x.add_(0.5)),
        (tt.tensor([1]), lambda x: x.mul_(tt.tensor([0.5]))),
        (tt.tensor([1]), lambda x: x.div_(2)),
        (tt.tensor([1]), lambda x: x.exp_()),
        (tt.tensor([1]), lambda x: x.clamp_(0.5)),
        (tt.tensor([True]), lambda x: x.add_(1)),
    ],
)
def test_a_lower_type_cannot_hold_the_result(x, write):
    before = x.tolist()
    with pytest.raises(
        TypeError, match=f"_: the result is .* which a tensor of {x.dtype} cannot hold"
    ):
        write(x)
    assert x.tolist() == before


def test_a_wider_float_is_rounded_to_the_tensors_type():
    x = tt.tensor([1.0])
    x += tt.tensor([1 / 3], dtype=tt.float64)
    assert x.dtype is tt.float32
    assert x.item() == np.float32(4 / 3)
    x.copy_(tt.tensor([1 / 3], dtype=tt.float64))
    assert x.item() == np.float32(1 / 3)
    ints = tt.tensor([1])
    assert ints.copy_(tt.tensor([2.9])).tolist() == [
        2
    ]  # an assignment converts, arithmetic does not


@pytest.mark.parametrize("shape", [(2, 3), (4,), (1, 1, 3, 1)])
def test_a_tensor_does_not_grow(shape):
    x = tt.zeros(3)
    with pytest.raises(
        ValueError, match=r"add_: the other operand has shape .* to \(3,\), which cannot grow"
    ):
        x += tt.ones(shape)
    with pytest.raises(ValueError, match=r"copy_: the value has shape .* to \(3,\)"):
        x.copy_(tt.ones(shape))
    assert x.tolist() == [0, 0, 0]


def test_wrong_operands_are_refused():
    x = tt.zeros(2)
    with pytest.raises(
        TypeError, match="add_: the value is a str, expected a tensor, array or number"
    ):
        x += "one"
    with pytest.raises(
        ValueError, match=r"fill_: value has shape \(2,\), expected a single number"
    ):
        x.fill_(tt.ones(2))
    with pytest.raises(ValueError, match="fill_: the value nan does not fit int64"):
        tt.tensor([1]).fill_(float("nan"))
    assert x.fill_(tt.tensor(2.0)).tolist() == [2, 2]


def test_shared_places_are_refused():
    with pytest.raises(RuntimeError, match=r"add_: .* expanded view"):
        tt.zeros(1).expand(3).add_(1)


class Recorder:
    """Enough of a recorder to make `requires_grad` count."""

    def binary(self, implementation, first, second, x, y, out):
        return "a node"


@pytest.fixture
def recording():
    before = installed.recorder
    install_recorder(Recorder())
    yield
    installed.recorder = before


@pytest.mark.parametrize(("name", "arguments", "_"), OPERATIONS, ids=[o[0] for o in OPERATIONS])
def test_while_recording_a_leaf_is_written_to_only_inside_no_grad(recording, name, arguments, _):
    x = tt.tensor([0.5, 1.5, 2.5], requires_grad=True)
    with pytest.raises(RuntimeError, match=f"{name[:4]}.*: writes in place into a leaf .* no_grad"):
        getattr(x, name)(*arguments)
    assert x.tolist() == [0.5, 1.5, 2.5]
    with tt.no_grad():
        getattr(x, name)(*arguments)
    assert x.requires_grad
    assert x.is_leaf


def test_a_recorded_result_and_a_value_with_a_gradient_are_refused(recording):
    x = tt.tensor([1.0], requires_grad=True)
    result = x * 2.0
    with pytest.raises(RuntimeError, match="add_: writes in place into the result of a recorded"):
        result += 1
    y = tt.zeros(1)
    for write in (
        lambda: y.add_(x),
        lambda: y.copy_(x),
        lambda: y.lerp_(x, 0.5),
        lambda: y.clamp_(max=x),
        lambda: y.__setitem__(0, x),
    ):
        with pytest.raises(RuntimeError, match="the value requires a gradient"):
            write()
    assert y.tolist() == [0]


# --- random numbers


@pytest.mark.parametrize("dtype", [tt.float16, tt.float32, tt.float64])
def test_random_fills(dtype):
    manual_seed(0)
    x = tt.zeros(10_000, dtype=dtype)
    assert x.uniform_(2, 4) is x
    assert 2 <= x.min().item() < 2.1
    assert 3.9 < x.max().item() <= 4
    x.normal_(3, 0.5)
    assert abs(x.double().mean().item() - 3) < 0.05
    assert abs(x.double().std().item() - 0.5) < 0.02
    x.bernoulli_(0.25)
    assert set(x.tolist()) == {0, 1}
    assert abs(x.double().mean().item() - 0.25) < 0.02
    assert x.dtype is dtype


def test_random_fills_refuse_what_makes_no_sense():
    x = tt.zeros(2)
    with pytest.raises(ValueError, match="uniform_: goes from 1 to 0"):
        x.uniform_(1, 0)
    with pytest.raises(ValueError, match="normal_: std is -1"):
        x.normal_(0, -1)
    with pytest.raises(ValueError, match="bernoulli: input holds numbers outside"):
        x.bernoulli_(2.0)
    with pytest.raises(TypeError, match="uniform_: dtype is int64"):
        tt.tensor([1]).uniform_()
    assert tt.zeros(2, dtype=int).bernoulli_(tt.tensor([1.0, 0.0])).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda x: x.__ipow__(2), [9, 16]),
        (lambda x: x.__ifloordiv__(2), [1, 2]),
        (lambda x: x.__imod__(2), [1, 0]),
        (lambda x: x.__iand__(1), [1, 0]),
        (lambda x: x.__ior__(8), [11, 12]),
        (lambda x: x.__ixor__(1), [2, 5]),
    ],
)
def test_augmented_assignment_writes_in_place(write, expected):
    x = tt.tensor([3, 4])
    memory = x.data
    assert write(x) is x
    assert x.data is memory
    assert memory.tolist() == expected


def test_augmented_assignment_is_seen_through_a_view():
    x = tt.tensor([1.0, 2.0, 3.0])
    y = x[1:]
    y **= 2
    y //= 2
    assert x.tolist() == [1.0, 2.0, 4.0]


def test_what_cannot_be_written_or_computed_is_said():
    whole, truth, byte = tt.tensor([1]), tt.tensor([True]), tt.tensor([1], dtype=tt.uint8)
    for call, error, message in [
        (lambda: byte.fill_(300.0), ValueError, "fill_: the value 300.0 does not fit uint8"),
        (lambda: byte.fill_(300), ValueError, "fill_: the value 300 does not fit uint8"),
        (lambda: whole.fill_(float("inf")), ValueError, "fill_: the value inf does not fit int64"),
        (lambda: byte.masked_fill_(truth, 300), ValueError, "masked_fill: 300 does not fit uint8"),
        (truth.neg_, TypeError, "neg_: cannot be computed of bool"),
        (lambda: truth.sub_(truth), TypeError, "sub_: cannot be computed of bool and bool"),
        (lambda: whole.add_(2**70), OverflowError, "add_: cannot be computed of int64 and"),
        (lambda: tt.ones(2).uniform_("a"), TypeError, "uniform_: from_ is 'a', expected a number"),
        (lambda: tt.ones(2).normal_(0, "a"), TypeError, "normal_: std is 'a', expected a number"),
    ]:
        with pytest.raises(error, match=message):
            call()
    assert whole.tolist() == byte.tolist() == [1]
