"""find_lr: what it measures, and that nothing is changed by it."""

import copy
import math
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from tinytorch.layers import Dropout, Linear, ReLU, Sequential
from tinytorch.losses import CrossEntropyLoss, cross_entropy, mse_loss
from tinytorch.optim import SGD, AdamW, CosineAnnealingLR, OneCycleLR, ReduceLROnPlateau
from tinytorch.setup import generator, get_rng_state, manual_seed
from tinytorch.tensor import tensor
from tinytorch.training import Accuracy, Callback, LRFinding, Trainer, find_lr


class Shuffled:
    """A loader that shuffles anew in each epoch and knows where it is, as a DataLoader does."""

    def __init__(self, batches):
        self.batches, self.order, self.place = batches, [], 0

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        if self.place == len(self.order):
            self.order, self.place = generator().permutation(len(self.batches)).tolist(), 0
        for number in self.order[self.place :]:
            self.place += 1
            yield self.batches[number]

    def state_dict(self):
        return {"order": list(self.order), "place": self.place}

    def load_state_dict(self, state):
        self.order, self.place = list(state["order"]), state["place"]


def blobs(batches=7, size=16):
    """Points around three corners, and which of them."""
    numbers = np.random.default_rng(0)
    corners = np.array([[0, 0], [2, 0], [0, 2]], np.float32)
    labels = numbers.integers(3, size=(batches, size))
    points = corners[labels] + numbers.normal(0, 0.5, (batches, size, 2)).astype(np.float32)
    return [(tensor(x), tensor(y)) for x, y in zip(points, labels, strict=True)]


def make_trainer(optimizer=None, scheduler=None, kind=Trainer, **settings):
    manual_seed(0)
    model = Sequential(Linear(2, 16), ReLU(), Dropout(0.1), Linear(16, 3))
    make = optimizer or (lambda parameters: SGD(parameters, lr=0.1, momentum=0.9))
    optimizer = make(model.parameters())
    return kind(
        model,
        optimizer,
        CrossEntropyLoss(),
        scheduler=scheduler and scheduler(optimizer),
        progress=False,
        **settings,
    )


def everything(trainer, loader):
    """All that must be as before, on memory of its own."""
    return copy.deepcopy(
        {
            "state": trainer.state_dict(),
            "loader": loader.state_dict() if hasattr(loader, "state_dict") else None,
            "groups": [{**group, "params": None} for group in trainer.optimizer.param_groups],
            "random": get_rng_state(),
            "modes": [module.training for module in trainer.model.modules()],
            "gradients": [
                None if parameter.grad is None else parameter.grad.data
                for parameter in trainer.model.parameters()
            ],
        }
    )


def without_time(value):
    """For comparison: arrays as bytes, and no seconds."""
    if isinstance(value, dict):
        return {key: without_time(part) for key, part in value.items() if key != "seconds"}
    if isinstance(value, list | tuple):
        return [without_time(part) for part in value]
    if hasattr(value, "data") and hasattr(value, "shape"):
        array = np.asarray(value.data)
        return array.shape, str(array.dtype), array.tobytes()
    return value


# --- what is measured


def test_the_rates_grow_by_one_factor_and_the_losses_are_those_of_training():
    trainer, data = make_trainer(), blobs()
    finding = find_lr(trainer, data, min_lr=1e-4, max_lr=1e-2, steps=21)
    assert isinstance(finding, LRFinding)
    assert finding.rates == pytest.approx([1e-4 * 10 ** (i / 10) for i in range(21)])
    assert (finding.rates[0], finding.rates[-1]) == (1e-4, 1e-2)

    class Rates(Callback):  # the same written out
        def on_step_end(self, trainer):
            losses.append(trainer.latest["loss"])
            if trainer.step < 21:
                trainer.optimizer.param_groups[0]["lr"] = finding.rates[trainer.step]

    losses = []
    again = make_trainer(lambda p: SGD(p, lr=1e-4, momentum=0.9), callbacks=[Rates()])
    again.fit(data, epochs=3)  # 21 updates
    assert finding.losses == losses


