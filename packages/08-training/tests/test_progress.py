"""ProgressBar: what stands in the terminal, and that nothing is left behind."""

import io
import re
import sys
import threading

import pytest
from rich.console import Console

from tinytorch.layers import Linear
from tinytorch.losses import mse_loss
from tinytorch.optim import SGD
from tinytorch.tensor import ones, tensor
from tinytorch.training import Callback, MeanAbsoluteError, ModelCheckpoint, ProgressBar, Trainer

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
BATCHES = [(ones(2, 3), ones(2, 1))] * 4


class Terminal:
    """A terminal, the bar in it, and what can be read there."""

    def __init__(self, **settings):
        self.file = io.StringIO()
        settings = {"force_terminal": True, "width": 100, **settings}
        self.bar = ProgressBar(Console(file=self.file, **settings))

    @property
    def text(self):
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.file.getvalue())

    @property
    def drawn(self):
        """The live line, each time that it was drawn."""
        parts = re.split(r"[\r\n]", self.text)
        return [part for part in parts if part.startswith("epoch ")]

    @property
    def table(self):
        """The lines that stay."""
        return [part for part in re.split(r"[\r\n]", self.text) if part.startswith("  ")]


@pytest.fixture
def always(monkeypatch):
    """Draw at every step."""
    monkeypatch.setattr("tinytorch.training.progress._PAUSE", 0.0)


def make_trainer(*callbacks, **settings):
    model = Linear(3, 1)
    with_callbacks = {"callbacks": callbacks, "progress": False, **settings}
    return Trainer(model, SGD(model.parameters(), lr=0.01), mse_loss, **with_callbacks)


@pytest.mark.usefixtures("always")
def test_the_line_shows_epoch_steps_loss_and_rate():
    terminal = Terminal()
    trainer = make_trainer(terminal.bar)
    trainer.fit(BATCHES, epochs=2)
    last = next(line for line in terminal.drawn if "4/4" in line)
    assert last.startswith("epoch 1/2 ")
    assert re.search(r"loss \d\.\d+ +lr 0\.01000 +0:00:00", last)
    for done in range(5):
        assert any(f" {done}/4" in line for line in terminal.drawn)
    assert any(line.startswith("epoch 2/2") for line in terminal.drawn)


@pytest.mark.usefixtures("always")
def test_a_clipped_norm_is_shown():
    terminal = Terminal()
    make_trainer(terminal.bar, max_grad_norm=1.0).fit(BATCHES, epochs=1)
    assert re.search(r"grad_norm \d", terminal.drawn[-1])


def test_the_table_has_an_aligned_row_for_each_epoch():
    terminal = Terminal()
    metrics = {"mean_absolute_error": MeanAbsoluteError()}
    trainer = make_trainer(terminal.bar, metrics=metrics)
    trainer.fit(BATCHES, epochs=10, validation=BATCHES)
    head, *rows = terminal.table
    assert head.split() == [
        "epoch",
        "loss",
        "mean_absolute_error",
        "val_loss",
        "val_mean_absolute_error",
        "seconds",
    ]
    assert len(rows) == 10
    assert [row.split()[0] for row in rows] == [f"{epoch}/10" for epoch in range(1, 11)]
    ends = [match.end() for match in re.finditer(r"\S+", head)]
    for row in rows:
        assert [match.end() for match in re.finditer(r"\S+", row)] == ends
    assert float(rows[0].split()[1]) == pytest.approx(trainer.history["loss"][0], rel=1e-3)


def test_lists_and_absent_values_have_no_column():
    class Odd(Callback):
        def on_epoch_end(self, trainer):
            trainer.history.last.update(matrix=[[1, 2]], nothing=None, count=12)

    terminal = Terminal()
    make_trainer(Odd(), terminal.bar).fit(BATCHES, epochs=1)
    head, row = terminal.table
    assert head.split() == ["epoch", "loss", "seconds", "count"]
    assert row.split()[-1] == "12"


def test_a_long_table_is_not_broken_into_lines():
    terminal = Terminal(width=30)
    make_trainer(terminal.bar).fit(BATCHES, epochs=1, validation=BATCHES)
    assert terminal.table[0].split() == ["epoch", "loss", "val_loss", "seconds"]


@pytest.mark.usefixtures("always")
def test_data_without_length_has_no_total():
    terminal = Terminal()
    make_trainer(terminal.bar).fit(iter(BATCHES), epochs=1)
    assert "4/?" in terminal.drawn[-1]


@pytest.mark.usefixtures("always")
def test_with_accumulation_a_step_is_an_update():
    terminal = Terminal()
    make_trainer(terminal.bar, accumulation_steps=3).fit(BATCHES, epochs=1)
    assert [line for line in terminal.drawn if " 2/2" in line]
    assert not [line for line in terminal.drawn if "/4" in line]


@pytest.mark.usefixtures("always")
def test_a_resumed_epoch_begins_where_it_was(tmp_path):
    class Cut(Callback):
        def on_step_end(self, trainer):
            if trainer.step == 3:
                raise KeyboardInterrupt

    # Four updates an epoch; saved after two.
    checkpoint = ModelCheckpoint(tmp_path, every_steps=2)
    with pytest.raises(KeyboardInterrupt):
        make_trainer(Cut(), checkpoint, accumulation_steps=2).fit(BATCHES * 2, epochs=1)
    terminal = Terminal()
    trainer = make_trainer(terminal.bar, ModelCheckpoint(tmp_path), accumulation_steps=2)
    trainer.fit(BATCHES * 2, epochs=1, resume=tmp_path)
    assert " 2/4" in terminal.drawn[0]
    assert not [line for line in terminal.drawn if " 0/4" in line or " 1/4" in line]
    assert [line for line in terminal.drawn if " 4/4" in line]


