"""Methods are their functions with the tensor in front; operators are functions too."""

import inspect
import operator

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.tensor.methods import Methods

X = tt.tensor([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])
POSITIVE = tt.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
INTS = tt.tensor([[1, 2, 3], [4, 5, 6]])
BOOLS = X > 0
SQUARE = tt.tensor([[1.0, 2.0], [3.0, 4.0]])
ROW = tt.tensor([3.0, 1.0, 2.0])
SIDE = tt.tensor([[0, 2], [1, 0]])

CALLS = [
    *(
        (name, X, (ROW,))
        for name in ["add", "sub", "mul", "div", "floor_divide", "remainder", "maximum", "minimum"]
    ),
    *(
        (name, X, (ROW,))
        for name in ["eq", "ne", "lt", "le", "gt", "ge", "isclose", "allclose", "equal"]
    ),
    *((name, BOOLS, (BOOLS[0],)) for name in ["logical_and", "logical_or", "logical_xor"]),
    *((name, INTS, (INTS[0],)) for name in ["bitwise_and", "bitwise_or", "bitwise_xor"]),
    *(
        (name, X, ())
        for name in [
            "neg",
            "abs",
            "sign",
            "square",
            "exp",
            "expm1",
            "sin",
            "cos",
            "tan",
            "tanh",
            "erf",
        ]
    ),
    *(
        (name, X, ())
        for name in ["floor", "ceil", "trunc", "round", "isnan", "isinf", "isfinite", "reciprocal"]
    ),
    *((name, POSITIVE, ()) for name in ["sqrt", "rsqrt", "log", "log1p", "log2", "log10"]),
    ("logical_not", X, ()),
    ("bitwise_not", INTS, ()),
    ("pow", POSITIVE, (ROW,)),
    ("clamp", X, (-1.0, 1.0)),
    ("clamp", X, (ROW,)),
    ("lerp", X, (ROW, 0.25)),
    ("masked_fill", X, (BOOLS, 9.0)),
    *(
        (name, X, ())
        for name in [
            "sum",
            "mean",
            "var",
            "std",
            "prod",
            "norm",
            "max",
            "min",
            "amax",
            "amin",
            "argmax",
            "argmin",
        ]
    ),
    *((name, X, ()) for name in ["median", "any", "all", "sort", "argsort", "unique"]),
    *(
        (name, X, (1, True))
        for name in ["sum", "mean", "prod", "max", "min", "amax", "amin", "argmax", "argmin"]
    ),
    *((name, X, (1, True)) for name in ["median", "any", "all", "sort", "argsort", "logsumexp"]),
    *((name, X, (1, False, True)) for name in ["var", "std"]),
    *((name, X, (-1,)) for name in ["cumsum", "cumprod"]),
    ("max", X, (ROW,)),
    ("min", X, (ROW,)),
    ("norm", X, (1, 1, True)),
    ("topk", X, (2, 1, False)),
    ("unique", X, (True, True, True)),
    ("bincount", INTS[0], (None, 6)),
    ("matmul", X, (ROW,)),
    ("mm", X, (SQUARE.repeat(2, 1)[:3],)),
    ("bmm", SQUARE[None], (SQUARE[None],)),
    ("dot", ROW, (ROW,)),
    ("outer", ROW, (ROW,)),
    ("reshape", X, ((3, 2),)),
    ("view", X, ((3, -1),)),
    ("flatten", X, ()),
    ("unflatten", X, (1, (3, 1))),
    ("squeeze", X[None], ()),
    ("unsqueeze", X, (1,)),
    ("transpose", X, (0, 1)),
    ("permute", X, ((1, 0),)),
    ("movedim", X, (0, 1)),
    ("expand", ROW, ((2, 3),)),
    ("broadcast_to", ROW, ((2, 3),)),
    ("split", X, (2, 1)),
    ("chunk", X, (2, 1)),
    ("unbind", X, (1,)),
    ("repeat", X, ((2, 1),)),
    ("repeat_interleave", X, (2, 0)),
    ("tile", X, ((2,),)),
    ("tril", X, (-1,)),
    ("triu", X, (1,)),
    ("diag", SQUARE, (1,)),
    ("diagonal", X, (1,)),
    ("flip", X, ((0, 1),)),
    ("roll", X, (1, 0)),
    ("gather", X, (1, SIDE)),
    ("scatter", X, (1, SIDE, SQUARE)),
    ("scatter_add", X, (1, SIDE, SQUARE)),
    ("index_select", X, (1, tt.tensor([2, 0]))),
    ("take_along_dim", X, (SIDE, 1)),
    ("masked_select", X, (BOOLS,)),
    ("clone", X, ()),
]


