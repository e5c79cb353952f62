"""Embedding: a table of vectors, one for each token, that is learned."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from typing import Any, Self

import numpy as np

from tinytorch.embeddings.lookup import take_rows
from tinytorch.embeddings.numbers import check_ids
from tinytorch.layers import Module, Parameter, init
from tinytorch.tensor import Tensor, empty, no_grad
from tinytorch.tensor.dims import integer, setting
from tinytorch.tensor.dtypes import DTypeLike
from tinytorch.tensor.from_data import check_device
from tinytorch.tensor.summation import working_type
from tinytorch.tensor.writes import writable, writes


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    r"""The row of a table for each token: $z_n = w_{i_n}$.

    It is the product of a one-hot matrix with the table, without the matrix. The gradient of a row
    is the sum of those of all places where its token stands.

    Args:
        input: $i$, token numbers, int64 or int32, of any shape.
        weight: $w$, (num_embeddings, embedding_dim).
        padding_idx: the token whose row gets no gradient; it may count from the end.
        max_norm: the greatest norm that a row may have. Those of the input's that are longer are
            scaled down to it, in the table itself, which is not recorded.
        norm_type: $p$ of the norm $(\sum_d |w_d|^p)^{1/p}$.
        scale_grad_by_freq: whether a row's gradient is divided by how often its token stands in the
            input; with `create_graph` that is done again in each further pass.
        sparse: must be False: gradients are tables.

    Returns:
        the input's shape, and embedding_dim behind it.

    Raises:
        TypeError: if the input is no tensor of int64 or int32, the weight no tensor, or a number
            none.
        ValueError: if the weight is no matrix, `padding_idx` out of range, or `sparse` set.
        IndexError: for a token that is not in the table. Nothing has been changed then.
        RuntimeError: if `max_norm` is given and the table cannot be written to.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> embedding(tensor([2, 0, 2]), tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))
        tensor([[4., 5.],
                [0., 1.],
                [4., 5.]])
    """
    if not isinstance(weight, Tensor):
        raise TypeError(
            f"embedding: weight is of type {type(weight).__name__}, expected a Tensor; make it one "
            "with tensor(...)"
        )
    if weight.ndim != 2:
        raise ValueError(
            f"embedding: weight has shape {weight.shape}, expected (num_embeddings, embedding_dim)"
        )
    padding_idx = _padding("embedding", padding_idx, weight.shape[0])
    _check_settings("embedding", max_norm, norm_type, sparse)
    check_ids("embedding", "input", input, weight.shape[0], "num_embeddings")
    if max_norm is not None:
        if weight.dtype.kind != "f":
            raise TypeError(
                f"embedding: weight has type {weight.dtype}, expected floating point for max_norm"
            )
        _renormalize(input.data, weight, max_norm, norm_type)
    return take_rows(
        input, weight, padding_idx=padding_idx, scale_grad_by_freq=bool(scale_grad_by_freq)
    )


class Embedding(Module):
    r"""`embedding` as a layer, whose table is learned.

    The table starts with numbers from $N(0, 1)$, as in PyTorch, and zeros in the row of
    `padding_idx`. A language model may use one table for its first and its last layer:
    `head.weight = embedding.weight` ties them, and both uses' gradients are added up.

    Args:
        num_embeddings: how many tokens there are.
        embedding_dim: the length of their vectors.
        padding_idx: the token whose row gets no gradient; it may count from the end.
        max_norm: the greatest norm that a row may have, see `embedding`.
        norm_type: $p$ of the norm.
        scale_grad_by_freq: whether a row's gradient is divided by how often its token stands in the
            input.
        sparse: must be False.
        _weight: the table, used itself and not drawn; see `from_pretrained`.
        _freeze: whether that one is not learned.
        device: `cpu`, or left out.
        dtype: of the table.

    Raises:
        TypeError: if a number is none, or `_weight` no Tensor.
        ValueError: if a size is below 0, `padding_idx` out of range, `sparse` set, or `_weight` of
            another shape.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> layer = Embedding(65, 16)
        >>> layer(tensor([[7, 1, 1], [0, 64, 3]])).shape
        (2, 3, 16)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        check_device("Embedding", device)
        _check_settings("Embedding", max_norm, norm_type, sparse)
        self.num_embeddings = integer("Embedding", "num_embeddings", num_embeddings, 0)
        self.embedding_dim = integer("Embedding", "embedding_dim", embedding_dim, 0)
        self.padding_idx = _padding("Embedding", padding_idx, num_embeddings)
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        size = num_embeddings, embedding_dim
        if _weight is None:
            self.weight = Parameter(empty(size, dtype=dtype), requires_grad=not _freeze)
            self.reset_parameters()
        else:
            if not isinstance(_weight, Tensor):
                raise TypeError(
                    f"Embedding: _weight is of type {type(_weight).__name__}, expected a Tensor; "
                    "make it one with tensor(...)"
                )
            if _weight.shape != size:
                raise ValueError(f"Embedding: _weight has shape {_weight.shape}, expected {size}")
            self.weight = Parameter(_weight, requires_grad=not _freeze)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """A layer with a table that is there already, whose memory it uses.

        Args:
            embeddings: (num_embeddings, embedding_dim).
            freeze: whether it is not learned.
            padding_idx: as of the class, and so are the others.
            max_norm: as there.
            norm_type: as there.
            scale_grad_by_freq: as there.
            sparse: as there.

        Raises:
            TypeError: if the table is no Tensor.
            ValueError: if it has not two dimensions, or as of the class.

        Example:
            >>> from tinytorch.tensor import eye, tensor
            >>> Embedding.from_pretrained(eye(3))(tensor([1]))
            tensor([[0., 1., 0.]])
        """
        if not isinstance(embeddings, Tensor):
            raise TypeError(
                f"Embedding.from_pretrained: embeddings is of type {type(embeddings).__name__}, "
                "expected a Tensor; make it one with tensor(...)"
            )
        if embeddings.ndim != 2:
            raise ValueError(
                f"Embedding.from_pretrained: embeddings has shape {embeddings.shape}, expected "
                "(num_embeddings, embedding_dim)"
            )
        rows, dim = embeddings.shape
        settings = padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse
        return cls(rows, dim, *settings, _weight=embeddings, _freeze=freeze)

    def reset_parameters(self) -> None:
        """Draw the table anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx] = 0

    def forward(self, input: Tensor) -> Tensor:
        """Token numbers of any shape, (…), to vectors, (…, embedding_dim)."""
        limits = self.max_norm, self.norm_type
        return embedding(input, self.weight, self.padding_idx, *limits, self.scale_grad_by_freq)

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        said = [f"{self.num_embeddings}, {self.embedding_dim}"]
        for name, usual in (
            ("padding_idx", None),
            ("max_norm", None),
            ("norm_type", 2),
            ("scale_grad_by_freq", False),
        ):
            value = getattr(self, name)
            if value != usual:
                said.append(f"{name}={value}")
        return ", ".join(said)


def _padding(name: str, padding_idx: Any, rows: int) -> int | None:
    """`padding_idx` counted from the front."""
    if padding_idx is None:
        return None
    number = integer(name, "padding_idx", padding_idx)
    if not -rows <= number < rows:
        raise ValueError(
            f"{name}: padding_idx is {number}, expected {-rows} to {rows - 1} "
            f"(num_embeddings is {rows})"
        )
    return number % rows


def _check_settings(name: str, max_norm: Any, norm_type: Any, sparse: Any) -> None:
    if max_norm is not None and not setting(name, "max_norm", max_norm) >= 0:
        raise ValueError(f"{name}: max_norm is {max_norm}, expected 0 or more, or None")
    setting(name, "norm_type", norm_type)
    if sparse:
        raise ValueError(f"{name}: sparse is {sparse}, expected False: gradients are tables")


def _renormalize(ids: np.ndarray, weight: Tensor, max_norm: float, norm_type: float) -> None:
    """Scale the rows that are read down to the greatest norm, in place, as PyTorch does."""
    table = writable(weight.detach(), "embedding")
    used = np.unique(ids)
    rows = table[used].astype(working_type(table.dtype), copy=False)
    with np.errstate(all="ignore"):
        norms = np.linalg.norm(rows, norm_type, 1)
        long = norms > max_norm
        if long.any():
            table[used[long]] = rows[long] * (max_norm / (norms[long, None] + 1e-7))
            writes.note(table)
