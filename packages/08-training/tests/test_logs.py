"""CSVLogger and TensorBoardLogger: what others read, also after a run was killed."""

import csv
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tinytorch.layers import Linear
from tinytorch.losses import mse_loss
from tinytorch.optim import SGD, ExponentialLR
from tinytorch.setup import manual_seed
from tinytorch.tensor import tensor
from tinytorch.training import Callback, CSVLogger, ModelCheckpoint, TensorBoardLogger, Trainer

BATCHES = [(tensor([[float(i), 1.0]]), tensor([[2.0 * i]])) for i in range(3)]


class Cut(Callback):
    """Ends a run at a moment of a step; it stands behind the logger, before the checkpoint."""

    def __init__(self, moment, step):
        self.moment, self.step = moment, step

    def end(self, moment, trainer):
        if (moment, trainer.step) == (self.moment, self.step):
            raise KeyboardInterrupt

    def on_step_end(self, trainer):
        self.end("step", trainer)

    def on_epoch_end(self, trainer):
        self.end("epoch", trainer)


def make_trainer(*callbacks, **settings):
    manual_seed(0)
    model = Linear(2, 1)
    sgd = SGD(model.parameters(), lr=0.01, momentum=0.9)
    schedule = ExponentialLR(sgd, 0.9)
    return Trainer(
        model,
        sgd,
        mse_loss,
        scheduler=schedule,
        scheduler_interval="step",
        callbacks=callbacks,
        progress=False,
        **settings,
    )


def scalars(folder):
    """What TensorBoard's own reader finds: for each tag its steps and values."""
    reader = EventAccumulator(str(folder)).Reload()
    return {
        tag: [(event.step, event.value) for event in reader.Scalars(tag)]
        for tag in reader.Tags()["scalars"]
    }


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- CSV


def test_the_file_has_a_row_for_each_epoch(tmp_path):
    class Looks(Callback):
        def on_epoch_end(self, trainer):
            seen.append(len(rows(path)))

    seen, path = [], tmp_path / "runs" / "history.csv"
    trainer = make_trainer(CSVLogger(path), Looks())
    trainer.fit(BATCHES, epochs=3, validation=BATCHES)
    assert seen == [1, 2, 3]
    assert [float(row["val_loss"]) for row in rows(path)] == trainer.history["val_loss"]
    assert [int(row["step"]) for row in rows(path)] == [3, 6, 9]
    assert [file.name for file in path.parent.iterdir()] == ["history.csv"]


def test_a_resumed_run_leaves_no_row_twice(tmp_path):
    path = tmp_path / "history.csv"
    checkpoint = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        make_trainer(CSVLogger(path), Cut("epoch", 6), ModelCheckpoint(checkpoint)).fit(BATCHES, 4)
    assert len(rows(path)) == 2  # the checkpoint knows of one
    trainer = make_trainer(CSVLogger(path), Cut("step", 4), ModelCheckpoint(checkpoint))
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(BATCHES, 4, resume=checkpoint)
    assert [row["epoch"] for row in rows(path)] == ["1"]
    make_trainer(CSVLogger(path), ModelCheckpoint(checkpoint)).fit(BATCHES, 4, resume=checkpoint)
    assert [row["epoch"] for row in rows(path)] == ["1", "2", "3", "4"]


def test_a_run_killed_between_its_first_row_and_its_first_checkpoint_begins_again(tmp_path):
    path = tmp_path / "history.csv"
    make_trainer(CSVLogger(path)).fit(BATCHES, epochs=1)
    again = make_trainer(CSVLogger(path), ModelCheckpoint(tmp_path / "run"))
    again.fit(BATCHES, epochs=2, resume=tmp_path / "run")
    assert [row["epoch"] for row in rows(path)] == ["1", "2"]


def test_a_run_that_begins_leaves_the_file_of_another(tmp_path):
    path = tmp_path / "history.csv"
    first = make_trainer(CSVLogger(path))
    first.fit(BATCHES, epochs=2)
    before = path.read_bytes()
    second = make_trainer(CSVLogger(path))
    with pytest.raises(FileExistsError, match=r"CSVLogger: .*history\.csv is of another run; go"):
        second.fit(BATCHES, epochs=1)
    assert second.step == 0
    assert path.read_bytes() == before
    first.fit(BATCHES, epochs=1)
    assert [row["epoch"] for row in rows(path)] == ["1", "2", "3"]


def test_a_run_resumed_amid_its_first_epoch_goes_on_with_its_file(tmp_path):
    """The file has the epoch; the last checkpoint was made before that."""
    path = tmp_path / "history.csv"

    def run(*more):
        saving = ModelCheckpoint(tmp_path / "run", every_steps=2)
        make_trainer(CSVLogger(path), *more, saving).fit(BATCHES, 2, resume=tmp_path / "run")

    with pytest.raises(KeyboardInterrupt):
        run(Cut("epoch", 3))
    assert len(rows(path)) == 1
    run()
    assert [row["epoch"] for row in rows(path)] == ["1", "2"]


def test_a_place_that_cannot_be_written_to_is_known_before_the_first_step(tmp_path):
    (tmp_path / "file").write_text("no folder")
    trainer = make_trainer(CSVLogger(tmp_path / "file" / "history.csv"))
    with pytest.raises(OSError, match=r"history\.csv"):
        trainer.fit(BATCHES, epochs=1)
    assert trainer.step == 0


# --- TensorBoard


