from hashlib import sha256
from importlib.resources import files

import pytest

from tinytorch.dataloader import Austen, DataLoader, Text, TinyShakespeare
from tinytorch.dataloader.contents import Contents
from tinytorch.setup import data_home


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("\n", [""]),
        ("one", ["one"]),
        ("one\n", ["one"]),
        ("one\n\n", ["one", ""]),
        ("one\r\ntwo\x0b\u2028\x85three", ["one\r", "two\x0b\u2028\x85three"]),
    ],
)
def test_a_sample_is_a_line(text, lines):
    dataset = Text(text)
    assert dataset.text == text
    assert len(dataset) == len(lines)
    assert list(dataset) == lines
    assert dataset[:] == lines


def test_lines_are_counted_from_the_end_too():
    dataset = Text("one\ntwo\nthree\n")
    assert dataset[-1] == "three"
    assert dataset[1:] == ["two", "three"]
    with pytest.raises(IndexError):
        dataset[3]


def test_lines_make_batches():
    batches = list(DataLoader(Text("one\ntwo\nthree"), batch_size=2))
    assert batches == [["one", "two"], ["three"]]


def test_a_text_is_a_string():
    with pytest.raises(TypeError, match=r"^Text: text is of type bytes, expected a string$"):
        Text(b"bytes")


def test_the_embedded_text_is_the_one_that_was_taken():
    content = files("tinytorch.dataloader").joinpath("austen.txt").read_bytes()
    assert len(content) == 125_424
    assert sha256(content).hexdigest() == (
        "1446321be7c1919c2733bc587b9316959a7fccc22c2a3081ba8afcee96e3720a"
    )
    whole = content.decode("ascii")
    assert len(set(whole)) == 74
    train, test = Austen(), Austen(train=False)
    assert train.train
    assert not test.train
    assert train.text + test.text == whole
    assert len(train.text) == int(0.9 * len(whole))
    chapters = [line for line in whole.splitlines() if line.startswith("Chapter ")]
    assert chapters == [f"Chapter {number}" for number in range(1, 16)]
    assert train[0] == "PRIDE AND PREJUDICE"
    assert test[-1] == "much attention in the whole course of his life."


@pytest.mark.parametrize("make", [Austen, TinyShakespeare])
def test_train_is_a_bool(make):
    with pytest.raises(TypeError, match=rf"^{make.__name__}: train is 1, expected True or False$"):
        make(1)


CONTENT = "Früher\nwar mehr\nLametta\n".encode()


class SmallShakespeare(TinyShakespeare):
    mirrors = ()
    contents = {"input.txt": Contents(len(CONTENT), sha256(CONTENT).hexdigest())}  # noqa: RUF012


def test_the_parts_are_of_characters(tmp_path):
    (tmp_path / "input.txt").write_bytes(CONTENT)
    train = SmallShakespeare(root=tmp_path, download=False)
    test = SmallShakespeare(train=False, root=tmp_path, download=False)
    assert train.text == "Früher\nwar mehr\nLamet"  # 21 of 24
    assert test.text == "ta\n"
    assert list(test) == ["ta"]
    assert (train.train, test.train) == (True, False)


def test_arguments_are_refused():
    with pytest.raises(
        TypeError, match=r"^TinyShakespeare: root is 3, expected the path of a fold"
    ):
        TinyShakespeare(root=3)
    with pytest.raises(
        TypeError, match=r"^TinyShakespeare: download is 0, expected True or False$"
    ):
        TinyShakespeare(download=0)


def test_the_real_shakespeare():
    if not (data_home() / TinyShakespeare.folder / "input.txt").exists():
        pytest.skip(f"TinyShakespeare is not in {data_home()}")
    train, test = TinyShakespeare(download=False), TinyShakespeare(train=False, download=False)
    assert len(train.text) == 1_003_854
    assert len(test.text) == 111_540
    assert train.text.startswith("First Citizen:\nBefore we proceed any further, hear me speak.")
    assert len(set(train.text + test.text)) == 65
    assert (train.text + test.text).count("\n") == 40_000