def test_it_draws_rarely_but_each_epochs_end():
    terminal = Terminal()
    terminal.bar._next = float("inf")  # as if the pause were not over
    make_trainer(terminal.bar).fit(BATCHES, epochs=1)
    seen = [line for line in terminal.drawn if "/4" in line]
    assert seen
    assert all(" 4/4" in line for line in seen)


def test_nothing_at_all_where_the_output_is_no_terminal(capsys):
    terminal = Terminal(force_terminal=False)
    make_trainer(terminal.bar).fit(BATCHES, epochs=2, validation=BATCHES)
    assert terminal.file.getvalue() == ""
    make_trainer(progress=True).fit(BATCHES, epochs=2)
    assert capsys.readouterr() == ("", "")


class Stops(Callback):
    def on_epoch_end(self, trainer):
        trainer.stop("it is [good] enough")


def test_a_run_that_is_stopped_early_says_why():
    terminal = Terminal()
    make_trainer(Stops(), terminal.bar).fit(BATCHES, epochs=5)
    assert terminal.text.rstrip().endswith("it is [good] enough")
    assert len(terminal.table) == 2
    silent = Terminal(force_terminal=False)
    make_trainer(Stops(), silent.bar).fit(BATCHES, epochs=5)
    assert silent.file.getvalue() == ""


def test_a_notebook_has_the_table_without_a_live_line(monkeypatch):
    shown = []
    monkeypatch.setattr("rich.jupyter.display", lambda segments, text: shown.append(text))
    terminal = Terminal(force_terminal=None, force_jupyter=True, color_system=None)
    make_trainer(Stops(), terminal.bar).fit(BATCHES, epochs=5)
    head, row, reason = shown
    assert head.split() == ["epoch", "loss", "seconds"]
    assert row.split()[0] == "1/5"
    assert reason == "it is [good] enough\n"
    assert terminal.file.getvalue() == ""


def test_a_trainer_has_one_unless_told_otherwise():
    assert [type(callback) for callback in make_trainer(progress=True).callbacks] == [ProgressBar]
    assert make_trainer().callbacks == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, FloatingPointError])
def test_after_an_error_the_cursor_is_back_and_printing_as_before(error):
    class Fails(Callback):
        def on_step_end(self, trainer):
            raise error

    threads, streams = threading.enumerate(), (sys.stdout, sys.stderr)
    terminal = Terminal()
    with pytest.raises(error):
        make_trainer(Fails(), terminal.bar).fit(BATCHES, epochs=1)
    written = terminal.file.getvalue()
    assert written.count(HIDE) == 1
    assert written.rfind(SHOW) > written.rfind(HIDE)
    assert threading.enumerate() == threads
    assert (sys.stdout, sys.stderr) == streams


def test_another_callback_that_fails_at_the_start_leaves_nothing():
    class Fails(Callback):
        def on_fit_start(self, trainer):
            raise OSError("no place")

    for order in (0, 1):
        terminal = Terminal()
        callbacks = [Fails(), terminal.bar] if order else [terminal.bar, Fails()]
        with pytest.raises(OSError, match="no place"):
            make_trainer(*callbacks).fit(BATCHES, epochs=1)
        written = terminal.file.getvalue()
        assert written.count(HIDE) == written.count(SHOW) == 1 - order


def test_it_works_in_several_fits():
    terminal = Terminal()
    trainer = make_trainer(terminal.bar)
    trainer.fit(BATCHES, epochs=1)
    trainer.fit(BATCHES, epochs=2)
    rows = [line.split() for line in terminal.table]
    assert [row[0] for row in rows] == ["epoch", "1/1", "epoch", "2/3", "3/3"]
    assert terminal.file.getvalue().count(SHOW) == 2


def test_there_is_no_thread():
    class Looks(Callback):
        def on_step_end(self, trainer):
            seen.extend(threading.enumerate())

    seen, before = [], threading.enumerate()
    make_trainer(Looks(), Terminal().bar).fit(BATCHES, epochs=1)
    assert set(seen) == set(before)


def test_what_callbacks_print_stands_above_the_line():
    class Says(Callback):
        def on_epoch_end(self, trainer):
            print("best [so far]")

    terminal = Terminal()
    make_trainer(Says(), terminal.bar).fit(BATCHES, epochs=1)
    assert "best [so far]\n" in terminal.text


def test_values_that_are_infinite_or_large_keep_their_place():
    class Odd(Callback):
        def on_epoch_end(self, trainer):
            trainer.history.last.update(a=float("nan"), b=float("inf"), c=1234.5, d=-1.2345e-10)

    terminal = Terminal()
    make_trainer(Odd(), terminal.bar).fit([(tensor([[0.0] * 3]), tensor([[1.0]]))], epochs=1)
    assert terminal.table[1].split()[-4:] == ["nan", "inf", "1234", "-1.234e-10"]
