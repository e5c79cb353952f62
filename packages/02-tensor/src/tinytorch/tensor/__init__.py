"""One array type with shapes, types and broadcasting: the Tensor, and what can be computed with it.

A `Tensor` behaves as PyTorch's does, in names, types and results, and computes with NumPy.
Everything that computes is a *primitive* (`primitive.py`): a named function on arrays that Tensors
can flow through. Four seams let later modules see and change what primitives do without touching a
line here: a recorder of gradients (`recording.py`), derivative rules and other implementations
(`primitive.py`), and observers (`observing.py`). Nothing here differentiates; module 07 does.
"""

from tinytorch.tensor import display as display
from tinytorch.tensor import dtypes as dtypes
from tinytorch.tensor import from_data as from_data
from tinytorch.tensor import indexing as indexing
from tinytorch.tensor import random as random
from tinytorch.tensor import shape as shape
from tinytorch.tensor import transposing as transposing
from tinytorch.tensor.arithmetic import (
    abs,
    add,
    div,
    floor_divide,
    lerp,
    mul,
    neg,
    pow,
    remainder,
    sign,
    square,
    sub,
)
from tinytorch.tensor.comparison import (
    allclose,
    clamp,
    eq,
    equal,
    ge,
    gt,
    isclose,
    isfinite,
    isinf,
    isnan,
    le,
    lt,
    masked_fill,
    maximum,
    minimum,
    ne,
    where,
)
from tinytorch.tensor.creation import arange, clone, empty, eye, full, linspace, ones, zeros
from tinytorch.tensor.cumulative import cumprod, cumsum
from tinytorch.tensor.diagonals import diag, diagonal, tril, triu
from tinytorch.tensor.dtypes import (
    bool,
    double,
    float,
    float16,
    float32,
    float64,
    half,
    int,
    int8,
    int16,
    int32,
    int64,
    long,
    promote_types,
    short,
    uint8,
)
from tinytorch.tensor.einsum import einsum
from tinytorch.tensor.elementary import (
    ceil,
    cos,
    exp,
    expm1,
    floor,
    log,
    log1p,
    log2,
    log10,
    reciprocal,
    round,
    rsqrt,
    sin,
    sqrt,
    tan,
    tanh,
    trunc,
)
from tinytorch.tensor.erf import erf
from tinytorch.tensor.extremes import amax, amin, argmax, argmin, max, min
from tinytorch.tensor.from_data import as_tensor, from_dlpack, from_numpy, tensor
from tinytorch.tensor.gathering import (
    gather,
    one_hot,
    scatter,
    scatter_add,
    take_along_dim,
)
from tinytorch.tensor.joining import cat, chunk, split, stack, unbind
from tinytorch.tensor.like import (
    empty_like,
    full_like,
    ones_like,
    rand_like,
    randint_like,
    randn_like,
    zeros_like,
)
from tinytorch.tensor.logic import (
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
)
from tinytorch.tensor.norms import logsumexp, norm
from tinytorch.tensor.observing import Event, observe
from tinytorch.tensor.ordering import argsort, bincount, median, sort, topk, unique
from tinytorch.tensor.primitive import (
    Implementation,
    Primitive,
    implemented,
    primitive,
    primitives,
)
from tinytorch.tensor.products import bmm, dot, matmul, mm, outer
from tinytorch.tensor.random import normal, rand, randint, randn, randperm
from tinytorch.tensor.rearranging import (
    flip,
    meshgrid,
    pad,
    repeat,
    repeat_interleave,
    roll,
    tile,
)
from tinytorch.tensor.recording import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from tinytorch.tensor.reductions import all, any, mean, prod, std, sum, var
from tinytorch.tensor.sampling import bernoulli, multinomial
from tinytorch.tensor.selecting import index_select, masked_select
from tinytorch.tensor.shape import (
    broadcast_to,
    cast,
    expand,
    flatten,
    numel,
    reshape,
    squeeze,
    unflatten,
    unsqueeze,
    view,
)
from tinytorch.tensor.tensor import Tensor
from tinytorch.tensor.transposing import movedim, permute, transpose

__version__ = "0.1.0"

__all__ = [
    # the array, and its types
    "Tensor",
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "short",
    "int",
    "long",
    "half",
    "float",
    "double",
    "promote_types",
    "cast",
    # creation
    "tensor",
    "as_tensor",
    "from_numpy",
    "from_dlpack",
    "zeros",
    "ones",
    "empty",
    "full",
    "arange",
    "linspace",
    "eye",
    "zeros_like",
    "ones_like",
    "empty_like",
    "full_like",
    "clone",
    # random numbers
    "rand",
    "randn",
    "randint",
    "randperm",
    "normal",
    "bernoulli",
    "multinomial",
    "rand_like",
    "randn_like",
    "randint_like",
    # arithmetic
    "add",
    "sub",
    "mul",
    "div",
    "floor_divide",
    "remainder",
    "pow",
    "neg",
    "abs",
    "sign",
    "square",
    "lerp",
    # functions of one number
    "sqrt",
    "rsqrt",
    "reciprocal",
    "exp",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "sin",
    "cos",
    "tan",
    "tanh",
    "erf",
    "floor",
    "ceil",
    "trunc",
    "round",
    # comparison, logic, choice
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "isclose",
    "allclose",
    "equal",
    "isnan",
    "isinf",
    "isfinite",
    "logical_and",
    "logical_or",
    "logical_xor",
    "logical_not",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "bitwise_not",
    "maximum",
    "minimum",
    "clamp",
    "where",
    "masked_fill",
    # reductions, and order
    "sum",
    "mean",
    "var",
    "std",
    "prod",
    "norm",
    "logsumexp",
    "any",
    "all",
    "max",
    "min",
    "amax",
    "amin",
    "argmax",
    "argmin",
    "median",
    "cumsum",
    "cumprod",
    "sort",
    "argsort",
    "topk",
    "unique",
    "bincount",
    # products
    "matmul",
    "mm",
    "bmm",
    "dot",
    "outer",
    "einsum",
    # shapes
    "reshape",
    "view",
    "flatten",
    "unflatten",
    "squeeze",
    "unsqueeze",
    "permute",
    "transpose",
    "movedim",
    "expand",
    "broadcast_to",
    "numel",
    # joining, parting, rearranging
    "cat",
    "stack",
    "split",
    "chunk",
    "unbind",
    "repeat",
    "repeat_interleave",
    "tile",
    "flip",
    "roll",
    "tril",
    "triu",
    "diag",
    "diagonal",
    "pad",
    "meshgrid",
    # selection by index tensors
    "gather",
    "scatter",
    "scatter_add",
    "index_select",
    "take_along_dim",
    "masked_select",
    "one_hot",
    # seams
    "primitive",
    "Primitive",
    "primitives",
    "Implementation",
    "implemented",
    "observe",
    "Event",
    # whether gradients are recorded
    "no_grad",
    "enable_grad",
    "set_grad_enabled",
    "is_grad_enabled",
]
