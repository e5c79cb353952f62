"""A primitive: a named function on arrays that Tensors can flow through.

    @primitive
    def maximum(input, other):
        return np.maximum(input, other)

    maximum(array, array)    # plain arrays in, a plain array out: nothing is wrapped or recorded
    maximum(tensor, array)   # a Tensor in, a Tensor out: the call can be recorded

Everything that computes goes through primitives. This file knows how a call is made; it knows no
operation, and no derivative. Read `recording.py` and `observing.py` before it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType
from typing import Any, Literal, NoReturn, overload

import numpy as np

from tinytorch.tensor import dtypes
from tinytorch.tensor.observing import emitting, observers
from tinytorch.tensor.recording import installed, mode
from tinytorch.tensor.tensor import Tensor

Kernel = Callable[..., Any]
Promotion = Literal["common", "float", "none"]

_new = object.__new__
_ndarray = np.ndarray
_asarray = np.asarray
_float32 = dtypes.float32
_REQUIRED = object()
_KERNEL_ERRORS = (ValueError, TypeError, OverflowError)
_registry: dict[str, Primitive] = {}


class Implementation:
    """Seam 3: a kernel and its derivative rule, together.

    The node of a recorded call keeps the rule of the implementation that ran, so the backward pass
    is right even when another implementation has been chosen meanwhile.

    Example:
        >>> from tinytorch.tensor import mul, tensor
        >>> doubled = Implementation(mul, lambda a, b: 2 * a * b)
        >>> with implemented({mul: doubled}):
        ...     tensor([3.0]) * 2
        tensor([12.])
    """

    __slots__ = ("kernel", "primitive", "rule")

    def __init__(self, primitive: Primitive, kernel: Kernel, rule: Any = None) -> None:
        self.primitive = primitive
        self.kernel = kernel
        self.rule = rule  # set by module 07's defvjp


class Primitive:
    """A named function on arrays that Tensors can flow through; made by the decorator `primitive`.

    Attributes:
        name: its name, unique in its module.
        inputs: the names of its tensors, in order; `variadic` where it takes any number of them.
        settings: its keyword arguments and their defaults.
        promotion: what is done about types before the kernel runs. `common`: all inputs get the
            result type that PyTorch would choose; `float`: likewise, and integers become float32;
            `none`: nothing.
        differentiable: whether it has a derivative. One that has needs a rule to be recorded.
        several: whether the kernel returns a tuple of results.
        fused: whether the kernel returns (result, saved): it says itself what its rule will use.
        definition: of a fused primitive: the same mathematics in plain primitives, which is
            differentiated in its place where derivatives of higher order are asked for.
        simple: how many inputs a call has that takes the written-out path; 0 if none does.
        default: the implementation that it was defined with.
        implementation: the one in use, for the whole process.

    Example:
        >>> from tinytorch.tensor import clamp
        >>> clamp
        <primitive clamp>
        >>> clamp.inputs, clamp.promotion
        (('input', 'min', 'max'), 'common')
    """

    def __init__(
        self,
        kernel: Kernel,
        *,
        ufunc: Kernel | None = None,
        promotion: Promotion = "common",
        differentiable: bool = True,
        several: bool = False,
        fused: bool = False,
        definition: Kernel | None = None,
    ) -> None:
        code = kernel.__code__
        defaults = kernel.__kwdefaults__ or {}
        names = code.co_varnames
        settings = names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        self.__name__ = self.name = kernel.__name__
        self.__qualname__ = kernel.__qualname__
        self.__module__ = kernel.__module__
        self.__doc__ = kernel.__doc__
        self.__wrapped__ = kernel
        self.inputs = names[: code.co_argcount]
        self.variadic = bool(code.co_flags & 0x04)
        bound = {name: defaults.get(name, _REQUIRED) for name in settings}
        self.settings = MappingProxyType(bound)
        self.promotion = promotion
        self.differentiable = differentiable
        self.several = several
        self.fused = fused
        self.definition = definition
        self.default = self.implementation = Implementation(self, ufunc or kernel)
        self._required = code.co_argcount - len(kernel.__defaults__ or ())
        whole = self._required == len(self.inputs) <= 2 and not self.variadic
        simple = whole and not (settings or several or fused)
        self.simple = self._required if simple else 0
        self._count = len(self.inputs)
        self._names = bound.keys()
        _registry[f"{self.__module__}.{self.name}"] = self

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> str:
        return self.__qualname__  # pickled by name, copied as itself

    def __call__(self, *inputs: Any, **settings: Any) -> Any:
        """Compute on plain arrays, or on Tensors, recording the call where it matters."""
        if not settings and len(inputs) == self.simple:
            if self.simple == 2:
                return self.binary(*inputs)
            if self.simple == 1:
                return self.unary(*inputs)
        return self._call(inputs, settings)

    # `unary` and `binary` are `_call` written out for the usual case: float32 Tensors, no settings,
    # nobody observing. Small operations are bound by these lines.

    def unary(self, x: Any) -> Any:
        """The call with one input and no settings."""
        if observers or self.simple != 1 or not isinstance(x, Tensor):
            if x.__class__ is _ndarray and self.simple == 1:
                return self.implementation.kernel(x)
            return self._call((x,), {})
        a = x._array
        if a.dtype is not _float32:
            return self._call((x,), {})
        implementation = self.implementation
        out = implementation.kernel(a)
        if out.__class__ is not _ndarray:
            out = self._scalar(out)
        result = _new(Tensor)
        result._array = out
        p = x.node
        if p is None or not mode.enabled or not installed.recorder or not self.differentiable:
            result.node = None
        else:
            result.node = installed.recorder.unary(implementation, p, a, out)
        return result

    def binary(self, x: Any, y: Any) -> Any:
        """The call with two inputs and no settings."""
        if observers or self.simple != 2 or not isinstance(x, Tensor):
            if x.__class__ is y.__class__ is _ndarray and self.simple == 2:
                return self.implementation.kernel(x, y)
            return self._call((x, y), {})
        a = x._array
        b: Any
        if isinstance(y, Tensor):
            b = y._array
            q = y.node
            if b.dtype is not _float32:
                return self._call((x, y), {})
        elif y.__class__ is float or y.__class__ is int:
            b = y
            q = None
        else:
            return self._call((x, y), {})
        if a.dtype is not _float32:
            return self._call((x, y), {})
        implementation = self.implementation
        try:
            out = implementation.kernel(a, b)
        except _KERNEL_ERRORS as error:
            self._explain(error, (a, b))
            raise
        if out.__class__ is not _ndarray:
            out = self._scalar(out)
        result = _new(Tensor)
        result._array = out
        p = x.node
        if p is q is None or not mode.enabled or not installed.recorder or not self.differentiable:
            result.node = None
        else:
            result.node = installed.recorder.binary(implementation, p, q, a, b, out)
        return result

    def _scalar(self, out: Any) -> np.ndarray:
        """NumPy's scalar, which it makes of 0-d results, as the 0-d array it should have been."""
        if isinstance(out, tuple):
            raise TypeError(f"{self.name}: returns a tuple; say so with @primitive(several=True)")
        return _asarray(out)

    def _explain(self, error: Exception, arrays: Sequence[Any]) -> None:
        """Raise, in the place of NumPy's error about the inputs, one that names the primitive."""
        if str(error).startswith(f"{self.name}:"):
            return
        kind = type(error)
        if kind is ValueError and "broadcast" in str(error):
            shapes = " and ".join(str(np.shape(array)) for array in arrays if array is not None)
            raise ValueError(
                f"{self.name}: shapes {shapes} do not broadcast; from the right, each length must "
                "be equal or 1"
            ) from error
        if kind is OverflowError or str(error).startswith(
            ("ufunc ", "numpy bool", "The numpy bool")
        ):
            types = " and ".join(
                str(array.dtype) if isinstance(array, _ndarray) else repr(array)
                for array in arrays
                if array is not None
            )
            raise (OverflowError if kind is OverflowError else TypeError)(
                f"{self.name}: cannot be computed of {types}: {error}"
            ) from error

    def _call(self, inputs: Sequence[Any], settings: dict[str, Any]) -> Any:
        if len(inputs) != self._count or settings.keys() != self._names:
            inputs, settings = self._bind(inputs, settings)
        arrays = []
        parents = []
        tensors = False
        for x in inputs:
            if isinstance(x, Tensor):
                tensors = True
                arrays.append(x._array)
                parents.append(x.node)
            else:
                arrays.append(x)
                parents.append(None)
                if x is None and len(arrays) <= self._required:
                    self._refuse(inputs)
                if x.__class__ in (list, tuple, str):
                    self._plain(x)
        for name, value in settings.items():
            if isinstance(value, Tensor):
                raise TypeError(
                    f"{self.name}: {name} is a setting, not a tensor; pass a plain value"
                )
        if not tensors:
            out = self.implementation.kernel(*inputs, **settings)
            return out[0] if self.fused else out
        if not observers:
            return self._compute(arrays, parents, settings)
        with emitting(self.name, "forward", self, tuple(inputs), settings) as event:
            event.result = self._compute(arrays, parents, settings)
        return event.result

    def _compute(self, arrays: list[Any], parents: list[Any], settings: dict[str, Any]) -> Any:
        implementation = self.implementation
        arrays = self._promoted(arrays)
        try:
            out = implementation.kernel(*arrays, **settings)
        except _KERNEL_ERRORS as error:
            self._explain(error, arrays)
            raise
        saved = None
        if self.fused:
            out, saved = out
        if self.several:
            out = tuple(map(_asarray, out))
        elif out.__class__ is not _ndarray:
            out = self._scalar(out)
        node = None
        if mode.enabled and installed.recorder and self.differentiable:
            for parent in parents:
                if parent is not None:
                    record = installed.recorder.general
                    node = record(implementation, parents, arrays, settings, out, saved)
                    break
        if self.several:
            return tuple(map(Tensor.from_array, out, node or [None] * len(out)))
        return Tensor.from_array(out, node)

    def _bind(
        self, inputs: Sequence[Any], given: dict[str, Any]
    ) -> tuple[Sequence[Any], dict[str, Any]]:
        """All inputs by position, and all settings by name."""
        settings = {**self.settings, **given}
        if len(settings) > len(self.settings):
            inputs = self._by_keyword(inputs, settings)
        for name, value in settings.items():
            if value is _REQUIRED:
                raise TypeError(f"{self.name}: the setting {name} is missing")
        if not self.variadic:
            if not self._required <= len(inputs) <= len(self.inputs):
                self._refuse(inputs)
            inputs = (*inputs, *[None] * (len(self.inputs) - len(inputs)))
        return inputs, settings

    def _refuse(self, inputs: Sequence[Any]) -> NoReturn:
        count = sum(x is not None for x in inputs)
        raise TypeError(f"{self.name}: takes the tensors ({', '.join(self.inputs)}), got {count}")

    def _by_keyword(self, inputs: Sequence[Any], settings: dict[str, Any]) -> list[Any]:
        """Move tensors given by name from `settings` to their positions."""
        placed = list(inputs)
        for name in self.inputs[len(placed) :]:
            if name in settings:
                placed += [None] * (self.inputs.index(name) - len(placed))
                placed.append(settings.pop(name))
        unknown = settings.keys() - self.settings.keys()
        if unknown:
            known = ", ".join((*self.inputs, *self.settings))
            raise TypeError(
                f"{self.name}: unknown argument {', '.join(sorted(unknown))}; it takes {known}"
            )
        return placed

    def _promoted(self, inputs: list[Any]) -> list[Any]:
        """The inputs as arrays of one type; Python scalars stay, which NumPy treats as we do."""
        for x in inputs:
            if x is not None and (x.__class__ is not _ndarray or x.dtype is not _float32):
                break
        else:
            return inputs
        arrays = [x if x.__class__ is _ndarray else self._plain(x) for x in inputs]
        if self.promotion == "none":
            return arrays
        at_least = _float32 if self.promotion == "float" else dtypes.bool
        dtype = dtypes.promote(arrays, at_least)
        with np.errstate(all="ignore"):  # what a narrower type can't hold becomes infinite
            return [
                a.astype(dtype) if a.__class__ is _ndarray and a.dtype is not dtype else a
                for a in arrays
            ]

    def _plain(self, x: Any) -> Any:
        """A constant beside the tensors: an array as it is, a scalar as a Python scalar."""
        if isinstance(x, np.generic):  # before float: NumPy's float64 is one
            return x.item()
        if x is None or isinstance(x, _ndarray | bool | int | float):
            return x
        raise TypeError(
            f"{self.name}: expected tensors, arrays or numbers, got {type(x).__name__}; "
            "make it a tensor with tensor(...)"
        )