def test_the_smoothed_loss_is_the_formula():
    finding = find_lr(make_trainer(), blobs(), steps=30, smoothing=0.75)
    for i, smoothed in enumerate(finding.smoothed):
        weights = 0.75 ** np.arange(i, -1, -1)
        mean = (1 - 0.75) * weights @ finding.losses[: i + 1] / (1 - 0.75 ** (i + 1))
        assert smoothed == pytest.approx(mean)
    assert (
        find_lr(make_trainer(), blobs(), smoothing=0).smoothed
        == find_lr(make_trainer(), blobs(), smoothing=0).losses
    )


def test_it_ends_where_the_loss_diverges():
    finding = find_lr(make_trainer(), blobs(), max_lr=1e4, steps=200)
    assert len(finding.rates) == len(finding.losses) == len(finding.smoothed) < 200
    *before, last = finding.smoothed
    assert last > 4 * min(before)
    assert all(value <= 4 * min(before[: i + 1]) for i, value in enumerate(before))
    assert len(find_lr(make_trainer(), blobs(), max_lr=1e4, steps=200, diverge=1.2).rates) < len(
        finding.rates
    )


def test_a_loss_that_turns_infinite_ends_it_too():
    finding = find_lr(make_trainer(), blobs(), max_lr=1e30, steps=60, diverge=math.inf)
    assert 10 < len(finding.rates) < 60
    assert all(map(math.isfinite, finding.losses))


def test_a_gradient_that_turns_infinite_ends_it():
    class Bursts(Trainer):
        def compute_loss(self, batch):
            loss, outputs, targets = super().compute_loss(batch)
            return (loss * math.inf - loss * math.inf if self.step > 20 else loss), outputs, targets

    trainer = make_trainer(kind=Bursts, max_grad_norm=1.0)
    assert len(find_lr(trainer, blobs()).rates) == 21


def test_a_negative_loss_may_grow_a_little():
    class Below(Trainer):
        def compute_loss(self, batch):
            loss, outputs, targets = super().compute_loss(batch)
            return loss - 100.0, outputs, targets

    trainer = make_trainer(kind=Below)
    assert len(find_lr(trainer, blobs(), max_lr=0.1).rates) == 100


def test_the_suggestion_is_a_tenth_of_the_rate_at_the_least_loss():
    finding = LRFinding([0.001, 0.01, 0.1, 1.0], [3.0, 2.0, 1.0, 4.0], [3.0, 2.5, 1.5, 2.5])
    assert finding.suggestion == pytest.approx(0.01)


@pytest.mark.parametrize(
    "optimizer", [lambda p: SGD(p, lr=0.1), lambda p: AdamW(p, lr=0.1)], ids=["SGD", "AdamW"]
)
def test_training_with_the_suggestion_goes_well(optimizer):
    trainer, data = make_trainer(optimizer), blobs()
    rate = find_lr(trainer, data).suggestion
    trainer.optimizer.param_groups[0]["lr"] = rate
    history = trainer.fit(data, epochs=10)
    assert history["loss"][-1] < history["loss"][0] / 2


def test_where_the_loss_falls_nowhere_nothing_is_suggested():
    finding = LRFinding([1.0, 10.0], [1.0, 2.0], [1.0, 1.5])
    with pytest.raises(ValueError, match="the loss falls nowhere from 1 to 10; look at plot"):
        _ = finding.suggestion


def test_groups_keep_the_ratio_of_their_rates():
    class Looks(Trainer):
        def compute_loss(self, batch):
            seen.append([group["lr"] for group in self.optimizer.param_groups])
            return super().compute_loss(batch)

    seen = []
    trainer = make_trainer(
        lambda p: SGD([{"params": [q], "lr": 0.1 * 2**i} for i, q in enumerate(p)]), kind=Looks
    )
    find_lr(trainer, blobs(), steps=20)
    for first, *others in seen:
        assert others == pytest.approx([2 * first, 4 * first, 8 * first])
    assert [group["lr"] for group in trainer.optimizer.param_groups] == [0.1, 0.2, 0.4, 0.8]