def assert_same(a, b):
    if isinstance(a, tuple):
        assert len(a) == len(b)
        assert all(tt.equal(p, q) for p, q in zip(a, b))
    elif isinstance(a, tt.Tensor):
        assert a.dtype is b.dtype
        assert np.array_equal(a.numpy(), b.numpy(), equal_nan=True)
    else:
        assert a is b


@pytest.mark.parametrize(("name", "x", "arguments"), CALLS, ids=[name for name, *_ in CALLS])
def test_a_method_is_its_function(name, x, arguments):
    assert_same(getattr(x, name)(*arguments), getattr(tt, name)(x, *arguments))


def forwarding():
    """Methods named as a public function."""
    for name, method in inspect.getmembers(Methods, inspect.isfunction):
        if name in tt.__all__ and callable(getattr(tt, name)):
            yield name, method


@pytest.mark.parametrize(("name", "method"), list(forwarding()), ids=[n for n, _ in forwarding()])
def test_a_method_takes_what_its_function_takes(name, method):
    function = getattr(tt, name)
    expected = list(
        inspect.signature(getattr(function, "__wrapped__", function)).parameters.values()
    )[1:]
    found = list(inspect.signature(method).parameters.values())[1:]
    if any(p.kind is p.VAR_POSITIONAL for p in found):  # numbers one by one, or one sequence
        assert len(expected) == 1
        assert [p.kind for p in found] == [found[0].VAR_POSITIONAL, found[0].KEYWORD_ONLY]
    elif name == "split":  # which PyTorch too calls otherwise
        assert [p.name for p in found] == ["split_size", "dim"]
    elif name not in ("where", "max", "min", "clone"):
        assert [(p.name, p.default) for p in found] == [(p.name, p.default) for p in expected]


def test_every_function_that_can_be_a_method_is_one():
    """A function whose first parameter is `input`, unless PyTorch has it as a function only."""
    only_functions = {"pad", "cast", *(name for name in tt.__all__ if name.endswith("_like"))}
    functions = {
        name
        for name in tt.__all__
        if callable(getattr(tt, name))
        and not inspect.isclass(getattr(tt, name))
        and name != "primitive"
    }
    first = {
        name: next(iter(inspect.signature(getattr(f, "__wrapped__", f)).parameters), None)
        for name in functions
        if (f := getattr(tt, name))
    }
    missing = {n for n in functions if first[n] == "input" and not hasattr(tt.Tensor, n)}
    assert missing == only_functions


def test_sizes_may_be_given_one_by_one():
    assert X.reshape(3, 2).shape == X.view(3, 2).shape == X.permute(1, 0).shape == (3, 2)
    assert ROW.expand(2, 3).shape == (2, 3)
    assert ROW.expand(-1).shape == (3,)
    assert X.repeat(2, 1).shape == X.tile(2, 1).shape == (4, 3)
    assert tt.equal(X.flip(0, 1), tt.flip(X, (0, 1)))
    assert X.sum_to_size(1, 3).tolist() == X.sum(0, keepdim=True).tolist()
    assert X.sum_to_size((2, 3)).tolist() == X.tolist()


