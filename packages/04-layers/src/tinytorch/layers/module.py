"""Module: a part of a network, with parameters that have names.

A module's parameters, buffers and submodules are simply its attributes: nothing is registered
behind the scenes, and `named_parameters` looks at what is there (`tree.py`). Saving stands in
`state.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

from tinytorch.layers import conversion, state
from tinytorch.layers.parameter import Parameter
from tinytorch.layers.tree import Tree
from tinytorch.tensor import Tensor, dtypes
from tinytorch.tensor.observing import emitting, observers
from tinytorch.tensor.recording import HookHandle


class Module(Tree):
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
        self._buffers = {}
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
        return HookHandle(self._pre_hooks, hook)

    def register_forward_hook(self, hook: Callable[[Module, Any, Any], Any]) -> HookHandle:
        """Call `hook(module, args, result)` after each `forward`; what it returns is the result."""
        return HookHandle(self._hooks, hook)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter | Module):
            self._buffers.pop(name, None)
        elif isinstance(self.__dict__.get(name), Parameter) and value is not None:
            raise TypeError(
                f"{type(self).__name__}.{name}: is a Parameter, got {type(value).__name__}; "
                "assign a Parameter or None, or write into it with copy_ inside `with no_grad():`"
            )
        elif name in self.__dict__.get("_buffers", ()) and not isinstance(value, Tensor | None):
            raise TypeError(
                f"{type(self).__name__}.{name}: is a buffer, got {type(value).__name__}; "
                "assign a Tensor or None"
            )
        super().__setattr__(name, value)

    if not TYPE_CHECKING:  # it would hide misspelled attributes

        def __getattr__(self, name: str) -> Any:
            if "_buffers" not in self.__dict__:
                message = f"{type(self).__name__}: call super().__init__() first in its __init__"
            else:
                message = f"{type(self).__name__}: has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=self)

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
        self._check_name("register_buffer", name, name in self._buffers)
        if not isinstance(tensor, Tensor | None) or isinstance(tensor, Parameter):
            raise TypeError(
                f"register_buffer: {name} is {type(tensor).__name__}, expected a Tensor"
            )
        self._buffers[name] = persistent
        setattr(self, name, tensor)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Assign a parameter to an attribute, which its name must leave free or hold by now.

        Raises:
            TypeError: if it is not a Parameter.
            KeyError: if the attribute exists, or is not a name.
        """
        self._check_name("register_parameter", name, self._holds(name, Parameter))
        if not isinstance(param, Parameter | None):
            raise TypeError(
                f"register_parameter: {name} is {type(param).__name__}, expected a Parameter"
            )
        setattr(self, name, param)

    def add_module(self, name: str, module: Module | None) -> None:
        """Assign a module to an attribute, which its name must leave free or hold by now.

        Raises:
            TypeError: if it is not a Module.
            KeyError: if the attribute exists, or is not a name.
        """
        self._check_name("add_module", name, self._holds(name, Module))
        if not isinstance(module, Module | None):
            raise TypeError(f"add_module: {name} is {type(module).__name__}, expected a Module")
        setattr(self, name, module)

    def _check_name(self, operation: str, name: str, replaced: bool) -> None:
        """Raise unless an attribute can have this name: a new one, or one that is `replaced`."""
        if not isinstance(name, str):
            raise TypeError(f"{operation}: name is {name!r}, expected a str")
        if not name or "." in name:
            raise KeyError(f"{operation}: {name!r} is no name, expected one or more signs, no dots")
        if hasattr(self, name) and not replaced:
            raise KeyError(
                f"{operation}: {name!r} is an attribute of {type(self).__name__} already, "
                "choose another name"
            )

    def _holds(self, name: str, kind: type) -> bool:
        """Whether an attribute is of a kind, or None, which stands for any."""
        return name in vars(self) and isinstance(vars(self)[name], kind | None)

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

    def to(
        self, *target: Any, dtype: dtypes.DTypeLike | None = None, device: str | None = None
    ) -> Self:
        """Turn all parameters and buffers of floating point into another such type; returns it.

        Args:
            target: a dtype, a device (`cpu`), a device and a dtype, or a tensor of the wanted type.
            dtype: the type, by name.
            device: `cpu`, or left out.

        Raises:
            TypeError: if the type is not of floating point.
            ValueError: for another device.
        """
        conversion.convert(self, *target, dtype=dtype, device=device)
        return self

    def cpu(self) -> Self:
        """The module itself, which is there already."""
        return self

    def cuda(self, device: Any = None) -> Self:
        """Raise ValueError: there is no other device than the processor."""
        return self.to(device="cuda")

    def half(self) -> Self:
        """Turn it into float16; returns it."""
        return self.to(dtypes.float16)

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
