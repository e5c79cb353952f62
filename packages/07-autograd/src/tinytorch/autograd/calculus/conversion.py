"""Derivatives of copies and of other types; the engine brings a gradient to its input's type."""

from __future__ import annotations

from tinytorch.autograd.rules import defvjp
from tinytorch.tensor import cast, clone

defvjp(cast, lambda g, _z, _x, **_: g)
defvjp(clone, lambda g, _z, _x, **_: g)