def test_what_has_no_function():
    assert tt.equal(X.where(BOOLS, ROW), tt.where(BOOLS, X, ROW))
    assert tt.equal(X.T, X.transpose(0, 1))
    assert tt.equal(X.t(), X.T)
    assert ROW.T.shape == (3,)
    assert tt.tensor(1).T.shape == ()
    assert X[None].mT.shape == (1, 3, 2)
    assert X.view_as(tt.zeros(3, 2)).shape == X.reshape_as(tt.zeros(3, 2)).shape == (3, 2)
    assert ROW.expand_as(X).shape == (2, 3)
    assert X.sum(dtype=tt.float64).dtype is tt.float64
    with pytest.raises(
        ValueError, match="T: the tensor has 3 dimensions, expected at most 2; use mT"
    ):
        X[None].T  # noqa: B018
    with pytest.raises(ValueError, match="mT: the tensor has 1 dimensions, expected at least 2"):
        ROW.mT  # noqa: B018


def test_random_methods():
    assert tt.tensor([0.0, 1.0]).bernoulli().tolist() == [0, 1]
    assert tt.tensor([0.0, 1.0]).multinomial(3, True).tolist() == [1, 1, 1]


OPERATORS = {
    operator.add: "add",
    operator.sub: "sub",
    operator.mul: "mul",
    operator.truediv: "div",
    operator.floordiv: "floor_divide",
    operator.mod: "remainder",
    operator.pow: "pow",
    operator.eq: "eq",
    operator.ne: "ne",
    operator.lt: "lt",
    operator.le: "le",
    operator.gt: "gt",
    operator.ge: "ge",
}
BITS = {operator.and_: "bitwise_and", operator.or_: "bitwise_or", operator.xor: "bitwise_xor"}
OTHERS = [2.0, 2, True, ROW, np.float32([3, 1, 2]), np.float32(2), np.int64(2)]


@pytest.mark.parametrize("other", OTHERS, ids=repr)
@pytest.mark.parametrize("symbol", OPERATORS, ids=OPERATORS.values())
def test_an_operator_is_its_function_from_both_sides(symbol, other):
    function = getattr(tt, OPERATORS[symbol])
    assert_same(symbol(POSITIVE, other), function(POSITIVE, other))
    as_tensor = tt.tensor(
        other, dtype=None if isinstance(other, tt.Tensor | np.ndarray) else tt.float32
    )
    found = symbol(other, POSITIVE)
    assert isinstance(found, tt.Tensor)
    np.testing.assert_allclose(found.numpy(), symbol(as_tensor, POSITIVE).numpy(), rtol=1e-6)
    assert found.dtype in (tt.float32, tt.bool)


@pytest.mark.parametrize("other", [True, 3, tt.tensor([1, 2, 3]), np.array([1, 2, 3])], ids=repr)
@pytest.mark.parametrize("symbol", BITS, ids=BITS.values())
def test_logic_is_by_bits(symbol, other):
    assert_same(symbol(INTS, other), getattr(tt, BITS[symbol])(INTS, other))
    assert_same(symbol(other, INTS), symbol(INTS, other))
    assert_same(symbol(BOOLS, True), symbol(True, BOOLS))


def test_unary_operators():
    assert_same(-X, tt.neg(X))
    assert_same(abs(X), tt.abs(X))
    assert_same(~BOOLS, tt.logical_not(BOOLS))
    assert_same(~INTS, tt.bitwise_not(INTS))
    assert +X is X


def test_matmul_operator():
    assert_same(X @ ROW, tt.matmul(X, ROW))
    assert_same(X @ ROW.numpy(), tt.matmul(X, ROW))
    assert_same(X.numpy() @ ROW, tt.matmul(X, ROW))


class Foreign:
    """A class of somebody else's that knows how to deal with Tensors."""

    def answer(self, other):
        return "mine"

    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rpow__ = answer
    __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = __pow__ = answer
    __rmatmul__ = __matmul__ = __rand__ = __and__ = __ror__ = __or__ = __rxor__ = __xor__ = answer
    __lt__ = __le__ = __gt__ = __ge__ = answer


