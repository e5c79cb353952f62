"""Files of public data sets: found in place, or fetched; never used before they were checked."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import tarfile
import time
import warnings
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BufferedIOBase, BufferedWriter, FileIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, cast

from tinytorch.dataloader.contents import Contents, WrongContentsError
from tinytorch.dataloader.flag import check_flag
from tinytorch.setup import data_home

_PREFIX = ".download-"  # of the folders in which a file lies until it was checked
_DAY = 24 * 60 * 60  # seconds
_SLACK = 1 << 20  # bytes that a download may have more than its files: a gzip's and a tar's headers


class Downloaded:
    """What data sets have in common whose files come from the internet.

    Attributes:
        folder: where the files lie below `data_home()`.
        contents: what each file must hold.
        mirrors: addresses that end in `/`, below which the files are found; tried in order.
        archive: the `.tar.gz` below each mirror that holds all the files, where they are not
            offered one by one.
        timeout: how many seconds a mirror may be silent before the next one is tried.
    """

    folder: ClassVar[str]
    contents: ClassVar[Mapping[str, Contents]]
    mirrors: ClassVar[Sequence[str]]
    archive: ClassVar[str | None] = None
    timeout: ClassVar[float] = 30.0

    @classmethod
    def _files(cls, root: str | os.PathLike[str] | None, download: bool) -> Files:
        """Check the arguments that say where the files are, and return the files."""
        if root is not None and not isinstance(root, str | os.PathLike):
            raise TypeError(
                f"{cls.__name__}: root is {root!r}, expected the path of a folder, "
                f"or None for {cls.folder} in data_home()"
            )
        check_flag(cls.__name__, "download", download)
        return Files(cls, data_home() / cls.folder if root is None else Path(root), download)


class _MirrorError(Exception):
    """A mirror did not give what was asked for; the message says what happened."""


@dataclass(frozen=True)
class Files:
    """The files of a data set in one folder.

    Attributes:
        source: what they hold, and where they come from.
        folder: where they lie, or will.
        download: whether to fetch a file that is not there.
    """

    source: type[Downloaded]
    folder: Path
    download: bool

    def read(self, name: str) -> bytearray:
        """Return what a file holds, unpacked, after fetching it if need be.

        A file that is there and wrong becomes `NAME.corrupt` before anything is fetched, with a
        warning. What is fetched has another name until it was checked.

        Raises:
            RuntimeError: if the file is not there, or wrong, and cannot be fetched.
        """
        content = self._find(name)
        if content is not None:
            return content
        if not self.download:
            path = self.folder / name
            raise RuntimeError(
                f"{self._owner}: {path} is missing and download is False, "
                "expected the file there: pass download=True, or another root"
            )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._clear_away()
            with TemporaryDirectory(dir=self.folder, prefix=_PREFIX) as temporary:
                return self._fetch(name, Path(temporary))
        except OSError as error:
            raise RuntimeError(
                f"{self._owner}: {name} cannot be written ({error}), expected to download it to "
                f"{self.folder}: choose another folder by root, or all by TINYTORCH_HOME"
            ) from error

    @property
    def _owner(self) -> str:
        return self.source.__name__

    def _find(self, name: str) -> bytearray | None:
        """Return what a file in place holds; None if there is none, or none any more."""
        path = self.folder / name
        try:
            while True:
                version = _version(path)
                try:
                    return self.source.contents[name].of_path(path)
                except WrongContentsError as error:
                    if _version(path) == version:  # no other process has put a better one there
                        self._set_aside(path, error)
                        return None
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _set_aside(self, path: Path, error: WrongContentsError) -> None:
        expected = self.source.contents[path.name]
        wrong = f"{self._owner}: {path} is wrong: {error}, expected {expected}"
        aside = path.with_name(f"{path.name}.corrupt")
        try:
            os.replace(path, aside)
        except FileNotFoundError:
            return  # another process has set it aside
        except OSError as reason:
            raise RuntimeError(f"{wrong}; it cannot be renamed: {reason}") from error
        wrong = f"{wrong}; it is {aside.name} now"
        if not self.download:
            raise RuntimeError(f"{wrong}, and download is False: pass download=True") from error
        warnings.warn(f"{wrong}, and is downloaded again", stacklevel=5)

    def _clear_away(self) -> None:
        """Remove what downloads have left that were killed: nobody has written to it for a day."""
        for folder in self.folder.glob(f"{_PREFIX}*"):
            with contextlib.suppress(OSError):  # another process was first
                written = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
                if time.time() - written > _DAY:
                    shutil.rmtree(folder, ignore_errors=True)

    def _fetch(self, name: str, temporary: Path) -> bytearray:
        """Get a file from the first mirror that has it, and with an archive all that are missing.

        Returns what the file holds. The temporary folder is on the same file system, so that each
        comes into place at once.
        """
        asked, wanted = name, [name]
        if self.source.archive is not None:
            asked = self.source.archive
            others = [each for each in self.source.contents if each != name]
            wanted += [each for each in others if self._find(each) is None]
        failures = []
        for mirror in self.source.mirrors:
            try:
                self._get(f"{mirror}{asked}", temporary / asked)
                content = self._checked(temporary / asked, wanted)
                for each in wanted:
                    os.replace(temporary / each, self.folder / each)
                return content
            except _MirrorError as error:
                failures.append(f"  {mirror}{asked}: {error}")
        by_hand = f"put {name} at" if asked == name else f"unpack {asked} so that {name} is"
        raise RuntimeError(
            "\n".join([f"{self._owner}: {name} could not be downloaded:", *failures])
            + f"\nexpected {self.source.contents[name]}: {by_hand} {self.folder / name} by hand"
        )

    def _get(self, url: str, path: Path) -> None:
        """Download to a path."""
        from pooch import HTTPDownloader
        from requests import RequestException

        held = self.source.contents
        names = [path.name] if path.name in held else list(held)  # all are in the archive
        most = sum(held[name].size for name in names) + _SLACK
        get = HTTPDownloader(timeout=self.source.timeout, chunk_size=1 << 16)
        try:
            with _Bounded(path, most) as file:
                get(url, file, None)
        except (RequestException, ValueError) as error:  # ValueError: a header is nonsense
            raise _MirrorError(self._reason(error)) from error

    def _reason(self, error: Exception) -> str:
        """Say in a few words why a download failed."""
        from requests import exceptions

        if isinstance(error, exceptions.HTTPError):
            return str(error).partition(" for url")[0]  # 404 Client Error: Not Found
        if isinstance(error, exceptions.ChunkedEncodingError):
            return "truncated: it ended too early"
        if isinstance(error, exceptions.Timeout) or "timed out" in str(error):
            return f"stalled: silent for {self.source.timeout:g} s"
        return f"{type(error).__name__}: {error}"

    def _checked(self, path: Path, wanted: Sequence[str]) -> bytearray:
        """Check what was downloaded; with an archive, unpack the wanted files beside it.

        Returns what the first of them holds.
        """
        try:
            if self.source.archive is None:
                return self.source.contents[path.name].of_path(path)
            return self._unpacked(path, wanted)
        except WrongContentsError as error:
            raise _MirrorError(f"wrong bytes: {error}") from error

    def _unpacked(self, archive: Path, wanted: Sequence[str]) -> bytearray:
        """Write an archive's files beside it, under our names whatever paths are in it."""
        left, first = set(wanted), bytearray()
        try:
            with tarfile.open(archive, "r:gz") as members:
                for member in members:
                    name = PurePosixPath(member.name).name
                    if name in left and member.isfile():
                        file = cast(BufferedIOBase, members.extractfile(member))
                        content = self.source.contents[name].of_file(file)
                        archive.with_name(name).write_bytes(content)
                        left.remove(name)
                        if name == wanted[0]:
                            first = content
        except WrongContentsError as error:
            raise WrongContentsError(f"in {name} {error}") from error
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise WrongContentsError(f"truncated or damaged ({error})") from error
        if left:
            raise WrongContentsError(f"there is no {' and no '.join(sorted(left))} in it")
        return first


class _Bounded(BufferedWriter):
    """A file that takes so many bytes and no more: what a mirror sends may have no end."""

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(FileIO(path, "wb"))
        self.most = most

    def write(self, chunk: Any) -> int:
        if self.tell() + len(chunk) > self.most:
            raise _MirrorError(f"too long: it did not end after {self.most:,} bytes")
        return super().write(chunk)


def _version(path: Path) -> tuple[int, ...]:
    """Numbers that change when another file is put in the place of this one."""
    there = path.stat()
    return there.st_dev, there.st_ino, there.st_size, there.st_mtime_ns
