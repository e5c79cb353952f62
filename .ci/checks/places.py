"""The repository knows no machine but the reader's."""

import re
from collections.abc import Iterator
from pathlib import Path

# A path that begins in somebody's home, or in a folder that exists on one machine only.
PRIVATE = re.compile(r"(?<![\w.}/])/(?:home|root|Users|tmp|work|mnt)/[\w.-]+|\b[A-Z]:\\\\?Users\\")
LEFT_BEHIND = {"runs", "dist", "__pycache__"}


def no_machine_paths(root: Path) -> Iterator[str]:
    """No file mentions a path of one machine."""
    for path in _files(root):
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # data
        for number, line in enumerate(text.splitlines(), 1):
            if found := PRIVATE.search(line):
                yield f"{path.relative_to(root)}:{number}: names {found[0]}"


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") and path.name != ".ci"
        if path.is_dir() and not hidden and path.name not in LEFT_BEHIND:
            yield from _files(path)
        elif path.is_file() and not hidden:
            yield path
