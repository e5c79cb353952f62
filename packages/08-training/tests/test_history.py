"""A run's history: rows that may differ, columns, the best, and files of it."""

import csv
import json

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.training import History


@pytest.fixture
def history():
    history = History()
    history.append({"epoch": 1, "loss": 0.5})
    history.append({"epoch": 2, "loss": 0.25, "val_loss": 0.75})
    history.append({"epoch": 3, "loss": 0.125, "val_loss": 0.875, "note": "stopped"})
    return history


def test_columns_have_none_where_a_row_lacks_them(history):
    assert history["loss"] == [0.5, 0.25, 0.125]
    assert history["val_loss"] == [None, 0.75, 0.875]
    assert history.columns == ["epoch", "loss", "val_loss", "note"]
    assert "val_loss" in history
    assert "accuracy" not in history
    assert len(history) == 3
    assert [row["epoch"] for row in history] == [1, 2, 3]
    assert history.last == {"epoch": 3, "loss": 0.125, "val_loss": 0.875, "note": "stopped"}


def test_a_column_that_is_not_there_is_named(history):
    with pytest.raises(KeyError, match="no column 'acc', expected one of epoch, loss, val_loss"):
        history["acc"]
    with pytest.raises(KeyError, match="no column 'acc', nor any row yet"):
        History()["acc"]
    with pytest.raises(IndexError, match="History: there is no row yet"):
        _ = History().last


def test_the_best_row(history):
    assert history.best("loss") is history.rows[2]
    assert history.best("loss", mode="max") is history.rows[0]
    assert history.best("val_loss") is history.rows[1]  # the row that lacks it aside


def test_the_first_of_the_best_and_never_nan():
    history = History()
    for loss in (float("nan"), 2.0, 1.0, 1.0, float("nan"), float("inf")):
        history.append({"loss": loss})
    assert history.best("loss") is history.rows[2]
    assert history.best("loss", "max") is history.rows[5]


def test_what_has_no_best(history):
    with pytest.raises(ValueError, match="mode is None for 'accuracy', expected 'min' or 'max'"):
        history.best("accuracy")  # more is better, and nothing says so
    with pytest.raises(ValueError, match="mode is 'largest' for 'loss', expected 'min' or 'max'"):
        history.best("loss", "largest")
    with pytest.raises(ValueError, match="note holds no number"):
        history.best("note", "max")
    with pytest.raises(KeyError, match="no column 'acc'"):
        history.best("acc", "max")


def test_rows_are_plain_and_their_own():
    history = History()
    row = {
        "loss": np.float32(0.5),
        "lr": tt.tensor(0.25),
        "recall": tt.tensor([0.5, 1.0]),
        "count": np.int64(3),
        "matrix": np.eye(2, dtype=int),
    }
    history.append(row)
    row["loss"] = 7
    plain = {"loss": 0.5, "lr": 0.25, "recall": [0.5, 1], "count": 3, "matrix": [[1, 0], [0, 1]]}
    assert history.rows == [plain]
    assert json.loads(json.dumps(history.rows)) == [plain]


def test_what_is_no_row_is_refused(history):
    with pytest.raises(TypeError, match="History: a row is list, expected a dictionary"):
        history.append([("loss", 1)])
    with pytest.raises(TypeError, match="History: a column is named 1, expected a str"):
        history.append({1: 2})
    assert len(history) == 3


def test_a_csv_file_holds_every_digit(history, tmp_path):
    history.append({"epoch": 4, "loss": 0.1 + 0.2, "note": 'with, "signs"\n'})
    history.to_csv(tmp_path / "runs" / "history.csv")
    assert (
        (tmp_path / "runs" / "history.csv")
        .read_bytes()
        .startswith(b"epoch,loss,val_loss,note\r\n1,0.5,,\r\n2,0.25,0.75,\r\n")
    )
    with open(tmp_path / "runs" / "history.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == history["loss"]
    assert rows[-1]["note"] == 'with, "signs"\n'


def test_a_csv_file_is_whole_or_as_it_was(history, tmp_path):
    history.to_csv(tmp_path / "history.csv")
    before = (tmp_path / "history.csv").read_text()
    history.append({"note": "\ud800"})  # cannot be written
    with pytest.raises(UnicodeEncodeError):
        history.to_csv(tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["history.csv"]


def test_a_history_without_rows(tmp_path):
    history = History()
    assert repr(history) == "History: no rows"
    assert list(history) == history.columns == []
    history.to_csv(tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_text() in ("", "\n")


def test_it_shows_as_a_table():
    history = History()
    history.append({"epoch": 1, "loss": 1234.5678, "recall": [1, 2]})
    history.append({"epoch": 10, "loss": 0.000012345, "note": "x"})
    lines = [
        "epoch       loss  recall  note",
        "    1       1235     […]",
        "   10  1.234e-05             x",
    ]
    assert repr(history).splitlines() == lines


def test_a_long_history_shows_its_ends():
    history = History()
    for epoch in range(1, 101):
        history.append({"epoch": epoch})
    shown = repr(history).split()
    assert shown == ["epoch", "1", "2", "3", "4", "5", "…", "96", "97", "98", "99", "100"]