@pytest.mark.parametrize("symbol", [*OPERATORS, operator.matmul, *BITS], ids=lambda s: s.__name__)
def test_a_foreign_class_may_answer(symbol):
    if symbol in (operator.eq, operator.ne):
        assert (symbol(X, Foreign()), symbol(X, None)) == ((symbol is operator.ne),) * 2
        return
    assert symbol(X, Foreign()) == symbol(Foreign(), X) == "mine"
    for left, right in (
        (X, "one"),
        (object(), X),
        (X, None),
        (X, [1.0]),
    ):
        with pytest.raises(
            TypeError, match=r"not supported|unsupported operand|expected a single integer"
        ):
            symbol(left, right)


def test_numbers_may_be_given_by_name():
    assert X.reshape(shape=(3, 2)).shape == X.view(size=(3, 2)).shape == (3, 2)
    assert X.permute(dims=(1, 0)).shape == (3, 2)
    assert tt.equal(X.flip(dims=(0,)), X.flip(0))
    assert ROW.expand(size=(2, 3)).shape == X.sum_to_size(size=(2, 3)).shape == (2, 3)
    assert X.repeat(repeats=(2, 1)).shape == X.tile(dims=(2, 1)).shape == (4, 3)
    assert len(X.split(split_size=1)) == 2
    assert tt.equal(X.max(other=ROW), tt.maximum(X, ROW))
    assert tt.equal(X.min(other=ROW), tt.minimum(X, ROW))
    with pytest.raises(TypeError, match=r"view: size is given twice, as \(6,\) and as \(3, 2\)"):
        X.view(6, size=(3, 2))
    with pytest.raises(TypeError, match="flip: dims is missing"):
        X.flip()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: X.sum(axis=0), TypeError, r"^Tensor\.sum\(\) got an unexpected keyword"),
        (lambda: X.exp(1), TypeError, r"^Tensor\.exp\(\) takes 1 positional argument"),
        (lambda: X.type_as(3), TypeError, "type_as: other is of type int, expected a tensor"),
        (lambda: X.expand_as(3), TypeError, "expand_as: other is of type int, expected a tensor"),
        (lambda: X.view_as(3), TypeError, "view_as: other is of type int, expected a tensor"),
        (lambda: X.reshape_as(3), TypeError, "reshape_as: other is of type int, expected a te"),
        (lambda: X.sum_to_size(5), ValueError, r"sum_to_size: size is \(5,\), expected one that"),
        (lambda: X.sum_to_size("a"), TypeError, "sum_to_size: size is 'a', expected an integer"),
        (lambda: X.size("a"), TypeError, "size: dim is 'a', expected an integer"),
        (lambda: X.stride(1.5), TypeError, "stride: dim is 1.5, expected an integer"),
        (lambda: X[0.5:1], TypeError, "getitem: the slice's start is 0.5, expected an integer"),
        (lambda: X[0, 0].unflatten(0, (1, 1)), IndexError, "unflatten: input has no dimensions"),
        (lambda: X.norm(p=None), TypeError, "norm: p is None, expected a number"),
        (lambda: tt.permute(X, 1), ValueError, r"permute: dims is \(1,\), expected each of 2"),
        (lambda: tt.pad(X, (1, 1), value="a"), TypeError, "pad: value is 'a', expected a number"),
        (lambda: X.round(decimals=1.5), TypeError, "round: decimals is 1.5, expected an integer"),
        (lambda: X.to(tt.int64, tt.bool), TypeError, "to: got .*bool.* beside a device and a dt"),
        (lambda: X.requires_grad_("a"), TypeError, "requires_grad_: got 'a', expected True or F"),
        (lambda: tt.bincount(tt.arange(2), [1, 2]), TypeError, "bincount: weights is of type list"),
    ],
)
def test_wrong_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
