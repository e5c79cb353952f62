r"""Hold derivatives against finite differences.

A derivative can be written down wrongly and computed reliably. Its definition is the judge: move
one element of an input up and down by a little, and see how the outputs follow:

$$\frac{\partial f}{\partial x} \approx \frac{f(x + \epsilon) - f(x - \epsilon)}{2 \epsilon}$$

In float64 that is right to about nine digits, in float32 to three, so float64 is demanded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinytorch.autograd.functional import grad
from tinytorch.tensor import Primitive, Tensor, enable_grad
from tinytorch.tensor.observing import Event, observe

Function = Callable[..., Any]


class GradcheckError(RuntimeError):
    """A derivative is not what finite differences say.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> x = tensor([3.0], dtype="float64", requires_grad=True)
        >>> gradcheck(lambda x: x * x.detach(), x)
        Traceback (most recent call last):
            ...
        tinytorch.autograd.checking.GradcheckError: gradcheck: the derivative of output 0[0] by ...
    """


def gradcheck(
    func: Function,
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
) -> bool:
    """Compare the gradients of `func` with central differences, element by element.

    Args:
        func: from tensors to a tensor or a tuple of tensors; results without gradient are left out.
        inputs: what it is called with; those that require a gradient are checked.
        eps: how far an element is moved.
        atol: how far the two may be apart,
        rtol: plus this share of the difference quotient.
        raise_exception: raise where they disagree, instead of returning False.
        nondet_tol: how far two backward passes may be apart.

    Returns:
        whether all agree.

    Raises:
        GradcheckError: where they do not; it names the element.
        ValueError: if nothing requires a gradient, or an input that does is not float64.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> gradcheck(lambda x: x * x, tensor([1.0, 2.0], dtype="float64", requires_grad=True))
        True
    """
    args = _as_tuple(inputs)
    if not any(_is_float(z) and z.requires_grad for z in _results(func, args)):
        raise ValueError(
            "gradcheck: no output of func requires a gradient, so there is nothing to check"
        )
    try:
        _compare("gradcheck", func, args, eps, atol, rtol, nondet_tol, every_output=False)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Function,
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
) -> bool:
    """Compare second derivatives of `func` with central differences of its first.

    Args:
        func: from tensors to a tensor or a tuple of tensors; results without gradient are left out.
        inputs: what it is called with; those that require a gradient are checked.
        grad_outputs: the gradients of the results; random by default.
        eps: how far an element is moved.
        atol: how far the two may be apart,
        rtol: plus this share of the difference quotient.
        raise_exception: raise where they disagree, instead of returning False.
        nondet_tol: how far two backward passes may be apart.

    Returns:
        whether all agree.

    Raises:
        GradcheckError: where they do not; it names the element.
        ValueError: if nothing requires a gradient, or an input that does is not float64.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> gradgradcheck(lambda x: x * x, tensor([1.0, 2.0], dtype="float64", requires_grad=True))
        True
    """
    args = _as_tuple(inputs)
    outputs = [z for z in _results(func, args) if _is_float(z) and z.requires_grad]
    if not outputs:
        raise ValueError(
            "gradgradcheck: no output of func requires a gradient, so there is nothing to check"
        )
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        vectors = [Tensor(_random(rng, z.shape), requires_grad=True) for z in outputs]
    else:
        vectors = [v.detach().requires_grad_() for v in _as_tuple(grad_outputs)]

    def gradients(*args_and_vectors: Any) -> tuple[Any, ...]:
        args, vectors = args_and_vectors[: -len(outputs)], args_and_vectors[-len(outputs) :]
        results = [z for z in _results(func, args) if _is_float(z) and z.requires_grad]
        wanted = [x for x in args if _is_wanted(x)]
        return grad(results, wanted, vectors, create_graph=True, materialize_grads=True)

    try:
        # Every output: a gradient without graph says that it never changes.
        _compare(
            "gradgradcheck",
            gradients,
            (*args, *vectors),
            eps,
            atol,
            rtol,
            nondet_tol,
            every_output=True,
        )
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def check_rule(primitive: Primitive, *inputs: Any, smooth: bool = True, **settings: Any) -> None:
    """Prove the derivative rule of a primitive at one place.

    Its gradients agree with finite differences, in float64; so do its second derivatives. Each
    input gets the same gradient when the others need none, and the same when the pass is recorded.
    The rule keeps float32 and writes into nothing that it was given.

    Args:
        primitive: what the rule differentiates.
        inputs: for each input of the primitive a shape, for random numbers of magnitude 0.5 to 2;
            or a float64 array; or a constant: an integer or boolean array, a number, None.
        smooth: whether second derivatives exist there.
        settings: its keyword arguments.

    Raises:
        GradcheckError: if the rule is wrong.
        ValueError: if there is no input to differentiate by.

    Example:
        >>> from tinytorch.tensor import mul
        >>> check_rule(mul, (2, 3), (3,))
    """
    rng = np.random.default_rng(0)
    arrays = [_read_only(_random(rng, x) if isinstance(x, tuple) else x) for x in inputs]
    chosen = [
        i for i, x in enumerate(arrays) if isinstance(x, np.ndarray) and x.dtype == np.float64
    ]
    if not chosen:
        raise ValueError(f"check_rule: {primitive.name} was given no shape and no float64 array")

    def call(*args: Any) -> Any:
        return primitive(*args, **settings)

    gradcheck(call, _leaves(arrays, chosen))
    if smooth:
        gradgradcheck(call, _leaves(arrays, chosen))
    together = _gradients(call, arrays, chosen, create_graph=False)
    for needed in (chosen, *([i] for i in chosen)):
        for create_graph in (False, True):
            found = _gradients(call, arrays, needed, create_graph)
            for i, gradient in found.items():
                if not np.allclose(gradient, together[i], rtol=1e-9, atol=1e-12, equal_nan=True):
                    raise GradcheckError(
                        f"check_rule: {primitive.name} gives input {i} another gradient where "
                        f"inputs {needed} need one and create_graph is {create_graph}: {gradient}, "
                        f"expected {together[i]}"
                    )
    _check_float32(primitive, call, arrays, chosen)


def _compare(
    name: str,
    func: Function,
    args: tuple[Any, ...],
    eps: float,
    atol: float,
    rtol: float,
    nondet_tol: float,
    *,
    every_output: bool,
) -> None:
    """Raise where analytic and numeric Jacobians disagree, or two analytic ones."""
    wanted = [i for i, x in enumerate(args) if _is_wanted(x)]
    if not wanted:
        raise ValueError(f"{name}: no input requires a gradient, expected at least one")
    for i in wanted:
        if args[i].dtype != np.float64:
            raise ValueError(
                f"{name}: input {i} is {args[i].dtype}, too coarse for difference quotients; "
                "use float64"
            )
    outputs = _results(func, args)
    numeric = {i: _difference_quotients(func, args, i, eps) for i in wanted}
    for k, output in enumerate(outputs):
        if not _is_float(output) or not (output.requires_grad or every_output):
            continue
        analytic = _jacobian(output, [args[i] for i in wanted])
        again = _jacobian(output, [args[i] for i in wanted])
        for i, matrix, repeated in zip(wanted, analytic, again, strict=True):
            if not np.allclose(matrix, repeated, rtol=0, atol=nondet_tol, equal_nan=True):
                raise GradcheckError(
                    f"{name}: two backward passes from output {k} to input {i} differ by more than "
                    f"nondet_tol={nondet_tol}"
                )
            wrong = ~np.isclose(matrix, numeric[i][k], rtol=rtol, atol=atol)
            if wrong.any():
                row, column = np.argwhere(wrong)[0]
                raise GradcheckError(
                    f"{name}: the derivative of output {k}{_at(row, output.shape)} by input {i}"
                    f"{_at(column, args[i].shape)} is numerically "
                    f"{numeric[i][k][row, column]:.9g}, "
                    f"analytically {matrix[row, column]:.9g} "
                    f"({wrong.sum()} of {wrong.size} elements disagree)"
                )


def _jacobian(output: Tensor, inputs: Sequence[Tensor]) -> list[np.ndarray]:
    """By backward passes, a matrix for each input: a row for an element of the output."""
    matrices = [np.zeros((output.data.size, x.data.size)) for x in inputs]
    if output.requires_grad:
        for row in range(output.data.size):
            one_hot = np.zeros(output.shape, output.dtype)
            one_hot.flat[row] = 1
            found = grad(
                output,
                inputs,
                Tensor.from_array(one_hot),
                retain_graph=True,
                materialize_grads=True,
            )
            for matrix, g in zip(matrices, found, strict=True):
                matrix[row] = g.data.ravel()  # type: ignore[union-attr]
    return matrices


def _difference_quotients(
    func: Function, args: tuple[Any, ...], i: int, eps: float
) -> dict[int, np.ndarray]:
    """By moving each element of input i up and down, a matrix for each output."""
    moved = args[i].data.copy()
    args = (*args[:i], Tensor.from_array(moved).requires_grad_(), *args[i + 1 :])

    def evaluate() -> dict[int, np.ndarray]:
        return {
            k: np.array(z.data).ravel() for k, z in enumerate(_results(func, args)) if _is_float(z)
        }

    columns: list[dict[int, np.ndarray]] = []
    for j in range(moved.size):
        at = moved.flat[j]
        moved.flat[j] = at + eps
        above = evaluate()
        moved.flat[j] = at - eps
        below = evaluate()
        moved.flat[j] = at
        columns.append({k: (above[k] - below[k]) / (2 * eps) for k in above})
    return {
        k: np.array([column[k] for column in columns]).reshape(moved.size, z.size).T
        for k, z in evaluate().items()
    }


def _gradients(
    call: Function, arrays: Sequence[Any], needed: Sequence[int], create_graph: bool
) -> dict[int, np.ndarray]:
    """The gradient of each input that needs one, from always the same gradients of the outputs."""
    tensors = _leaves(arrays, needed)
    outputs = [z for z in _results(call, tensors) if z.requires_grad]
    rng = np.random.default_rng(1)
    vectors = []
    for z in outputs:
        z.data.flags.writeable = False
        vectors.append(Tensor.from_array(_read_only(_random(rng, z.shape).astype(z.dtype))))
    wanted = [tensors[i] for i in needed]
    found = grad(outputs, wanted, vectors, create_graph=create_graph, materialize_grads=True)
    return {i: g.data for i, g in zip(needed, found, strict=True) if g is not None}


def _check_float32(
    primitive: Primitive, call: Function, arrays: Sequence[Any], chosen: Sequence[int]
) -> None:
    """The rule itself returns float32 where all is; the engine would hide it if it did not."""
    with np.errstate(over="ignore"):
        singles = [
            _read_only(x.astype(np.float32)) if i in chosen else x for i, x in enumerate(arrays)
        ]
    if any(
        _is_float(z) and z.dtype != np.float32 for z in _results(call, _leaves(singles, chosen))
    ):
        return
    returned: list[Any] = []

    def note(event: Event) -> None:
        if event.phase == "backward" and event.name == primitive.name:
            returned.extend(g for g in event.result or () if isinstance(g, np.ndarray | np.generic))

    with observe(note), np.errstate(all="ignore"):
        _gradients(call, singles, chosen, create_graph=False)
    for g in returned:
        if g.dtype != np.float32:
            raise GradcheckError(
                f"check_rule: {primitive.name} makes {g.dtype} of float32 gradients"
            )


def _results(func: Function, args: Sequence[Any]) -> tuple[Any, ...]:
    with enable_grad():
        return _as_tuple(func(*args))


def _as_tuple(given: Any) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, tuple | list) else (given,)


def _is_float(x: Any) -> bool:
    return isinstance(x, Tensor) and x.dtype.kind == "f"


def _is_wanted(x: Any) -> bool:
    return isinstance(x, Tensor) and x.requires_grad


def _leaves(arrays: Sequence[Any], needed: Sequence[int]) -> tuple[Any, ...]:
    """The floating arrays as Tensors, those that are needed requiring a gradient."""
    return tuple(
        Tensor.from_array(x).requires_grad_(i in needed)
        if isinstance(x, np.ndarray) and x.dtype.kind == "f"
        else x
        for i, x in enumerate(arrays)
    )


def _random(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of magnitude 0.5 to 2 and random sign: no kinks, no cancellation near zero."""
    return np.asarray(rng.uniform(0.5, 2.0, shape) * rng.choice([-1.0, 1.0], shape))


def _read_only(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        x = x.view()
        x.flags.writeable = False
    return x


def _at(flat: int, shape: tuple[int, ...]) -> str:
    """An element's index as text; nothing for a 0-d tensor."""
    return f"[{', '.join(str(i) for i in np.unravel_index(flat, shape))}]" if shape else ""
