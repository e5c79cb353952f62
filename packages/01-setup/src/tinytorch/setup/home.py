"""Where data sets and other downloads are kept."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def data_home() -> Path:
    """Return the folder for downloaded data; it is not created here.

    It is `$TINYTORCH_HOME` where that is set, else the folder `tinytorch` in the platform's
    cache: `$XDG_CACHE_HOME` or `~/.cache`; `~/Library/Caches` on macOS; `%LOCALAPPDATA%` on
    Windows.

    Example:
        >>> data_home().is_absolute()
        True
    """
    from pathlib import Path

    if chosen := os.environ.get("TINYTORCH_HOME"):
        return Path(chosen).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "tinytorch"
    # The XDG specification says that a relative path counts as none.
    cache = Path(os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", ""))
    if not cache.is_absolute():
        cache = Path.home() / ("AppData/Local" if os.name == "nt" else ".cache")
    return cache / "tinytorch"
