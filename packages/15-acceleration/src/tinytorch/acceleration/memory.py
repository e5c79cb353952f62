"""Freed memory that stays with the process.

When a training step ends, much of what it computed is freed at once. glibc hands what lies free at
the end of its memory back to the system, which has to map and zero it anew, page by page, for the
next step: up to a third of a convolutional network's time. glibc keeps it if it is told to
(mallopt(3)). An array above 32 MiB has a map of its own in any case, which goes when it goes.
"""

from __future__ import annotations

import ctypes

# Of <malloc.h>, and what they are set to.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
KEPT = 2**31 - 1  # bytes that may lie free before any are handed back: an int's most
MAPPED = 2**25  # the size from which an array is mapped by itself: the most that glibc takes


def keep_memory() -> bool:
    """Ask the C library to keep freed memory; there is no way to ask it for its old ways.

    Returns:
        whether it will: glibc does, others have other ways.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # macOS, musl, Windows
        return False
    return bool(mallopt(TRIM_THRESHOLD, KEPT) and mallopt(MMAP_THRESHOLD, MAPPED))
