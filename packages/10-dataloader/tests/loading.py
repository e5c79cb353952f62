"""Data sets and functions for worker processes, which have to be able to import them."""

import os
import signal
import threading
import time
from concurrent.futures import CancelledError
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from tinytorch.dataloader import Dataset, IterableDataset, default_collate
from tinytorch.setup import generator


class Numbers(Dataset):
    """Samples 0, 1, 2 …; subclasses change what happens on the way."""

    def __init__(self, size=10):
        self.size = size

    def __getitem__(self, index):
        return index

    def __len__(self):
        return self.size


class Dice(Numbers):
    def __getitem__(self, index):
        return index, generator().random()


class Throws(IterableDataset):
    """A stream of random numbers, which is also of a random order."""

    def __init__(self, size=11):
        self.size = size

    def __iter__(self):
        for index in generator().permutation(self.size).tolist():
            yield index, generator().random()


class Sized(Throws):
    def __len__(self):
        return self.size


def collate_and_draw(samples):
    return [*default_collate(samples), generator().random()]


def add_noise(index, number, drawn):
    return index, number + generator().random(), drawn


def batches_of(loader):
    """The batches as plain values."""
    return [
        [getattr(part, "tolist", lambda part=part: part)() for part in batch] for batch in loader
    ]


# --- what goes wrong


class TwoArgumentsError(Exception):
    """Pickle calls it with one."""

    def __init__(self, place, what):
        super().__init__(f"{what} at {place}")


class WrapsError(Exception):
    """Pickle makes another message of it."""

    def __init__(self, what):
        super().__init__(f"wrapped: {what}")


class HoldsLockError(Exception):
    def __init__(self, message):
        super().__init__(message)
        self.lock = threading.Lock()


class SpeechlessError(Exception):
    def __str__(self):
        raise LookupError("no words")


def speechless(index):
    raise SpeechlessError(index)


def cancelled(index):
    raise CancelledError(f"the download of {index} was cancelled")


def unreadable(index):
    raise OSError(f"sample {index} is unreadable")


def with_cause(index):
    try:
        unreadable(index)
    except OSError as error:
        raise ValueError(f"sample {index} is no image") from error


def two_arguments(index):
    raise TwoArgumentsError(index, "damage")


def wraps(index):
    raise WrapsError(f"damage at {index}")


def holds_lock(index):
    raise HoldsLockError(f"locked at {index}")


def times_out(index):
    raise TimeoutError(f"the disk took too long for {index}")


def lock(index):
    return threading.Lock()


def kill_itself(index):
    os.kill(os.getpid(), signal.SIGKILL)


def terminate_itself(index):
    os.kill(os.getpid(), signal.SIGTERM)


def leave(index):
    os._exit(3)


def sys_exit(index):
    raise SystemExit(4)


def hang(index):
    threading.Event().wait()


class At(Numbers):
    """Sample `place` is what a function returns; the others are their indices."""

    def __init__(self, place, function, size=10):
        super().__init__(size)
        self.place, self.function = place, function

    def __getitem__(self, index):
        return self.function(index) if index == self.place else index


class StreamAt(IterableDataset):
    def __init__(self, place, function):
        self.place, self.function = place, function

    def __iter__(self):
        for index in range(10):
            yield self.function(index) if index == self.place else index


class Unpickles(Numbers):
    """A data set that no worker process can open."""

    def __setstate__(self, state):
        raise ImportError("no module of that name here")


class LeavesOnLoad(Numbers):
    def __setstate__(self, state):
        os._exit(5)


class Sour:
    """What a worker sends and the caller cannot open."""

    def __reduce__(self):
        return unreadable, (7,)


def sour(index):
    return Sour()


def first(samples):
    return samples[0]


class DiesWhileSending(Numbers):
    """A batch of 64 MB, during whose sending, or a little before or after, the process is killed.

    The index says after how many tenths of a millisecond.
    """

    def __getitem__(self, index):
        kill = lambda: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731
        threading.Timer(index * 1e-4, kill).start()
        return np.ones(2**23)


class Forks(Numbers):
    """Sample 1 has a child which lives until a file is there, and kills its process.

    It does so at once, or when the first part of the batch has been sent.
    """

    def __init__(self, free, at_once):
        super().__init__()
        self.free, self.at_once = free, at_once

    def __getitem__(self, index):
        if index != 1:
            return index
        if os.fork() == 0:
            end = time.monotonic() + 30
            while not self.free.exists() and time.monotonic() < end:
                time.sleep(0.01)
            self.free.touch()
            os._exit(0)
        if self.at_once:
            kill_itself(index)
        Connection.send_bytes = lambda self, part: kill_itself(index)
        return index


class Pids(Numbers):
    def __getitem__(self, index):
        return os.getpid()


class SharedMaps(Numbers):
    """What the process has mapped of shared memory and semaphores."""

    def __getitem__(self, index):
        maps = Path("/proc/self/maps").read_text()
        return [line for line in maps.splitlines() if "/dev/shm" in line]


def fail_to_start(number):
    if number == 1:
        raise RuntimeError(f"worker {number} found no licence")


def fail_collate(samples):
    raise KeyError("mask")


def fail_transform(batch):
    raise FloatingPointError("an overflow")


class Memory(Numbers):
    """Counts what it was asked for, in this process."""

    asked = 0

    def __getitem__(self, index):
        self.asked += 1
        return self.asked


number_of_worker = None


def note_number(number):
    global number_of_worker
    number_of_worker = number


class Worker(Numbers):
    """The number that `worker_init_fn` got in this process."""

    def __getitem__(self, index):
        return number_of_worker