@overload
def primitive(kernel: Kernel, /) -> Primitive: ...
@overload
def primitive(
    *,
    ufunc: Kernel | None = ...,
    promotion: Promotion = ...,
    differentiable: bool = ...,
    several: bool = ...,
    fused: bool = ...,
    definition: Kernel | None = ...,
) -> Callable[[Kernel], Primitive]: ...
def primitive(kernel: Kernel | None = None, /, **options: Any) -> Any:
    """Make a function on arrays a `Primitive`, which takes Tensors too.

    Positional parameters of the function are its tensors, keyword-only parameters its settings.
    Where `ufunc` is given, it is called in the place of the function, which then only gives name,
    parameters and description: a Python function around NumPy's own costs a small operation a tenth
    of its time. For the other options see `Primitive`.

    Example:
        >>> @primitive
        ... def double(input):
        ...     return input + input
        >>> double(np.float32([1, 2]))
        array([2., 4.], dtype=float32)
    """
    if kernel is not None:
        return Primitive(kernel)
    return lambda kernel: Primitive(kernel, **options)


def primitives() -> tuple[Primitive, ...]:
    """Every primitive that the imported packages define, in the order of their definition.

    Example:
        >>> from tinytorch.tensor import add
        >>> add in primitives()
        True
    """
    return tuple(_registry.values())


@contextlib.contextmanager
def implemented(choices: dict[Primitive, Implementation]) -> Iterator[None]:
    """Compute with other implementations, in the whole process, for the length of a `with` block.

    Args:
        choices: the implementation for each primitive that is to use another one.

    Example:
        >>> from tinytorch.tensor import add, tensor
        >>> slow = Implementation(add, lambda a, b: b - (-a))
        >>> with implemented({add: slow}):
        ...     add.implementation is slow
        True
        >>> add.implementation is slow
        False
    """
    before = {primitive: primitive.implementation for primitive in choices}
    try:
        for chosen, implementation in choices.items():
            chosen.implementation = implementation
        yield
    finally:
        for chosen, implementation in before.items():
            chosen.implementation = implementation
