"""What a file must hold, once unpacked: reading it is checking it."""

from __future__ import annotations

import gzip
import zlib
from hashlib import sha256
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

_GZIP = b"\x1f\x8b"


class WrongContentsError(ValueError):
    """A file holds something else than it must; the message says what."""


class Contents(NamedTuple):
    """The bytes that a file must hold once it is unpacked, which may be packed in many ways.

    Attributes:
        size: how many they are.
        sha256: their SHA-256 in hexadecimal.
    """

    size: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.size:,} bytes unpacked with sha256 {self.sha256}"

    def of_path(self, path: Path) -> bytearray:
        """Read a file and return what it holds, unpacked if it is gzipped.

        A file whose name ends in `.gz` may also have been unpacked on its way: some servers and
        browsers do that.

        Raises:
            WrongContentsError: if it holds anything else.
            OSError: if it cannot be read.
        """
        with path.open("rb") as file:
            gzipped = path.suffix == ".gz" and file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            if not gzipped:
                return self.of_file(file)
            with gzip.open(file) as unpacked:
                return self.of_file(unpacked)

    def of_file(self, file: BufferedIOBase) -> bytearray:
        """Read an open file to its end, which must come after `size` bytes, and return those."""
        content = bytearray(self.size)
        try:
            got = _fill(content, file)
            rest = file.read(1)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise WrongContentsError(f"truncated or damaged ({error})") from error
        if got < self.size:
            raise WrongContentsError(f"it holds {got:,} bytes")
        if rest:
            raise WrongContentsError(f"it holds more than {self.size:,} bytes")
        if (digest := sha256(content).hexdigest()) != self.sha256:
            raise WrongContentsError(f"its sha256 is {digest}")
        return content


def _fill(content: bytearray, file: BufferedIOBase) -> int:
    """Read into a buffer until it is full or the file ends; return how many bytes came."""
    left = memoryview(content)
    while left and (count := file.readinto(left)):
        left = left[count:]
    return len(content) - len(left)
