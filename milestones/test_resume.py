"""A training that is killed again and again ends as if it had never been, bit for bit.

With all that a real one has: shuffled batches from a DataLoader, threads that load them, random
crops, dropout, accumulation, a schedule, early stopping, checkpoints amid the epochs.
"""

import json
import os
import signal
import subprocess
import sys

import pytest

from tinytorch.tensor import Tensor
from tinytorch.training import load
from tinytorch.training.checkpoint import load_checkpoint

EPOCHS = 8

TRAINING = """
import json, os, random, signal, sys, time
from pathlib import Path

from tinytorch.dataloader import DataLoader, Digits, RandomCrop, Subset
from tinytorch.layers import Dropout, Flatten, Linear, ReLU, Sequential
from tinytorch.losses import CrossEntropyLoss
from tinytorch.optim import AdamW, OneCycleLR
from tinytorch.setup import manual_seed
from tinytorch.training import Accuracy, EarlyStopping, ModelCheckpoint, Trainer
from tinytorch.training import load
from tinytorch.training.checkpoint import save_checkpoint

epochs, folder, seed, workers = json.loads(sys.argv[1])
folder = Path(folder)


def train(folder):
    '''The script that somebody starts anew whenever it was killed.'''
    manual_seed(0)
    model = Sequential(Flatten(), Linear(64, 24), ReLU(), Dropout(0.2), Linear(24, 10))
    optimizer = AdamW(model.parameters())
    trainer = Trainer(
        model,
        optimizer,
        CrossEntropyLoss(),
        scheduler=OneCycleLR(optimizer, max_lr=0.03, total_steps=6 * epochs),
        metrics={"accuracy": Accuracy()},
        accumulation_steps=2,
        max_grad_norm=1.0,
        callbacks=[
            EarlyStopping("val_loss", patience=2, min_delta=0.25, restore_best=True),
            ModelCheckpoint(folder, monitor="val_accuracy", mode="max", every_steps=4, keep=2),
        ],
        progress=False,
    )
    kind = "thread" if workers else None
    loader = {"shuffle": True, "num_workers": workers, "worker_type": kind, "seed": seed}
    # Eleven batches an epoch: its last update is of a single one, of five images.
    images, others = Subset(Digits(), range(155)), Subset(Digits(train=False), range(60))
    trainer.fit(
        DataLoader(images, 15, transform=RandomCrop(8, padding=1), **loader),
        epochs,
        validation=DataLoader(others, 25, **loader),
        resume=folder,
    )
    save_checkpoint(trainer.state_dict(), folder / "end")
"""

# It forks the processes that train, and kills them: so what they need is imported only once.
SUPERVISION = """
def attempt(folder, prepare, kill):
    '''Start the training; returns whether it came to its end.'''
    child = os.fork()
    if child == 0:
        try:
            prepare()
            train(folder)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    kill(child)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in (0, -signal.SIGKILL):
        sys.exit(f"the training ended with {code}")
    return code == 0


def nothing(*_):
    pass


begin = time.perf_counter()
attempt(folder / "whole", nothing, nothing)
duration = time.perf_counter() - begin

chance, kills, runs = random.Random(1), 0, 0


def kill_at_random(child):
    time.sleep(chance.uniform(0, duration / 4))
    os.kill(child, signal.SIGKILL)


while kills < 20:
    if attempt(folder / f"random-{runs}", nothing, kill_at_random):
        runs += 1
    else:
        kills += 1
attempt(folder / f"random-{runs}", nothing, nothing)

killed = folder / "killed"
killed.touch()
replace = os.replace


def die(moment):
    '''Once at each moment, whatever number of processes it takes.'''
    done = killed.read_text().splitlines()
    if moment not in done:
        killed.write_text("\\n".join([*done, moment]))
        os.kill(os.getpid(), signal.SIGKILL)


def replace_and_die(source, target):
    die(f"before {Path(target).name}")
    replace(source, target)
    die(f"after {Path(target).name}")


def set_trap():
    os.replace = replace_and_die


while not attempt(folder / "renames", set_trap, nothing):
    pass
"""


def start(program, folder, seed, workers, **environment):
    arguments = json.dumps([EPOCHS, str(folder), seed, workers])
    one = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment}
    command = [sys.executable, "-c", program, arguments]
    done = subprocess.run(command, env=one, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def bits(value):
    """A state as values to compare, without the time that a run took."""
    if isinstance(value, Tensor):
        return str(value.dtype), value.shape, value.data.tobytes()
    if isinstance(value, dict):
        return {key: bits(part) for key, part in value.items() if key != "seconds"}
    if isinstance(value, list | tuple):
        return [bits(part) for part in value]
    return value


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL")
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("seed", [None, 3])
def test_a_killed_training_ends_as_if_it_had_not_been(tmp_path, seed, workers):
    alone = tmp_path / "alone"
    train = f"{TRAINING}\ntrain(folder)"
    start(train, alone, seed, workers, PYTHONHASHSEED="1")
    start(TRAINING + SUPERVISION, tmp_path, seed, workers, PYTHONHASHSEED="2")

    expected = bits(load_checkpoint(alone / "end"))
    assert expected["progress"]["epoch"] > 3
    ends = sorted(tmp_path.glob("*/end"))
    assert len(ends) >= 4  # alone, whole, random, renames
    for end in ends:
        assert bits(load_checkpoint(end)) == expected
        best = end.with_name("best.safetensors")
        assert bits(load(best)) == bits(load(alone / "best.safetensors"))
    moments = (tmp_path / "killed").read_text().splitlines()
    steps = expected["progress"]["step"]
    assert f"before step-{steps:08}.safetensors" in moments
    assert f"after step-{steps:08}.safetensors" in moments
    assert len(moments) > 2 * steps // 4
