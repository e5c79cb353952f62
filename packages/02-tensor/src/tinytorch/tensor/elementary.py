"""Elementary functions, element by element.

Of integers they are float32, as in PyTorch. Outside of a function's domain the result is nan, at a
pole inf, beyond the range of the type inf or 0, all of it silently.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor.dims import integer
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.quiet import quiet


@primitive(ufunc=quiet(np.exp), promotion="float")
def exp(input: Any) -> Any:
    """The exponential $e^x$.

    Example:
        >>> exp(tensor([0.0, 1.0, 1000.0]))
        tensor([1.0000, 2.7183,    inf])
    """


@primitive(ufunc=quiet(np.expm1), promotion="float")
def expm1(input: Any) -> Any:
    """$e^x - 1$, accurate near 0 too, where the subtraction would cancel.

    Example:
        >>> expm1(tensor([0.0, 1.0]))
        tensor([0.0000, 1.7183])
    """


@primitive(ufunc=quiet(np.log), promotion="float")
def log(input: Any) -> Any:
    r"""The natural logarithm $\ln x$.

    Example:
        >>> log(tensor([1.0, 0.0, -1.0]))
        tensor([  0., -inf,  nan])
    """


@primitive(ufunc=quiet(np.log1p), promotion="float")
def log1p(input: Any) -> Any:
    r"""$\ln(1 + x)$, accurate near 0 too, where the sum would lose x.

    Example:
        >>> log1p(tensor([0.0, 1.0]))
        tensor([0.0000, 0.6931])
    """


@primitive(ufunc=quiet(np.log2), promotion="float")
def log2(input: Any) -> Any:
    r"""The logarithm to base 2, $\log_2 x$.

    Example:
        >>> log2(tensor([1.0, 2.0, 8.0]))
        tensor([0., 1., 3.])
    """


@primitive(ufunc=quiet(np.log10), promotion="float")
def log10(input: Any) -> Any:
    r"""The logarithm to base 10, $\log_{10} x$.

    Example:
        >>> log10(tensor([1.0, 2.0]))
        tensor([0.0000, 0.3010])
    """


@primitive(ufunc=quiet(np.sqrt), promotion="float")
def sqrt(input: Any) -> Any:
    r"""The square root $\sqrt x$.

    Example:
        >>> sqrt(tensor([4.0, -1.0]))
        tensor([ 2., nan])
    """


@primitive(promotion="float")
def rsqrt(input: Any) -> Any:
    r"""One over the square root, $1 / \sqrt x$.

    Example:
        >>> rsqrt(tensor([4.0, 0.0]))
        tensor([0.5000,    inf])
    """
    with np.errstate(all="ignore"):
        return np.reciprocal(np.sqrt(input))


@primitive(promotion="float")
def reciprocal(input: Any) -> Any:
    """One over the number, $1 / x$.

    Example:
        >>> reciprocal(tensor([4, -2]))
        tensor([ 0.2500, -0.5000])
    """
    with np.errstate(all="ignore"):
        return 1.0 / input


@primitive(ufunc=quiet(np.sin), promotion="float")
def sin(input: Any) -> Any:
    r"""The sine $\sin x$ of an angle in radians.

    Example:
        >>> sin(tensor([0.0, 1.5707963]))
        tensor([0., 1.])
    """


@primitive(ufunc=quiet(np.cos), promotion="float")
def cos(input: Any) -> Any:
    r"""The cosine $\cos x$ of an angle in radians.

    Example:
        >>> cos(tensor([0.0, 3.1415927]))
        tensor([ 1., -1.])
    """


@primitive(ufunc=quiet(np.tan), promotion="float")
def tan(input: Any) -> Any:
    r"""The tangent $\tan x$ of an angle in radians.

    Example:
        >>> tan(tensor([0.0, 1.0]))
        tensor([0.0000, 1.5574])
    """


@primitive(ufunc=np.tanh, promotion="float")
def tanh(input: Any) -> Any:
    r"""The hyperbolic tangent $\tanh x = (e^x - e^{-x}) / (e^x + e^{-x})$, from -1 to 1.

    Example:
        >>> tanh(tensor([0.0, 1.0, -100.0]))
        tensor([ 0.0000,  0.7616, -1.0000])
    """


@primitive
def floor(input: Any) -> Any:
    r"""The next integer below, $\lfloor x \rfloor$, in the same type.

    Example:
        >>> floor(tensor([1.5, -1.5]))
        tensor([ 1., -2.])
    """
    return _rounded(np.floor, input)


@primitive
def ceil(input: Any) -> Any:
    r"""The next integer above, $\lceil x \rceil$, in the same type.

    Example:
        >>> ceil(tensor([1.5, -1.5]))
        tensor([ 2., -1.])
    """
    return _rounded(np.ceil, input)


@primitive
def trunc(input: Any) -> Any:
    """The next integer toward zero, in the same type.

    Example:
        >>> trunc(tensor([1.5, -1.5]))
        tensor([ 1., -1.])
    """
    return _rounded(np.trunc, input)


@primitive
def round(input: Any, *, decimals: int = 0) -> Any:
    """The nearest integer, of two the even one; or the nearest number of so many decimals.

    Args:
        input: a tensor of any shape.
        decimals: digits behind the point; negative for digits before it.

    Raises:
        TypeError: for integers where `decimals` is not 0.

    Example:
        >>> round(tensor([0.5, 1.5, 2.5]))
        tensor([0., 2., 2.])
        >>> round(tensor([2.71828]), decimals=2)
        tensor([2.7200])
    """
    if not integer("round", "decimals", decimals):
        return _rounded(np.rint, input)
    if np.result_type(input).kind != "f":
        raise TypeError("round: input has integers, which have no decimals; use input.float()")
    with np.errstate(all="ignore"):
        return np.round(input, decimals)


def _rounded(ufunc: Any, input: Any) -> Any:
    """Integers are what they are; NumPy before 2.1 would make floats of them."""
    return ufunc(input) if np.result_type(input).kind == "f" else np.array(input)
