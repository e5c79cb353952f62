"""Three tiers of the same kernels, and `accelerate`, which chooses one of them.

- `naive`: loops over numbers in Python, as one would first write them down;
- `vectorized`: what the modules ship, NumPy's loops over whole arrays;
- `fast`: blocks that stay in the cache, several threads, and memory that is used again.

A tier is a table of implementations (seam 3 of `tinytorch.tensor`); a primitive that is not in it
keeps the one that it was defined with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, get_args

from tinytorch.acceleration.memory import keep_memory
from tinytorch.acceleration.threads import workers
from tinytorch.tensor import Implementation, Primitive
from tinytorch.tensor.dims import integer

Tier = Literal["naive", "vectorized", "fast"]

_tables: dict[str, dict[Primitive, Implementation]] = {tier: {} for tier in get_args(Tier)}


def implementation(
    tier: Tier, primitive: Primitive
) -> Callable[[Callable[..., Any]], Implementation]:
    """Make a kernel the implementation of a primitive in a tier.

    It takes what the primitive's own kernel takes, and returns the same; where that saves something
    for its rule, the implementation needs a rule too (`tinytorch.autograd.defvjp`).

    Args:
        tier: of which the kernel is.
        primitive: what it computes.

    Returns:
        a decorator, which makes an `Implementation` of the kernel.
    """

    def enter(kernel: Callable[..., Any]) -> Implementation:
        found = _tables[tier][primitive] = Implementation(primitive, kernel)
        return found

    return enter


def implementations(tier: Tier) -> Mapping[Primitive, Implementation]:
    """The implementations that a tier has of its own.

    Args:
        tier: `naive`, `vectorized` (which has none: it is what every primitive was defined with) or
            `fast`.

    Returns:
        a table that cannot be written into.

    Raises:
        ValueError: for another name.

    Example:
        >>> from tinytorch.tensor import matmul
        >>> matmul in implementations("fast")
        True
    """
    return MappingProxyType(_tables[_checked("implementations", tier)])


class accelerate:  # noqa: N801  (a function to its users, as torch.no_grad is)
    """Compute with the kernels of a tier: from now on, or for a `with` block.

        accelerate()               # from now on

        with accelerate("naive"):  # as long as the block lasts; then as before
            ...

    It holds for the whole process. Graphs that are recorded meanwhile keep the rules of the kernels
    that ran, so their backward passes may come later. Results differ from the usual ones by
    rounding: sums are taken in another order.

    With the fast tier memory that is freed stays with the process from then on, where the C library
    is glibc (see `keep_memory`). Handing it back and fetching it anew would cost up to a third of a
    step.

    What the fast tier's convolutions return lies in memory with the channels last, as PyTorch's
    `channels_last` format does; shapes are the same, and only `view` can tell: use `flatten` or
    `reshape`.

    Args:
        tier: `fast`, `vectorized` (the usual one) or `naive`.
        threads: how many share the work of the fast tier: by default as many as BLAS was using,
            which is one for each core unless the user's environment says otherwise. BLAS is held to
            one thread meanwhile.

    Raises:
        RuntimeError: inside a part of `parallel_step`.
        TypeError: if threads is no integer.
        ValueError: for another tier, for less than one thread, or for threads of another tier than
            `fast`.

    Example:
        >>> from tinytorch.spatial import Conv2d
        >>> from tinytorch.tensor import ones
        >>> layer = Conv2d(3, 8, kernel_size=3)
        >>> with accelerate():
        ...     layer(ones(16, 3, 32, 32)).shape
        (16, 8, 30, 30)
    """

    def __init__(self, tier: Tier = "fast", *, threads: int | None = None) -> None:
        _checked("accelerate", tier)
        if workers.alone:
            raise RuntimeError(
                "accelerate: called inside a part of parallel_step, expected outside of it"
            )
        if threads is not None:
            threads = integer("accelerate", "threads", threads, least=1)
            if tier != "fast":
                raise ValueError(f"accelerate: threads is {threads}, and only tier 'fast' has any")
        replaced = {primitive for table in _tables.values() for primitive in table}
        self._before = {primitive: primitive.implementation for primitive in replaced}
        self._threads = workers.count if workers.started else None
        if tier == "fast":
            keep_memory()
            workers.start(threads)
        else:
            workers.stop()
        for primitive in replaced:
            primitive.implementation = _tables[tier].get(primitive, primitive.default)

    def __enter__(self) -> accelerate:
        return self

    def __exit__(self, *_: object) -> None:
        for primitive, before in self._before.items():
            primitive.implementation = before
        if self._threads is None:
            workers.stop()
        else:
            workers.start(self._threads)


def _checked(function: str, tier: Tier) -> Tier:
    if not isinstance(tier, str) or tier not in _tables:
        raise ValueError(
            f"{function}: tier is {tier!r:.60}, expected {', '.join(map(repr, _tables))}"
        )
    return tier
