"""Modules that hold modules: in a row, in a list, in a dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, overload

from tinytorch.layers.module import Module
from tinytorch.tensor.dims import integer


class _Numbered(Module):
    """Modules under the names 0, 1, 2 and so on."""

    def __init__(self, modules: Iterable[Module]) -> None:
        super().__init__()
        for module in modules:
            self.append(module)

    def append(self, module: Module) -> Self:
        """Put a module at the end; returns the container."""
        _expect_module(module, type(self).__name__)
        name = str(len(self))
        self._check_name(type(self).__name__, name, replaced=False)
        setattr(self, name, module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Put modules at the end; returns the container."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Put a module before that at an index; the others are numbered anew.

        Returns:
            the container.
        """
        _expect_module(module, type(self).__name__)
        modules = list(self)
        if index != len(modules):
            self._name(index)  # or IndexError
        modules.insert(index, module)
        self._number(modules)
        return self

    def pop(self, index: int) -> Module:
        """Take a module out, and return it; the others are numbered anew."""
        module = self[index]
        del self[index]
        return module

    def __len__(self) -> int:
        return sum(1 for _ in self.named_children())

    def __iter__(self) -> Iterator[Module]:
        return iter(list(self.children()))

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return getattr(self, self._name(index))

    def __setitem__(self, index: int, module: Module) -> None:
        _expect_module(module, type(self).__name__)
        setattr(self, self._name(index), module)

    def __delitem__(self, index: int | slice) -> None:
        modules = list(self)
        if not isinstance(index, slice):
            self._name(index)  # or IndexError
        del modules[index]
        self._number(modules)

    def _number(self, modules: Iterable[Module]) -> None:
        for name, _ in list(self.named_children()):
            delattr(self, name)
        self.extend(modules)

    def _name(self, index: int) -> str:
        index = integer(type(self).__name__, "index", index)
        names = [name for name, _ in self.named_children()]
        if not -len(names) <= index < len(names):
            raise IndexError(
                f"{type(self).__name__}: index {index} is out of range, it has {len(names)} modules"
            )
        return names[index]


class ModuleList(_Numbered):
    """A list of modules whose parameters are found; it computes nothing itself.

    Args:
        modules: the first ones.

    Example:
        >>> from tinytorch.layers import Linear
        >>> [name for name, _ in ModuleList([Linear(1, 1, bias=False)] * 2).named_parameters()]
        ['0.weight']
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__(modules)


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
        named = first if isinstance(first, Mapping) else None
        super().__init__(() if named is not None else modules)  # type: ignore[arg-type]
        for name, module in (named or {}).items():
            _expect_module(module, "Sequential")
            self._check_name("Sequential", name, replaced=False)
            setattr(self, name, module)

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return Sequential(dict(list(self.named_children())[index]))
        return super().__getitem__(index)

    def forward(self, input: Any) -> Any:
        """Through all modules, in order."""
        for module in self.children():
            input = module(input)
        return input


class ModuleDict(Module):
    """A dictionary of modules whose parameters are found; it computes nothing itself.

    Args:
        modules: the first ones.

    Example:
        >>> from tinytorch.layers import Linear
        >>> heads = ModuleDict({"left": Linear(4, 1), "right": Linear(4, 1)})
        >>> list(heads.keys())
        ['left', 'right']
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        self.update(modules or {})

    def update(self, modules: Mapping[str, Module]) -> None:
        """Add modules, or put them in the place of those with the same keys."""
        for key, module in modules.items():
            self[key] = module

    def __setitem__(self, key: str, module: Module) -> None:
        _expect_module(module, "ModuleDict")
        self._check_name("ModuleDict", key, replaced=key in self)
        setattr(self, key, module)

    def __getitem__(self, key: str) -> Module:
        modules = dict(self.named_children())
        if key not in modules:
            known = ", ".join(modules) or "none"
            raise KeyError(f"ModuleDict: has no module {key!r}; it has {known}")
        return modules[key]

    def __delitem__(self, key: str) -> None:
        self[key]  # KeyError for what is no module
        delattr(self, key)

    def pop(self, key: str) -> Module:
        """Take a module out, and return it."""
        module = self[key]
        del self[key]
        return module

    def clear(self) -> None:
        """Take all modules out."""
        for key in self:
            del self[key]

    def __contains__(self, key: object) -> bool:
        return any(key == name for name, _ in self.named_children())

    def __len__(self) -> int:
        return sum(1 for _ in self.named_children())

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self.named_children()])

    def keys(self) -> Iterator[str]:
        """The keys, in the order they were added."""
        return iter(self)

    def values(self) -> Iterator[Module]:
        """The modules."""
        return iter(list(self.children()))

    def items(self) -> Iterator[tuple[str, Module]]:
        """Keys and modules."""
        return iter(list(self.named_children()))


def _expect_module(module: Any, container: str) -> None:
    if not isinstance(module, Module):
        raise TypeError(f"{container}: got {type(module).__name__}, expected a Module")
