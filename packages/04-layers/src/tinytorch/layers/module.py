"""Module: a part of a network, with parameters that have names.

A module's parameters, buffers and submodules are simply its attributes: nothing is registered
behind the scenes, and `named_parameters` looks at what is there. Saving stands in `state.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from tinytorch.layers import state
from tinytorch.layers.parameter import Parameter
from tinytorch.tensor import Tensor, dtypes
from tinytorch.tensor.observing import emitting, observers

_keys = itertools.count()


class HookHandle:
    """Returned when a hook is registered; `remove()` takes it off again."""

    def __init__(self, hooks: dict[int, Any], key: int) -> None:
        self._hooks = hooks
        self._key = key

    def remove(self) -> None:
        """Take the hook off; a second time does nothing."""
        self._hooks.pop(self._key, None)


class Module:
    """The base of all layers and models: define `forward`, and call the module.

    Attributes:
        training: whether it is in training mode (`train`) or evaluation mode (`eval`).

    Example:
        >>> from tinytorch.layers import Linear
        >>> class Scaled(Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.linear = Linear(3, 2)
        ...         self.scale = Parameter(1.0)
        ...     def forward(self, x):
        ...         return self.scale * self.linear(x)
        >>> [name for name, _ in Scaled().named_parameters()]
        ['scale', 'linear.weight', 'linear.bias']
    """

    training: bool

    def __init__(self) -> None:
        self.training = True
        self._buffers: dict[str, bool] = {}  # the names of the buffers; whether they are saved
        self._pre_hooks: dict[int, Callable[..., Any]] = {}
        self._hooks: dict[int, Callable[..., Any]] = {}

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; every module defines its own."""
        raise NotImplementedError(f"{type(self).__name__}: defines no forward(self, …)")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the hooks and `forward`; an event for observers."""
        if not observers:
            return self._hooked(args, kwargs)
        with emitting(type(self).__name__, "forward", self, args, kwargs) as event:
            event.result = self._hooked(args, kwargs)
        return event.result

    def _hooked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for pre_hook in tuple(self._pre_hooks.values()):
            replaced = pre_hook(self, args)
            if replaced is not None:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
        result = self.forward(*args, **kwargs)
        for hook in tuple(self._hooks.values()):
            replaced = hook(self, args, result)
            if replaced is not None:
                result = replaced
        return result

    def register_forward_pre_hook(self, hook: Callable[[Module, Any], Any]) -> HookHandle:
        """Call `hook(module, args)` before each `forward`; what it returns replaces args."""
        return _add_hook(self._pre_hooks, hook)

    def register_forward_hook(self, hook: Callable[[Module, Any, Any], Any]) -> HookHandle:
        """Call `hook(module, args, result)` after each `forward`; what it returns is the result."""
        return _add_hook(self._hooks, hook)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(self.__dict__.get(name), Parameter) and not isinstance(
            value, Parameter | None
        ):
            raise TypeError(
                f"{type(self).__name__}.{name}: is a Parameter, got {type(value).__name__}; "
                "assign a Parameter or None, or write into it with copy_ inside `with no_grad():`"
            )
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        self._buffers.pop(name, None)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Make a tensor part of the module's state that is not learned, such as a running mean.

        Args:
            name: of the attribute.
            tensor: its value.
            persistent: whether `state_dict` holds it.

        Raises:
            TypeError: if it is not a Tensor.
            KeyError: if the attribute exists, or is not a name.
        """
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"register_buffer: {name} is {type(tensor).__name__}, expected a Tensor"
            )
        if not name or "." in name or (hasattr(self, name) and name not in self._buffers):
            raise KeyError(f"register_buffer: {name!r} is already an attribute, or no name for one")
        self._buffers[name] = persistent
        setattr(self, name, tensor)

    # --- what is inside, always in the order of definition

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside, with their names."""
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value

    def children(self) -> Iterator[Module]:
        """The modules directly inside."""
        return (child for _, child in self.named_children())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all inside it, each once, with their paths."""
        seen: set[Module] = set()
        for name, module in self._walk(prefix):
            if module not in seen:
                seen.add(module)
                yield name, module

    def modules(self) -> Iterator[Module]:
        """This module and all inside it, each once."""
        return (module for _, module in self.named_modules())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters, each once though it may be shared, with paths such as `0.weight`."""
        return self._named(lambda module: module._own_parameters(), prefix, recurse)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, each once: what an optimiser takes."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Tensor]]:
        """The buffers, each once, with their paths."""
        return self._named(lambda module: module._own_buffers(), prefix, recurse)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, each once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module at a path such as `encoder.0`; the module itself for the empty path.

        Raises:
            AttributeError: if there is none; it names the part of the path that fails.
        """
        module = self
        for name in target.split(".") if target else ():
            child = vars(module).get(name)
            if not isinstance(child, Module):
                known = ", ".join(name for name, _ in module.named_children()) or "none"
                raise AttributeError(
                    f"get_submodule: {type(module).__name__} has no module {name!r} "
                    f"(in {target!r}); it has {known}"
                )
            module = child
        return module

    def _walk(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all inside it; a shared one at each of its places."""
        yield prefix, self
        for name, child in self.named_children():
            yield from child._walk(f"{prefix}.{name}" if prefix else name)

    def _named(
        self, own: Callable[[Module], Iterator[tuple[str, Any]]], prefix: str, recurse: bool
    ) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        for path, module in self._walk(prefix) if recurse else [(prefix, self)]:
            for name, tensor in own(module):
                if id(tensor) not in seen:
                    seen.add(id(tensor))
                    yield (f"{path}.{name}" if path else name), tensor

    def _own_parameters(self) -> Iterator[tuple[str, Parameter]]:
        return ((name, value) for name, value in vars(self).items() if isinstance(value, Parameter))

    def _own_buffers(self) -> Iterator[tuple[str, Tensor]]:
        return ((name, vars(self)[name]) for name in self._buffers if vars(self)[name] is not None)

    # --- change all of it at once

    def train(self, mode: bool = True) -> Self:
        """Put this module and all inside it in training mode; returns it."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Put this module and all inside it in evaluation mode; returns it."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Start, or stop, learning all parameters; returns the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or fill them with zeros."""
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad.detach_().zero_()

    def apply(self, function: Callable[[Module], object]) -> Self:
        """Call `function` with every module inside, children first, and with this one last."""
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def to(self, dtype: dtypes.DTypeLike) -> Self:
        """Turn all floating point parameters and buffers into another floating point type; returns
        the module.

        Raises:
            TypeError: if the type is not of floating point.
        """
        target = dtypes.as_dtype(dtype)
        if target.kind != "f":
            raise TypeError(f"to: parameters are of floating point, got {target}")
        for tensor in (*self.parameters(), *self.buffers()):
            if tensor.dtype.kind == "f" and tensor.dtype != target:
                gradient, tensor.grad = tensor.grad, None
                tensor.data = tensor.data.astype(target)
                tensor.grad = None if gradient is None else gradient.detach().to(target)
        return self

    def float(self) -> Self:
        """Turn it into float32; returns it."""
        return self.to(dtypes.float32)

    def double(self) -> Self:
        """Turn it into float64; returns it."""
        return self.to(dtypes.float64)

    # --- save and show

    def state_dict(self, prefix: str = "") -> dict[str, Tensor]:
        """All parameters and persistent buffers by their paths, on the module's own memory."""
        return state.state_dict(self, prefix)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True
    ) -> state.Mismatches:
        """Copy values into the parameters and buffers; see `tinytorch.layers.state`."""
        return state.load_state_dict(self, state_dict, strict)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return ""

    def __repr__(self) -> str:
        children = [f"({name}): {child!r}" for name, child in self.named_children()]
        if not children:
            return f"{type(self).__name__}({self.extra_repr()})"
        lines = ([self.extra_repr()] if self.extra_repr() else []) + children
        body = "\n".join(lines).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {body}\n)"


def _add_hook(hooks: dict[int, Any], hook: Callable[..., Any]) -> HookHandle:
    key = next(_keys)
    hooks[key] = hook
    return HookHandle(hooks, key)
