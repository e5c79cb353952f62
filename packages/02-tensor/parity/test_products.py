"""Products agree with PyTorch."""

import numpy as np
import pytest
import torch

import tinytorch.tensor as tt

rng = np.random.default_rng(0)


def a(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def whole(*shape):
    return rng.integers(-3, 4, shape)


CASES = [
    ("matmul", [(a(3), a(3)), (a(2, 3), a(3)), (a(3), a(3, 4)), (a(2, 3), a(3, 4)), (a(0), a(0))]),
    (
        "matmul",
        [(a(5, 2, 3), a(3)), (a(5, 2, 3), a(3, 4)), (a(3), a(5, 3, 4)), (a(2, 3), a(5, 3, 4))],
    ),
    ("matmul", [(a(5, 2, 3), a(5, 3, 4)), (a(6, 1, 2, 3), a(5, 3, 4)), (a(2, 5, 2, 3), a(3, 4))]),
    (
        "matmul",
        [(a(0, 3), a(3, 2)), (a(2, 0), a(0, 3)), (a(0, 2, 3), a(3, 2)), (a(2, 0, 3), a(3, 0))],
    ),
    (
        "matmul",
        [
            (a(3, 2).T, a(4, 3).T),
            (a(2, 5, 3).transpose(1, 0, 2), a(3, 4)),
            (whole(2, 3), whole(3, 4)),
        ],
    ),
    (
        "matmul",
        [
            (a(4, 2, 3).transpose(0, 2, 1), a(4, 5, 2).transpose(0, 2, 1)),
            (whole(2, 2, 3), whole(3)),
        ],
    ),
    ("matmul", [(a(2, 3).astype(np.float64), a(3, 4).astype(np.float64))]),
    (
        "mm",
        [
            (a(2, 3), a(3, 4)),
            (a(3, 2).T, a(4, 3).T),
            (a(2, 0), a(0, 2)),
            (whole(2, 3), whole(3, 2)),
        ],
    ),
    (
        "bmm",
        [
            (a(5, 2, 3), a(5, 3, 4)),
            (a(0, 2, 3), a(0, 3, 4)),
            (a(2, 3, 5).transpose(2, 0, 1), a(5, 3, 1)),
        ],
    ),
    ("dot", [(a(3), a(3)), (a(6)[::2], a(3)), (a(0), a(0)), (whole(4), whole(4))]),
    ("outer", [(a(3), a(4)), (a(6)[::2], a(0)), (whole(2), whole(3))]),
]

EQUATIONS = [
    ("einsum", "i,i->", a(3), a(3)),
    ("einsum", "i,j->ij", a(3), a(4)),
    ("einsum", "ij,jk->ik", a(2, 3), a(3, 4)),
    ("einsum", "ij,jk", a(2, 3), a(3, 4)),
    ("einsum", "ba,cb", a(2, 3), a(4, 2)),
    ("einsum", "ij,kj->ki", a(2, 3), a(4, 3)),
    ("einsum", "bij,bjk->bik", a(5, 2, 3), a(5, 3, 4)),
    ("einsum", "bhqd,bhkd->bhqk", a(2, 3, 4, 5), a(2, 3, 6, 5)),
    ("einsum", "bqhd,bkhd->bhqk", a(2, 4, 3, 5), a(2, 6, 3, 5)),
    ("einsum", "...ij,...jk->...ik", a(5, 2, 3), a(6, 5, 3, 4)),
    ("einsum", "...ij,jk->...ik", a(6, 5, 2, 3), a(3, 4)),
    ("einsum", "...i,...i", a(5, 3), a(3)),
    ("einsum", "i...,i...->...", a(3, 1, 4), a(3, 2, 4)),
    ("einsum", "ij,ij->i", a(4, 3), a(4, 3)),
    ("einsum", "ij,ij->ij", a(4, 3), a(4, 3)),
    ("einsum", "ij,ij", a(4, 3), a(4, 3)),
    ("einsum", "ij,jk->k", a(2, 3), a(3, 4)),
    ("einsum", "ij,kl->", a(2, 3), a(3, 4)),
    ("einsum", "ii", a(3, 3)),
    ("einsum", "ii->i", a(3, 3)),
    ("einsum", "iji->j", a(3, 4, 3)),
    ("einsum", "iii->i", a(3, 3, 3)),
    ("einsum", "ii,ij->j", a(3, 3), a(3, 4)),
    ("einsum", "ij->ji", a(2, 3)),
    ("einsum", "ij", a(2, 3)),
    ("einsum", "ij->", a(2, 3)),
    ("einsum", "i...->...", a(2, 3, 4)),
    ("einsum", "...->", a(2, 3, 4)),
    ("einsum", ",ij->ij", a(), a(2, 3)),
    ("einsum", "->", a()),
    ("einsum", "ij,jk,kl->il", a(2, 3), a(3, 4), a(4, 2)),
    ("einsum", "ij,ik,il->jkl", a(5, 2), a(5, 3), a(5, 4)),
    ("einsum", "a,ab,b,c->c", a(2), a(2, 3), a(3), a(4)),
    ("einsum", "bij,bjk->bik", a(1, 2, 3), a(5, 3, 4)),
    ("einsum", "ij,jk->ik", a(2, 1), a(3, 4)),
    ("einsum", "ij,j->ij", a(2, 3), a(1)),
    ("einsum", "ij,ij->i", a(1, 2), a(3, 1)),
    ("einsum", "ij,ij->", a(3, 1), a(1, 2)),
    ("einsum", "ij,ij->ij", a(1, 2), a(3, 1)),
    ("einsum", "...i,...i->...", a(1, 2), a(2, 1)),
    ("einsum", "...i,...i->...", a(1, 2), a(0, 2)),
    ("einsum", "bij,bjk->bik", a(1, 2, 3), a(5, 1, 4)),
    ("einsum", "ij,jk->ik", a(2, 0), a(0, 3)),
    ("einsum", "bij,bjk->bik", a(0, 2, 3), a(0, 3, 4)),
    ("einsum", "iJ,Jk -> k i", a(3, 2).T, a(4, 3).T),
    ("einsum", "ij,jk->ik", whole(2, 3), whole(3, 4)),
    ("einsum", "ii->", whole(3, 3)),
]


@pytest.mark.parity(*CASES)
@pytest.mark.parametrize(("name", "args"), [(name, args) for name, rows in CASES for args in rows])
def test_the_same_comes_out(agree, name, args):
    agree(getattr(tt, name), getattr(torch, name), *args)


@pytest.mark.parity(*EQUATIONS)
@pytest.mark.parametrize("row", EQUATIONS, ids=lambda row: row[1])
def test_equations(agree, row):
    agree(tt.einsum, torch.einsum, *row[1:])
    agree(tt.einsum, torch.einsum, row[1], list(row[2:]))


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("matmul", (a(2, 3), a(4, 2))),
        ("matmul", (a(3), a(4))),
        ("matmul", (a(), a(3))),
        ("matmul", (a(2, 3), a())),
        ("matmul", (a(5, 2, 3), a(4, 3, 2))),
        ("mm", (a(3), a(3, 2))),
        ("bmm", (a(1, 2, 3), a(5, 3, 4))),
        ("bmm", (a(2, 3), a(3, 4))),
        ("dot", (a(3, 1), a(3))),
        ("dot", (a(3), a(4))),
        ("outer", (a(3), a(2, 2))),
    ],
)
def test_the_same_is_an_error(name, args):
    for package, wrap in ((tt, tt.tensor), (torch, torch.tensor)):
        with pytest.raises((ValueError, RuntimeError)):
            getattr(package, name)(*map(wrap, args))


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (4, 2)]),
        ("ij->ik", [(2, 3)]),
        ("ij->ii", [(2, 3)]),
        ("ii->i", [(2, 3)]),
        ("ij,jk->ik", [(2, 3)]),
        ("ij->ij", [(2, 3, 4)]),
        ("i->i", [()]),
        ("i.j->i", [(2, 3)]),
        ("i?->i", [(2, 3)]),
        ("......->", [(2, 3)]),
        ("ij->i->j", [(2, 3)]),
        ("...i->i", [(2, 3)]),
    ],
)
def test_the_same_equations_are_errors(equation, shapes):
    for package in (tt, torch):
        try:
            result = package.einsum(equation, *[package.zeros(shape) for shape in shapes])
        except (ValueError, RuntimeError):
            result = None
        assert result is None or equation == "...i->i"