def test_accumulation_and_clipping_are_the_trainers():
    class Looks(Trainer):
        def compute_loss(self, batch):
            seen.append(batch)
            return super().compute_loss(batch)

    seen, data = [], blobs(batches=2)
    trainer = make_trainer(kind=Looks, accumulation_steps=3, max_grad_norm=1e-6)
    finding = find_lr(trainer, data, steps=10, max_lr=1e3)
    assert len(finding.rates) == 10  # no rate does harm to such small gradients
    assert len(seen) == 30
    assert all(batch is data[i % 2] for i, batch in enumerate(seen))


def test_batches_without_items_count_for_nothing():
    trainer = make_trainer()
    (x, y), ignored = blobs()[0], tensor([-100] * 16)
    finding = find_lr(trainer, [(x, ignored), (x, y)], min_lr=1e-4, max_lr=1e-2, steps=10)
    assert finding.rates == pytest.approx([1e-4 * 100 ** (i / 9) for i in range(1, 10, 2)])
    with pytest.raises(ValueError, match="held no item"):
        find_lr(trainer, [(x, ignored)], steps=10)


# --- that all is as before

CASES = {
    "fresh SGD": {},
    "AdamW": {"optimizer": lambda p: AdamW(p, lr=0.01)},
    "one cycle": {
        "optimizer": lambda p: AdamW(p, lr=0.01),
        "scheduler": lambda o: OneCycleLR(o, max_lr=0.1, total_steps=100),
    },
    "cosine": {"scheduler": lambda o: CosineAnnealingLR(o, T_max=50), "scheduler_interval": "step"},
    "plateau": {"scheduler": ReduceLROnPlateau, "scheduler_interval": "epoch"},
    "accumulation": {"accumulation_steps": 3, "max_grad_norm": 1.0},
}


@pytest.mark.parametrize("epochs", [0, 2], ids=["before", "amid"])
@pytest.mark.parametrize("settings", CASES.values(), ids=CASES)
def test_all_is_as_before_and_training_goes_on_as_if_nothing_had_been(settings, epochs):
    def run(finds):
        trainer = make_trainer(metrics={"accuracy": Accuracy()}, **settings)
        loader = Shuffled(blobs())
        if epochs:
            trainer.fit(loader, epochs)
        if finds:
            before = everything(trainer, loader)
            find_lr(trainer, loader)
            assert without_time(everything(trainer, loader)) == without_time(before)
        trainer.fit(loader, 2)
        return without_time(trainer.state_dict())

    assert run(finds=True) == run(finds=False)


def test_modes_gradients_and_counters_are_as_before():
    trainer, data = make_trainer(), blobs()
    trainer.model.train()
    trainer.model[1].eval()
    cross_entropy(trainer.model(data[0][0]), data[0][1]).backward()
    before, attributes = everything(trainer, data), dict(vars(trainer))
    assert before["gradients"][0] is not None
    find_lr(trainer, data)
    assert without_time(everything(trainer, data)) == without_time(before)
    assert vars(trainer).keys() == attributes.keys()
    assert all(vars(trainer)[name] is value for name, value in attributes.items())


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_all_is_as_before_after_an_error(error):
    class Fails(Trainer):
        def compute_loss(self, batch):
            if self.step == 17:
                raise error("in the middle")
            return super().compute_loss(batch)

    trainer = make_trainer(
        scheduler=lambda o: CosineAnnealingLR(o, 9), scheduler_interval="epoch", kind=Fails
    )
    loader = Shuffled(blobs())
    before = everything(trainer, loader)
    with pytest.raises(error, match="in the middle"):
        find_lr(trainer, loader)
    assert without_time(everything(trainer, loader)) == without_time(before)
    trainer.scheduler.step()  # the rates are still those that it has set


def test_callbacks_are_not_called():
    class Never(Callback):
        def __getattribute__(self, name):
            if name.startswith("on_"):
                raise AssertionError(name)
            return super().__getattribute__(name)

    find_lr(make_trainer(callbacks=[Never()]), blobs())


def test_a_loader_is_closed_when_the_test_ends():
    class Loader:
        def __iter__(self):
            try:
                yield from blobs()
            finally:
                closed.append(True)

    closed = []
    find_lr(make_trainer(), Loader(), steps=9)  # in the second of its epochs
    assert closed == [True, True]


