"""What is inside of a module: parameters, buffers and modules, with their paths.

All of them are simply attributes, and they come in the order in which these were defined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from tinytorch.layers.parameter import Parameter
from tinytorch.tensor import Tensor

if TYPE_CHECKING:
    from tinytorch.layers.module import Module


class Tree:
    """A `Module`, as far as looking at what is inside of it goes: every tree is one."""

    _buffers: dict[str, bool]  # the names of the buffers; whether they are saved

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside, with their names."""
        for name, value in vars(self).items():
            if isinstance(value, Tree):
                yield name, value  # type: ignore[misc]

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
            if not isinstance(child, Tree):
                known = ", ".join(name for name, _ in module.named_children()) or "none"
                raise AttributeError(
                    f"get_submodule: {type(module).__name__} has no module {name!r} "
                    f"(in {target!r}); it has {known}"
                )
            module = child
        return module  # type: ignore[return-value]

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a path such as `encoder.0.weight`.

        Raises:
            AttributeError: if there is none.
        """
        found: Parameter = self._at(
            "get_parameter", target, lambda module: module._own_parameters()
        )
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a path such as `norm.running_mean`.

        Raises:
            AttributeError: if there is none.
        """
        found: Tensor = self._at("get_buffer", target, lambda module: module._own_buffers())
        return found

    def _at(
        self, operation: str, target: str, own: Callable[[Module], Iterator[tuple[str, Any]]]
    ) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found = dict(own(module))
        if name not in found:
            raise AttributeError(
                f"{operation}: {type(module).__name__} has no {name!r} (in {target!r}); "
                f"it has {', '.join(found) or 'none'}"
            )
        return found[name]

    def _walk(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all inside it; a shared one at each of its places."""
        yield prefix, self  # type: ignore[misc]
        for name, child in self.named_children():
            yield from child._walk(f"{prefix}.{name}" if prefix else name)

    def _named(
        self, own: Callable[[Any], Iterator[tuple[str, Any]]], prefix: str, recurse: bool
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
