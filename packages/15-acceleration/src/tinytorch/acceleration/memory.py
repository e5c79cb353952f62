"""Freed memory that stays with the process.

The result of a large operation is fresh memory, and freeing it hands it back to the kernel, which
has to map and zero it anew, page by page, for the next step's result: a third of a convolutional
network's time. glibc keeps what is freed if it is told to (mallopt(3)).
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
