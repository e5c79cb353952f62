"""An argument that is True or False, and nothing that merely counts as one of them."""

from __future__ import annotations

from typing import Any


def check_flag(owner: str, name: str, flag: Any) -> None:
    """Raise a TypeError that names the argument if it is not a bool."""
    if not isinstance(flag, bool):
        raise TypeError(f"{owner}: {name} is {flag!r:.60}, expected True or False")
