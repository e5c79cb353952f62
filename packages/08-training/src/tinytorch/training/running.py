"""What has been seen of an epoch: the mean loss and the metrics so far, and the time it took."""

from __future__ import annotations

import time
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from tinytorch.tensor import no_grad
from tinytorch.training.metric import Metric


class Running:
    """Sums over the batches of an epoch.

    Args:
        metrics: which are copied, and start anew.
    """

    def __init__(self, metrics: Mapping[str, Metric]) -> None:
        self.metrics = {name: deepcopy(metric) for name, metric in metrics.items()}
        for metric in self.metrics.values():
            metric.reset()
        self.loss = 0.0  # of all items together
        self.items = 0.0
        self._before = 0.0, 0.0  # both, when `loss_since` was asked last
        self._start = time.perf_counter()

    def add(self, loss: float, items: float, outputs: Any, targets: Any) -> None:
        """Count a batch with this mean loss over so many items."""
        self.loss += loss * items
        self.items += items
        with no_grad():
            for metric in self.metrics.values():
                metric.update(outputs, targets)

    def loss_since(self) -> float:
        """The mean loss of what was added since this was asked last."""
        loss, items = self.loss - self._before[0], self.items - self._before[1]
        self._before = self.loss, self.items
        return loss / items

    def values(self, where: str) -> dict[str, Any]:
        """The mean loss, and each metric by its name.

        Raises:
            ValueError: if there was no item.
        """
        if self.items == 0:
            raise ValueError(f"{where}: the batches held no item, expected at least one")
        found = {name: metric.compute() for name, metric in self.metrics.items()}
        return {"loss": self.loss / self.items, **found}

    def seconds(self) -> float:
        """The time since the epoch began, in a run that was resumed without the break."""
        return time.perf_counter() - self._start

    def state_dict(self) -> dict[str, Any]:
        """The sums, as they are after an update."""
        return {
            "loss": self.loss,
            "items": self.items,
            "seconds": self.seconds(),
            "metrics": {name: metric.state_dict() for name, metric in self.metrics.items()},
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on with the sums of another run; metrics that it did not have start anew."""
        self.loss, self.items = float(state_dict["loss"]), float(state_dict["items"])
        self._before = self.loss, self.items
        self._start = time.perf_counter() - state_dict["seconds"]
        for name, state in state_dict["metrics"].items():
            if name in self.metrics:
                self.metrics[name].load_state_dict(state)
