"""Modules that hold modules: in a row, in a list, in a dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, overload

from tinytorch.layers.module import Module


class _Numbered(Module):
    """Modules under the names 0, 1, 2 and so on."""

    def __init__(self, modules: Iterable[Module]) -> None:
        super().__init__()
        for module in modules:
            self.append(module)

    def append(self, module: Module) -> Any:
        """Put a module at the end; returns the container."""
        _expect_module(module, type(self).__name__)
        setattr(self, str(len(self)), module)
        return self

    def __len__(self) -> int:
        return sum(1 for _ in self.named_children())

    def __iter__(self) -> Iterator[Module]:
        return iter(list(self.children()))

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Any: ...
    def __getitem__(self, index: int | slice) -> Any:
        modules = list(self)
        if isinstance(index, slice):
            return self._of(modules[index])
        return modules[self._place(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        _expect_module(module, type(self).__name__)
        setattr(self, str(self._place(index)), module)

    def _place(self, index: int) -> int:
        count = len(self)
        if not -count <= index < count:
            raise IndexError(
                f"{type(self).__name__}: index {index} is out of range, it has {count} modules"
            )
        return index % count

    def _of(self, modules: list[Module]) -> Any:
        return type(self)(modules)


class Sequential(_Numbered):
    """Modules in a row: each gets what the one before returns.

    Args:
        modules: one after the other; or a single dictionary of them, whose keys are their names.

    Example:
        >>> from tinytorch.layers import Linear, ReLU
        >>> Sequential(Linear(2, 3), ReLU())
        Sequential(
          (0): Linear(in_features=2, out_features=3, bias=True)
          (1): ReLU()
        )
    """

    def __init__(self, *modules: Module | Mapping[str, Module]) -> None:
        first = modules[0] if len(modules) == 1 else None
        if not isinstance(first, Mapping):
            super().__init__(modules)  # type: ignore[arg-type]
            return
        super().__init__(())
        for name, module in first.items():
            _expect_module(module, "Sequential")
            setattr(self, name, module)

    def _of(self, modules: list[Module]) -> Sequential:
        return Sequential(*modules)

    def forward(self, input: Any) -> Any:
        """Through all modules, in order."""
        for module in self.children():
            input = module(input)
        return input
