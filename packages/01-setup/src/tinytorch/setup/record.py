"""What a run found, beside what it takes to find it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinytorch.setup.hardware import machine, process_peak
from tinytorch.setup.progression import modules
from tinytorch.setup.replacing import replacing

if TYPE_CHECKING:
    from pathlib import Path


def record(path: str | Path, *, seed: Any, **results: Any) -> Path:
    """Write the results of a run as JSON, with its seed, commit, machine, memory and packages.

    The memory is the most that the process held so far, in bytes (see `process_peak`).

    Args:
        path: the file, replaced in one step; folders above it are made.
        seed: the seed, or the list of seeds, that the run was started with.
        results: anything that JSON can hold, by name.

    Returns:
        the path.

    Raises:
        TypeError: for a result that JSON cannot hold; nothing is written then.

    Example:
        >>> import json, tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = record(Path(folder, "results.json"), seed=0, accuracy=0.99)
        ...     json.loads(path.read_text())["results"]
        {'accuracy': 0.99}
    """
    import json
    from pathlib import Path

    text = json.dumps(
        {
            "results": results,
            "seed": seed,
            "commit": _commit(),
            "machine": str(machine()),
            "peak_memory": process_peak(),
            "packages": {module.distribution: module.version for module in modules()},
        },
        indent=2,
        ensure_ascii=False,
    )
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    return Path(path)


def _commit() -> str | None:
    """The commit of the working tree that the program was started in, marked if it is changed."""
    import subprocess

    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
