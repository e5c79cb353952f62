"""The losses as layers: the settings are given once, the tensors at each call."""

from __future__ import annotations

from typing import Any

from tinytorch.layers import Module
from tinytorch.losses import binary, classes, distances, regression
from tinytorch.losses.distances import KLReduction
from tinytorch.losses.reduction import Reduction
from tinytorch.tensor import Tensor


class _Loss(Module):
    """A loss with settings, which are its attributes.

    Weights are buffers: they go with the model's type, and into its state if there are any.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self._names = tuple(settings)
        for name, value in settings.items():
            if name in ("weight", "pos_weight"):
                self.register_buffer(name, value)
            else:
                setattr(self, name, value)

    def settings(self) -> dict[str, Any]:
        """The settings, by name, as the function takes them."""
        return {name: getattr(self, name) for name in self._names}

    def extra_repr(self) -> str:
        """The settings, of weights only the shape."""
        return ", ".join(
            f"{name}={tuple(value.shape) if isinstance(value, Tensor) else repr(value)}"
            for name, value in self.settings().items()
            if value is not None
        )


class MSELoss(_Loss):
    """`mse_loss` as a layer.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> MSELoss()(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(2.)
    """

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Two tensors of one shape to a number."""
        return regression.mse_loss(input, target, **self.settings())


class L1Loss(_Loss):
    """`l1_loss` as a layer.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> L1Loss(reduction="sum")(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(2.)
    """

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Two tensors of one shape to a number."""
        return regression.l1_loss(input, target, **self.settings())


class HuberLoss(_Loss):
    """`huber_loss` as a layer.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> HuberLoss(delta=2.0)(tensor([10.0]), tensor([0.0]))
        tensor(18.)
    """

    def __init__(self, reduction: Reduction = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction, delta=delta)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Two tensors of one shape to a number."""
        return regression.huber_loss(input, target, **self.settings())


class SmoothL1Loss(_Loss):
    """`smooth_l1_loss` as a layer.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> SmoothL1Loss(beta=2.0)(tensor([1.0]), tensor([0.0]))
        tensor(0.2500)
    """

    def __init__(self, *, reduction: Reduction = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction=reduction, beta=beta)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Two tensors of one shape to a number."""
        return regression.smooth_l1_loss(input, target, **self.settings())


class NLLLoss(_Loss):
    """`nll_loss` as a layer.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> NLLLoss()(tensor([[-0.5, -1.0], [-2.0, -0.1]]), tensor([0, 1]))
        tensor(0.3000)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        *,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(weight=weight, ignore_index=ignore_index, reduction=reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Log-probabilities (N, C, …) and classes (N, …) to a number."""
        return classes.nll_loss(input, target, **self.settings())


class CrossEntropyLoss(_Loss):
    """`cross_entropy` as a layer.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> CrossEntropyLoss()(tensor([[2.0, 0.0]]), tensor([0]))
        tensor(0.1269)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        *,
        ignore_index: int = -100,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(
            weight=weight,
            ignore_index=ignore_index,
            reduction=reduction,
            label_smoothing=label_smoothing,
        )

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Logits (N, C, …) and classes (N, …), or probabilities (N, C, …), to a number."""
        return classes.cross_entropy(input, target, **self.settings())


class BCELoss(_Loss):
    """`binary_cross_entropy` as a layer.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> BCELoss()(tensor([0.9, 0.2]), tensor([1.0, 0.0]))
        tensor(0.1643)
    """

    def __init__(self, weight: Tensor | None = None, *, reduction: Reduction = "mean") -> None:
        super().__init__(weight=weight, reduction=reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Probabilities and targets of one shape to a number."""
        return binary.binary_cross_entropy(input, target, **self.settings())


class BCEWithLogitsLoss(_Loss):
    """`binary_cross_entropy_with_logits` as a layer.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> BCEWithLogitsLoss(pos_weight=tensor(2.0))(tensor([0.0]), tensor([1.0]))
        tensor(1.3863)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        *,
        reduction: Reduction = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight=weight, reduction=reduction, pos_weight=pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Logits and targets of one shape to a number."""
        return binary.binary_cross_entropy_with_logits(input, target, **self.settings())


class KLDivLoss(_Loss):
    """`kl_div` as a layer.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> p, q = tensor([[0.5, 0.5]]), tensor([[0.25, 0.75]])
        >>> KLDivLoss(reduction="batchmean")(q.log(), p)
        tensor(0.1438)
    """

    def __init__(self, *, reduction: KLReduction = "mean", log_target: bool = False) -> None:
        super().__init__(reduction=reduction, log_target=log_target)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Log-probabilities and probabilities of one shape to a number."""
        return distances.kl_div(input, target, **self.settings())


class HingeEmbeddingLoss(_Loss):
    """`hinge_embedding_loss` as a layer.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> HingeEmbeddingLoss()(tensor([0.3, 0.4]), tensor([1, -1]))
        tensor(0.4500)
    """

    def __init__(self, margin: float = 1.0, *, reduction: Reduction = "mean") -> None:
        super().__init__(margin=margin, reduction=reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Distances and targets of one shape to a number."""
        return distances.hinge_embedding_loss(input, target, **self.settings())


class CosineEmbeddingLoss(_Loss):
    """`cosine_embedding_loss` as a layer.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> a, b = tensor([[1.0, 0.0]]), tensor([[1.0, 1.0]])
        >>> CosineEmbeddingLoss()(a, b, tensor([1]))
        tensor(0.2929)
    """

    def __init__(self, margin: float = 0.0, *, reduction: Reduction = "mean") -> None:
        super().__init__(margin=margin, reduction=reduction)

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """Vectors (N, D), twice, and targets (N,) to a number."""
        return distances.cosine_embedding_loss(input1, input2, target, **self.settings())


class TripletMarginLoss(_Loss):
    """`triplet_margin_loss` as a layer.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> a, p, n = tensor([[0.0, 0.0]]), tensor([[0.0, 1.0]]), tensor([[1.5, 0.0]])
        >>> TripletMarginLoss()(a, p, n)
        tensor(0.5000)
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        *,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(margin=margin, p=p, eps=eps, swap=swap, reduction=reduction)

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Vectors (N, D), three times, to a number."""
        return distances.triplet_margin_loss(anchor, positive, negative, **self.settings())
