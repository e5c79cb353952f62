"""Texts to learn a language model from; the first 90 % of the characters are to train on."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib.resources import files as resources
from typing import ClassVar, overload

from tinytorch.dataloader.contents import Contents
from tinytorch.dataloader.dataset import Dataset
from tinytorch.dataloader.download import Downloaded
from tinytorch.dataloader.flag import check_flag


class Text(Dataset[str]):
    r"""A text: sample i is line i, without its newline.

    Args:
        text: the whole.

    Attributes:
        text: the whole, as it was given.

    Raises:
        TypeError: if it is not a string.

    Example:
        >>> text = Text("To be, or\nnot to be\n")
        >>> len(text), text[1], len(text.text)
        (2, 'not to be', 20)
    """

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError(
                f"{type(self).__name__}: text is of type {type(text).__name__}, expected a string"
            )
        self.text = text
        self._lines = text.removesuffix("\n").split("\n") if text else []

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        return self._lines[index]

    def __len__(self) -> int:
        return len(self._lines)


class TinyShakespeare(Downloaded, Text):
    """About 1.1 MB of Shakespeare's plays, in 65 different characters.

    The first 90 % of the characters are to train on, the last 10 % to test with: the split of
    nanoGPT, https://github.com/karpathy/nanoGPT. The plays are in the public domain; this
    selection is Andrej Karpathy's, https://github.com/karpathy/char-rnn (MIT), 2015.

    Args:
        train: whether to hold the first part or the last.
        root: the folder with the file; None means `tinyshakespeare` in
            `tinytorch.setup.data_home()`.
        download: whether to fetch what is not there.

    Attributes:
        text: the part's text.
        mirrors: the addresses below which the file is found; tried in order.

    Raises:
        TypeError: if `train` or `download` is not a bool, or `root` not a path.
        RuntimeError: if the file is missing or wrong, and could not be downloaded.

    Example:
        >>> TinyShakespeare().text[:14]  # doctest: +SKIP
        'First Citizen:'
        >>> TinyShakespeare.folder
        'tinyshakespeare'
    """

    folder: ClassVar[str] = "tinyshakespeare"
    mirrors: ClassVar[Sequence[str]] = (
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/",
    )
    contents: ClassVar[Mapping[str, Contents]] = {
        "input.txt": Contents(
            1_115_394, "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
        )
    }

    def __init__(
        self,
        train: bool = True,
        *,
        root: str | os.PathLike[str] | None = None,
        download: bool = True,
    ) -> None:
        check_flag(type(self).__name__, "train", train)
        files = self._files(root, download)
        self.train = train
        super().__init__(_part(files.read("input.txt").decode(), train))


class Austen(Text):
    """The first 15 chapters of Jane Austen's "Pride and Prejudice", 1813, inside the package.

    125,424 characters, 74 of them different: the first 90 % are to train on, the last 10 % to test
    with. The novel is in the public domain.

    Args:
        train: whether to hold the first part or the last.

    Attributes:
        text: the part's text.

    Raises:
        TypeError: if `train` is not a bool.

    Example:
        >>> Austen()[9]
        'It is a truth universally acknowledged, that a single man in possession'
    """

    def __init__(self, train: bool = True) -> None:
        check_flag(type(self).__name__, "train", train)
        self.train = train
        whole = resources("tinytorch.dataloader").joinpath("austen.txt").read_bytes().decode()
        super().__init__(_part(whole, train))


def _part(text: str, train: bool) -> str:
    split = int(0.9 * len(text))
    return text[:split] if train else text[split:]
