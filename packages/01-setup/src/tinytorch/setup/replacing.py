"""Files that are whole or not there.

A file is written under another name beside its place, and takes the place in one step when all of
it is on the disk: whoever looks finds the old file or the new one, whatever happens in between.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file under another name, which takes its place when the block ends without error.

    The other name stands in the same folder, which is made if it is missing. The new file is on
    the disk before it takes the place. It keeps the permissions of the one that it replaces.

    Args:
        path: of the file.

    Yields:
        the path to write to: an empty file, which the block may replace too.

    Raises:
        OSError: if it cannot be written. After that, or any error in the block, the old file is as
            it was, and the other name is gone.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = tempfile.TemporaryDirectory()
        >>> with replacing(f"{folder.name}/note.txt") as temporary:
        ...     _ = temporary.write_text("whole")
        >>> [(file.name, file.read_text()) for file in Path(folder.name).iterdir()]
        [('note.txt', 'whole')]
        >>> folder.cleanup()
    """
    from pathlib import Path  # not needed by whoever writes nothing

    target = Path(os.path.realpath(path))  # where a link points to: links stay
    temporary = target.with_name(f".{target.name}.{os.urandom(8).hex()}.tmp")
    try:
        if target.exists() and not target.is_file():
            raise OSError("there is something else than a file")
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.open("xb").close()
        permissions = (target if target.exists() else temporary).stat().st_mode
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(stat.S_IMODE(permissions))
        temporary.replace(target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise _unwritten(path, error) from error
        raise
    _sync_folder(target.parent)


def _unwritten(path: str | os.PathLike[str], error: OSError) -> OSError:
    """The same kind of error, saying what it means for the file."""
    says = f"{os.fspath(path)} was not written: {error.strerror or error}"
    return OSError(says) if error.errno is None else OSError(error.errno, says)


def _sync_folder(folder: Path) -> None:
    """Bring a folder's new entry to the disk; some systems have no way to, and need none."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
