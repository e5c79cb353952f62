"""Making tensors: values, types, sizes, memory, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.tensor as tt
from tinytorch.setup import generator, manual_seed

DTYPES = [
    tt.bool,
    tt.uint8,
    tt.int8,
    tt.int16,
    tt.int32,
    tt.int64,
    tt.float16,
    tt.float32,
    tt.float64,
]
SIZED = [tt.zeros, tt.ones, tt.empty, tt.rand, tt.randn]
LIKE = [tt.zeros_like, tt.ones_like, tt.empty_like, tt.rand_like, tt.randn_like]


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1, tt.int64),
        (1.5, tt.float32),
        (True, tt.bool),
        ([], tt.float32),
        ([[], []], tt.float32),
        ([1, 2], tt.int64),
        ([True, 2], tt.int64),
        ([True, 1.5], tt.float32),
        ([1, 2.5], tt.float32),
        ((1, (2.5)), tt.float32),
        (range(3), tt.int64),
        (np.float64(1), tt.float64),
        ([1.0, np.float64(1)], tt.float64),
        ([1.0, np.float32(1)], tt.float32),
        ([1.0, np.float16(1)], tt.float32),
        ([np.float16(1)], tt.float16),
        ([np.ones(2), np.zeros(2)], tt.float64),
        (np.ones(2), tt.float64),
        (np.ones(2, np.uint8), tt.uint8),
        (tt.ones(2, dtype=tt.int16), tt.int16),
        ([tt.ones(2), tt.ones(2)], tt.float32),
        ([tt.tensor(1), 2], tt.int64),
        ([2**62], tt.int64),
    ],
)
def test_the_type_is_inferred(data, dtype):
    x = tt.tensor(data)
    assert x.dtype is dtype
    assert np.array_equal(x.numpy(), np.array(data))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_type_may_be_asked_for(dtype):
    for x in (tt.tensor([0, 1], dtype=dtype), tt.tensor(np.arange(2), dtype=dtype.name)):
        assert x.dtype is dtype
        assert x.tolist() == [0, 1]


def test_a_float_is_cut_to_an_integer_when_asked():
    assert tt.tensor([1.7, -1.7], dtype=int).tolist() == [1, -1]


def test_data_is_copied():
    array = np.zeros(2)
    for original in (array, tt.from_numpy(array)):
        x = tt.tensor(original)
        x += 1
    assert array.tolist() == [0, 0]


def test_a_tensor_of_another_byte_order_or_a_pickled_type_is_brought_home():
    foreign = np.dtype(np.float32).newbyteorder("<").newbyteorder(">").newbyteorder("<")
    x = tt.tensor(np.ones(2, foreign))
    assert x.dtype is tt.float32


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([[1, 2], [3]], r"tensor: data\[1\] has length 1, expected length 2 as data\[0\]"),
        ([[1], 2], r"tensor: data\[1\] has no length, expected length 1 as data\[0\]"),
        ([[[1, 2]], [[3]]], r"tensor: data\[1\]\[0\] has length 1, expected length 2"),
        ([np.ones((2, 1)), np.ones((2, 2))], "tensor: the data is ragged"),
    ],
)
def test_ragged_data_is_refused_with_its_place(data, message):
    with pytest.raises(ValueError, match=message):
        tt.tensor(data)


@pytest.mark.parametrize(
    "data", ["one", ["one"], None, [None], 1j, [1j], {1: 2}, object(), b"x", 2**80]
)
def test_what_is_no_real_number_is_refused(data):
    with pytest.raises(TypeError, match=r"tensor: .*expected real numbers"):
        tt.tensor(data)


def test_arrays_of_foreign_types_are_refused():
    with pytest.raises(TypeError, match=r"tensor: .*complex128.* is not a type that tensors have"):
        tt.tensor(np.ones(2, complex))
    with pytest.raises(TypeError, match=r"from_numpy: .*uint16"):
        tt.from_numpy(np.ones(2, np.uint16))
    with pytest.raises(TypeError, match="from_numpy: expected a NumPy array, got list"):
        tt.from_numpy([1])


@pytest.mark.parametrize(("data", "dtype"), [([300], tt.uint8), ([-1], tt.uint8), (2**63, None)])
def test_a_number_that_does_not_fit_is_refused(data, dtype):
    with pytest.raises(ValueError, match="does not fit"):
        tt.tensor(data, dtype=dtype)


def test_as_tensor_shares_what_it_can():
    x = tt.ones(2)
    assert tt.as_tensor(x) is x
    assert tt.as_tensor(x, tt.float64).dtype is tt.float64
    array = np.ones(2)
    assert tt.as_tensor(array).numpy() is array
    assert tt.as_tensor(array, "float32").dtype is tt.float32
    assert tt.as_tensor([1, 2]).tolist() == [1, 2]


def test_from_dlpack_shares_memory():
    array = np.zeros(2)
    x = tt.from_dlpack(array)
    array[0] = 1
    assert x.tolist() == [1, 0]
    assert tt.from_dlpack(tt.ones(2)).tolist() == [1, 1]
    assert np.from_dlpack(tt.ones(2)).tolist() == [1, 1]
    with pytest.raises(
        TypeError, match="from_dlpack: expected an object with __dlpack__, got list"
    ):
        tt.from_dlpack([1])


@pytest.mark.parametrize("make", SIZED)
@pytest.mark.parametrize("size", [(), (0,), (3,), (2, 3), (2, 0, 3)])
def test_a_size_is_numbers_or_a_sequence(make, size):
    assert make(size).shape == make(list(size)).shape == size
    if size:
        assert make(*size).shape == size
    assert make(size).dtype is tt.float32
    assert make(size, dtype=tt.float64).dtype is tt.float64
    assert not make(size, device="cpu").requires_grad


@pytest.mark.parametrize("make", SIZED)
def test_bad_sizes_are_refused(make):
    with pytest.raises(
        ValueError, match=rf"{make.__name__}: size is \(2, -1\), expected no negative"
    ):
        make(2, -1)
    with pytest.raises(TypeError, match=rf"{make.__name__}: size"):
        make(2.0)
    with pytest.raises(TypeError, match=rf"{make.__name__}: size"):
        make("12")


@pytest.mark.parametrize("make", LIKE)
def test_like_takes_shape_and_type(make):
    x = tt.ones(2, 3, dtype=tt.float64)
    assert make(x).shape == (2, 3)
    assert make(x).dtype is tt.float64
    assert make(x, dtype=tt.float16).dtype is tt.float16
    with pytest.raises(TypeError, match=rf"{make.__name__}: input is a list, expected a Tensor"):
        make([1])


def test_every_function_knows_one_device():
    x = tt.ones(2)
    calls = [
        *(lambda d, f=f: f(2, device=d) for f in SIZED),
        *(lambda d, f=f: f(x, device=d) for f in LIKE),
        lambda d: tt.tensor(1, device=d),
        lambda d: tt.as_tensor(1, device=d),
        lambda d: tt.full((2,), 1, device=d),
        lambda d: tt.full_like(x, 1, device=d),
        lambda d: tt.arange(2, device=d),
        lambda d: tt.linspace(0, 1, 2, device=d),
        lambda d: tt.eye(2, device=d),
        lambda d: tt.randint(2, (2,), device=d),
        lambda d: tt.randint_like(x, 2, device=d),
        lambda d: tt.randperm(2, device=d),
        lambda d: tt.normal(0.0, 1.0, (2,), device=d),
    ]
    for call in calls:
        call("cpu")
        with pytest.raises(ValueError, match="device is 'cuda', expected 'cpu'"):
            call("cuda")


def test_requires_grad_may_be_asked_for():
    x = tt.ones(2)
    made = [
        *(f(2, requires_grad=True) for f in SIZED),
        *(f(x, requires_grad=True) for f in LIKE),
        tt.tensor([1.0], requires_grad=True),
        tt.full((2,), 1.0, requires_grad=True),
        tt.full_like(x, 1, requires_grad=True),
        tt.arange(2.0, requires_grad=True),
        tt.linspace(0, 1, 2, requires_grad=True),
        tt.eye(2, requires_grad=True),
        tt.normal(0.0, 1.0, (2,), requires_grad=True),
    ]
    assert all(t.requires_grad and t.is_leaf for t in made)
    with pytest.raises(RuntimeError, match="int64, only floating point has gradients"):
        tt.tensor([1], requires_grad=True)


def test_an_unknown_argument_is_an_error():
    with pytest.raises(TypeError):
        tt.zeros(2, pin_memory=True)


def test_full():
    assert tt.full((2,), 3).dtype is tt.int64
    assert tt.full(2, True).dtype is tt.bool
    assert tt.full([1, 2], 3, dtype=float).tolist() == [[3.0, 3.0]]
    assert tt.full((), tt.tensor(2.5)).item() == 2.5
    assert tt.full_like(tt.ones(2), 3).dtype is tt.float32
    with pytest.raises(TypeError, match="full: fill_value has shape"):
        tt.full((2,), [1, 2])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((3,), [0, 1, 2]),
        ((0,), []),
        ((1, 4), [1, 2, 3]),
        ((1, 8, 3), [1, 4, 7]),
        ((3, 0, -1), [3, 2, 1]),
        ((5, 5), []),
        ((1.0, 2.0, 0.25), [1, 1.25, 1.5, 1.75]),
        ((2.5,), [0, 1, 2]),
        ((1, 0, -0.5), [1, 0.5]),
    ],
)
def test_arange(arguments, expected):
    x = tt.arange(*arguments)
    assert x.tolist() == expected
    assert x.dtype is (tt.float32 if any(isinstance(a, float) for a in arguments) else tt.int64)
    assert tt.arange(*arguments, dtype=tt.float64).tolist() == expected


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 7))
def test_arange_is_pythons_range(start, end, step):
    if end < start:
        step = -step
    assert tt.arange(start, end, step).tolist() == list(range(start, end, step))


@pytest.mark.parametrize(
    "arguments", [(0, 1, 0), (1, 0), (0, 1, -1), (0, math.inf), (0.0, math.nan)]
)
def test_arange_that_leads_nowhere_is_refused(arguments):
    with pytest.raises(ValueError, match="arange: cannot go from"):
        tt.arange(*arguments)


def test_linspace_and_eye():
    assert tt.linspace(0, 1, 3).tolist() == [0, 0.5, 1]
    assert tt.linspace(1, 0, 1).tolist() == [1]
    assert tt.linspace(0, 1, 0).shape == (0,)
    with pytest.raises(ValueError, match="linspace: steps is -1"):
        tt.linspace(0, 1, -1)
    assert tt.eye(2, 3, dtype=int).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert tt.eye(0).shape == (0, 0)


# --- random numbers


def test_numbers_come_from_the_seeded_generator_and_repeat():
    def draw():
        return [
            tt.rand(3),
            tt.randn(3),
            tt.randint(100, (3,)),
            tt.randperm(10),
            tt.normal(1.0, 2.0, (3,)),
            tt.bernoulli(tt.full((9,), 0.5)),
            tt.multinomial(tt.ones(9), 5),
        ]

    manual_seed(3)
    first = draw()
    manual_seed(3)
    assert all(map(tt.equal, first, draw()))
    manual_seed(3)
    assert tt.rand(3).tolist() == np.random.default_rng(3).random(3, np.float32).tolist()


def test_a_generator_may_be_passed_and_the_global_one_stays():
    before = generator().bit_generator.state
    for make in (
        lambda g: tt.rand(3, generator=g),
        lambda g: tt.randn(3, generator=g),
        lambda g: tt.rand_like(tt.ones(3), generator=g),
        lambda g: tt.randn_like(tt.ones(3), generator=g),
        lambda g: tt.randint(0, 99, (3,), generator=g),
        lambda g: tt.randint_like(tt.ones(3), 99, generator=g),
        lambda g: tt.randperm(9, generator=g),
        lambda g: tt.normal(tt.zeros(3), 1.0, generator=g),
        lambda g: tt.bernoulli(tt.full((9,), 0.5), generator=g),
        lambda g: tt.multinomial(tt.ones(9), 3, generator=g),
        lambda g: tt.zeros(3).uniform_(generator=g),
        lambda g: tt.zeros(3).normal_(generator=g),
        lambda g: tt.zeros(9).bernoulli_(0.5, generator=g),
    ):
        assert tt.equal(make(np.random.default_rng(1)), make(np.random.default_rng(1)))
    assert generator().bit_generator.state == before


def test_distributions_are_what_they_say():
    manual_seed(0)
    uniform, gaussian = tt.rand(100_000), tt.randn(100_000)
    assert uniform.min().item() >= 0
    assert uniform.max().item() < 1
    assert abs(uniform.mean().item() - 0.5) < 0.01
    assert abs(gaussian.mean().item()) < 0.02
    assert abs(gaussian.std().item() - 1) < 0.02
    assert set(tt.randint(2, 5, (1000,)).tolist()) == {2, 3, 4}
    assert abs(tt.normal(3.0, 2.0, (100_000,)).mean().item() - 3) < 0.03
    assert abs(tt.bernoulli(tt.full((100_000,), 0.3)).mean().item() - 0.3) < 0.01


@pytest.mark.parametrize("dtype", [tt.float16, tt.float32, tt.float64])
def test_random_floats_keep_their_type(dtype):
    for x in (
        tt.rand(2, dtype=dtype),
        tt.randn(2, dtype=dtype),
        tt.normal(0.0, 1.0, (2,), dtype=dtype),
    ):
        assert x.dtype is dtype


def test_random_functions_refuse_what_makes_no_sense():
    with pytest.raises(TypeError, match="rand: dtype is int64, expected a floating-point type"):
        tt.rand(2, dtype=int)
    with pytest.raises(ValueError, match="randint: low is 3, high is 3"):
        tt.randint(3, 3, (2,))
    with pytest.raises(TypeError, match="randint: size is missing"):
        tt.randint(3)
    with pytest.raises(ValueError, match="randperm: size is"):
        tt.randperm(-1)
    with pytest.raises(ValueError, match=r"normal: std is -1\.0"):
        tt.normal(0.0, -1.0, (2,))
    with pytest.raises(TypeError, match="normal: expected size"):
        tt.normal(0.0, 1.0)
    with pytest.raises(TypeError, match="normal: expected size"):
        tt.normal(tt.zeros(2), 1.0, (2,))


def test_randint_reads_its_arguments_as_pytorch_does():
    assert tt.randint(1, (4,)).tolist() == [0, 0, 0, 0]
    assert tt.randint(7, 8, (2,)).tolist() == [7, 7]
    assert tt.randint(1, size=(2,)).tolist() == [0, 0]
    assert tt.randint(high=1, low=0, size=(2,), dtype=float).dtype is tt.float64
    assert tt.randint_like(tt.ones(2), 5, 6).tolist() == [5, 5]
    assert tt.randint_like(tt.ones(2), 1).tolist() == [0, 0]


def test_normal_takes_its_shape_from_tensors():
    assert tt.normal(tt.zeros(2, 1), tt.ones(3)).shape == (2, 3)
    assert tt.normal(tt.tensor([5.0]), 0.0).tolist() == [5]
    assert tt.normal(2.0, tt.zeros(2)).tolist() == [2, 2]


def test_randperm_holds_every_number():
    assert sorted(tt.randperm(50).tolist()) == list(range(50))
    assert tt.randperm(0).shape == (0,)
    assert tt.randperm(3, dtype=tt.int32).dtype is tt.int32


def test_bernoulli_wants_probabilities():
    assert tt.bernoulli(tt.tensor([0.0, 1.0], dtype=tt.float64)).dtype is tt.float64
    for wrong in ([1.5], [-0.1], [math.nan]):
        with pytest.raises(ValueError, match="bernoulli: input holds numbers outside"):
            tt.bernoulli(tt.tensor(wrong))
    with pytest.raises(TypeError, match="bernoulli: input has type int64"):
        tt.bernoulli(tt.tensor([1]))


def test_multinomial_draws_by_weight():
    manual_seed(0)
    drawn = tt.multinomial(tt.tensor([1.0, 0.0, 3.0]), 10_000, replacement=True)
    counts = tt.bincount(drawn, minlength=3).tolist()
    assert counts[1] == 0
    assert abs(counts[2] / 10_000 - 0.75) < 0.02
    first = [tt.multinomial(tt.tensor([1.0, 0.0, 3.0]), 2)[0].item() for _ in range(2000)]
    assert abs(first.count(2) / 2000 - 0.75) < 0.04
    rows = tt.multinomial(tt.tensor([[0.0, 1.0], [1.0, 0.0]]), 1)
    assert rows.tolist() == [[1], [0]]
    assert sorted(tt.multinomial(tt.ones(5), 5).tolist()) == [0, 1, 2, 3, 4]
    assert tt.multinomial(tt.ones(0, 3), 2).shape == (0, 2)


@pytest.mark.parametrize(
    ("weights", "count", "replacement", "message"),
    [
        ([1.0, -1.0], 1, True, "negative, infinite or NaN"),
        ([1.0, math.nan], 1, True, "negative, infinite or NaN"),
        ([1.0, math.inf], 1, True, "negative, infinite or NaN"),
        ([0.0, 0.0], 1, True, "0 places with a weight above 0, expected at least 1"),
        ([1.0, 0.0], 2, False, "1 places with a weight above 0, expected 2"),
        ([1.0], 0, False, "num_samples is 0"),
        ([[[1.0]]], 1, False, "3 dimensions, expected 1 or 2"),
    ],
)
def test_multinomial_refuses_what_it_cannot_draw(weights, count, replacement, message):
    with pytest.raises(ValueError, match=message):
        tt.multinomial(tt.tensor(weights), count, replacement)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tt.tensor([300.5], dtype=tt.uint8), "tensor: 300.5 does not fit uint8"),
        (lambda: tt.tensor([0.0, math.nan], dtype=tt.int64), "tensor: nan does not fit int64"),
        (lambda: tt.tensor(2.0**63, dtype=tt.int64), "tensor: 9.22.* does not fit int64"),
        (lambda: tt.full((), math.inf, dtype=tt.int64), "full: inf does not fit int64"),
        (lambda: tt.full_like(tt.ones(2, dtype=tt.int8), 128), "full: 128 does not fit int8"),
        (lambda: tt.randint(0, 300, (2,), dtype=tt.uint8), "randint: low is 0, high is 300, bey"),
        (lambda: tt.randint(0, 2**70, (2,)), "randint: low is 0, high is .*, beyond what int64"),
        (lambda: tt.randperm(300, dtype=tt.uint8), "randperm: n is 300, but uint8 does not hold"),
        (lambda: tt.arange(0, 2**70), "arange: 0 or 1180591620717411303424 does not fit int64"),
        (lambda: tt.normal(tt.ones(7), tt.ones(3)), r"normal: mean has shape \(7,\), std \(3,\)"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tt.zeros(True), "zeros: size is True, expected an integer"),
        (lambda: tt.zeros(2, size=(2,)), r"zeros: size is given twice, as \(2,\) and as \(2,\)"),
        (lambda: tt.randint(2.5, (2,)), "randint: high is 2.5, expected an integer"),
        (lambda: tt.randint("a", 3, (2,)), "randint: low is 'a', expected an integer"),
        (lambda: tt.arange(None), "arange: end is None, expected a number"),
        (lambda: tt.arange("a"), "arange: end is 'a', expected a number"),
        (lambda: tt.linspace(0, 1, 2.5), "linspace: steps is 2.5, expected an integer"),
        (lambda: tt.linspace("a", 1, 3), "linspace: start is 'a', expected a number"),
        (lambda: tt.normal("a", 1.0, (2,)), "normal: mean is 'a', expected a number"),
        (
            lambda: tt.multinomial(tt.ones(3), 2.5),
            "multinomial: num_samples is 2.5, expected an in",
        ),
        (lambda: tt.rand(2, generator=3), "rand: generator is of type int, expected a numpy"),
    ],
)
def test_what_is_no_number_is_refused(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_a_matrix_becomes_a_plain_array():
    class Matrix(np.ndarray):
        def __mul__(self, other):
            return self @ other

    matrix = np.array([[1.0, 2.0], [3.0, 4.0]]).view(Matrix)
    x = tt.from_numpy(matrix)
    assert type(x.data) is type(tt.as_tensor(matrix).data) is np.ndarray
    assert (x * x).tolist() == [[1.0, 4.0], [9.0, 16.0]]
    x[0, 0] = 9.0
    assert matrix[0, 0] == 9.0


def test_infinite_ends_are_silent():
    assert math.isinf(tt.linspace(0, math.inf, 3)[-1].item())
    assert tt.arange(0, 1e6, 5e5, dtype=tt.float16).tolist() == [0.0, math.inf]