# --- wrong arguments


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"min_lr": 1.0, "max_lr": 0.1}, ValueError, "min_lr is 1.0 and max_lr 0.1, expected 0 <"),
        ({"min_lr": 1.0, "max_lr": 1.0}, ValueError, "expected 0 < min_lr < max_lr"),
        ({"min_lr": 0.0}, ValueError, "min_lr is 0.0"),
        ({"max_lr": math.inf}, ValueError, "max_lr inf"),
        ({"min_lr": math.nan}, ValueError, "min_lr is nan"),
        ({"steps": 1}, ValueError, "find_lr: steps is 1, expected at least 2"),
        ({"steps": 2.5}, TypeError, "find_lr: steps is 2.5, expected an integer"),
        ({"smoothing": 1.0}, ValueError, "smoothing is 1.0, expected from 0 to below 1"),
        ({"diverge": 1.0}, ValueError, "diverge is 1.0, expected a number above 1"),
    ],
)
def test_wrong_numbers(settings, kind, message):
    with pytest.raises(kind, match=message):
        find_lr(make_trainer(), blobs(), **settings)


def test_wrong_kinds():
    with pytest.raises(TypeError, match="find_lr: trainer is Sequential, expected a Trainer"):
        find_lr(make_trainer().model, blobs())
    with pytest.raises(TypeError, match="batches is a list_iterator, which would be used up"):
        find_lr(make_trainer(), iter(blobs()))
    with pytest.raises(ValueError, match="find_lr: batches is empty"):
        find_lr(make_trainer(), [])
    still = make_trainer(lambda p: SGD(p, lr=0.0))
    with pytest.raises(ValueError, match="the rate of the optimizer's first group is 0"):
        find_lr(still, blobs())


def test_a_loss_that_is_nan_from_the_start():
    trainer = make_trainer()
    x = tensor([[math.nan, 1.0]])
    with pytest.raises(FloatingPointError, match="find_lr: the loss or a gradient is infinite or"):
        find_lr(trainer, [(x, tensor([0]))])


# --- pictures


def test_the_plot_shows_both_curves_and_the_suggestion():
    finding = find_lr(make_trainer(), blobs())
    pyplot = "matplotlib.pyplot" in sys.modules
    figure = finding.plot()
    assert isinstance(figure, Figure)
    (axes,) = figure.axes
    raw, smoothed, suggestion = axes.lines
    assert (axes.get_xscale(), axes.get_xlabel(), axes.get_ylabel()) == (
        "log",
        "learning rate",
        "loss",
    )
    assert raw.get_ydata().tolist() == finding.losses
    assert smoothed.get_ydata().tolist() == finding.smoothed
    assert suggestion.get_xdata()[0] == finding.suggestion
    assert ("matplotlib.pyplot" in sys.modules) is pyplot
    figure.canvas.draw()


def test_an_explosion_at_the_end_does_not_flatten_the_curve():
    losses = [3.0, 2.5, 1.5, 1.0, 2.0, 1e6]
    figure = LRFinding([10.0**i for i in range(-5, 1)], losses, losses).plot()
    low, high = figure.axes[0].get_ylim()
    assert low < 1 < 3 < high  # where it falls
    assert high - low < 4


def test_it_draws_on_given_axes_and_without_a_suggestion():
    axes = Figure().add_subplot()
    assert LRFinding([1.0, 10.0], [1.0, 2.0], [1.0, 1.5]).plot(axes) is axes.figure
    assert len(axes.lines) == 2


def test_without_matplotlib_the_error_says_how_to_get_it(monkeypatch):
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"LRFinding.plot: matplotlib is not installed; pip"):
        LRFinding([1.0], [1.0], [1.0]).plot()


def test_any_loss_will_do():
    manual_seed(0)
    model = Linear(1, 1)
    x = tensor([[-1.0], [0.0], [1.0]])
    trainer = Trainer(model, SGD(model.parameters(), lr=0.1), mse_loss)
    assert 0.01 < find_lr(trainer, [(x, 2 * x + 1)]).suggestion < 1