def test_tensorboard_reads_each_step_and_each_epoch(tmp_path):
    class Steps(Callback):
        def on_step_end(self, trainer):
            seen.append((trainer.step, trainer.latest))

    seen = []
    trainer = make_trainer(Steps(), TensorBoardLogger(tmp_path / "a" / "b"), max_grad_norm=1.0)
    trainer.fit(BATCHES, epochs=2, validation=BATCHES)
    found = scalars(tmp_path / "a" / "b")
    names = {f"step/{name}" for name in ("loss", "lr", "grad_norm")}
    names |= {f"epoch/{name}" for name in ("loss", "val_loss", "lr", "seconds")}
    assert found.keys() == names
    for name in ("loss", "lr", "grad_norm"):
        expected = [(step, pytest.approx(latest[name], rel=1e-6)) for step, latest in seen]
        assert found[f"step/{name}"] == expected
        assert [step for step, _ in expected] == [1, 2, 3, 4, 5, 6]
    for name in ("loss", "val_loss", "lr", "seconds"):
        one, two = (pytest.approx(value, rel=1e-6) for value in trainer.history[name])
        assert found[f"epoch/{name}"] == [(3, one), (6, two)]


def test_steps_may_be_left_out(tmp_path):
    make_trainer(TensorBoardLogger(tmp_path, every_steps=4)).fit(BATCHES, epochs=3)
    found = scalars(tmp_path)
    assert [step for step, _ in found["step/loss"]] == [4, 8]
    assert [step for step, _ in found["epoch/loss"]] == [3, 6, 9]


def test_lists_are_left_out(tmp_path):
    class Odd(Callback):
        def on_epoch_end(self, trainer):
            trainer.history.last.update(matrix=[[1, 2]], nothing=None, count=7)

    make_trainer(Odd(), TensorBoardLogger(tmp_path)).fit(BATCHES, epochs=1)
    found = scalars(tmp_path)
    assert found["epoch/count"] == [(3, 7.0)]
    assert not found.keys() & {"epoch/matrix", "epoch/nothing"}


def test_several_fits_follow_each_other(tmp_path):
    trainer = make_trainer(TensorBoardLogger(tmp_path))
    trainer.fit(BATCHES, epochs=1)
    trainer.fit(BATCHES, epochs=2)
    found = scalars(tmp_path)
    assert [step for step, _ in found["step/loss"]] == list(range(1, 10))
    assert [step for step, _ in found["epoch/loss"]] == [3, 6, 9]


@pytest.mark.parametrize("every_steps", [1, 2, 3])
@pytest.mark.parametrize(
    ("moment", "step"), [("step", 1), ("step", 5), ("step", 6), ("epoch", 6), ("epoch", 9)]
)
def test_after_a_resumed_run_each_step_is_there_once(tmp_path, moment, step, every_steps):
    def run(name, *more):
        folder = tmp_path / name
        callbacks = [
            TensorBoardLogger(folder),
            *more,
            ModelCheckpoint(folder, every_steps=every_steps),
        ]
        make_trainer(*callbacks).fit(BATCHES, 4, resume=folder)
        return scalars(folder)

    whole = run("whole")
    with pytest.raises(KeyboardInterrupt):
        run("cut", Cut(moment, step))
    again = run("cut")
    del whole["epoch/seconds"], again["epoch/seconds"]
    assert again == whole


SCRIPT = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from test_logs import BATCHES, Callback, ModelCheckpoint, TensorBoardLogger, make_trainer

class Kill(Callback):
    def on_step_end(self, trainer):
        if trainer.step == 1400:
            os.kill(os.getpid(), signal.SIGKILL)

folder = sys.argv[2]
callbacks = TensorBoardLogger(folder), Kill(), ModelCheckpoint(folder)
make_trainer(*callbacks).fit(BATCHES * 300, 2)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_run_leaves_a_file_that_is_read_and_gone_on_from(tmp_path):
    command = [sys.executable, "-c", SCRIPT, str(Path(__file__).parent), str(tmp_path)]
    killed = subprocess.run(command, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    found = scalars(tmp_path)
    assert [step for step, _ in found["epoch/loss"]] == [900]
    steps = [step for step, _ in found["step/loss"]]
    assert len(steps) >= 900  # what followed may have been cut in the middle of a record
    assert steps == list(range(1, len(steps) + 1))

    callbacks = TensorBoardLogger(tmp_path), ModelCheckpoint(tmp_path)
    make_trainer(*callbacks).fit(BATCHES * 300, 2, resume=tmp_path)
    found = scalars(tmp_path)
    assert [step for step, _ in found["step/loss"]] == list(range(1, 1801))
    assert [step for step, _ in found["epoch/loss"]] == [900, 1800]


def test_what_an_error_left_is_on_the_disk(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        make_trainer(TensorBoardLogger(tmp_path), Cut("step", 2)).fit(BATCHES, epochs=1)
    assert [step for step, _ in scalars(tmp_path)["step/loss"]] == [1, 2]


def test_an_error_before_the_start_leaves_nothing_open(tmp_path):
    class Fails(Callback):
        def on_fit_start(self, trainer):
            raise OSError("no place")

    with pytest.raises(OSError, match="no place"):
        make_trainer(Fails(), TensorBoardLogger(tmp_path)).fit(BATCHES, epochs=1)
    assert list(tmp_path.iterdir()) == []


def test_without_tensorboardx_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "tinytorch.training.events", raising=False)
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match="; pip install tensorboardX brings it"):
        TensorBoardLogger(tmp_path)


def test_wrong_arguments(tmp_path):
    with pytest.raises(ValueError, match="TensorBoardLogger: every_steps is 0"):
        TensorBoardLogger(tmp_path, every_steps=0)
    with pytest.raises(TypeError, match="TensorBoardLogger: folder is 3, expected a path: a str"):
        TensorBoardLogger(3)
    with pytest.raises(TypeError, match="CSVLogger: path is 3, expected a path: a str, or a Path"):
        CSVLogger(3)
