"""Sums of products, spelled by letters: `einsum("bqd,bkd->bqk", q, k)`.

Two operands at a time are multiplied, by `contract`, whose kernel sorts the letters into those of a
batch of matrix products, which BLAS computes.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tinytorch.tensor.diagonals import diagonal_of
from tinytorch.tensor.dims import ndim_of
from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.reductions import reduce_sum
from tinytorch.tensor.summation import add_up
from tinytorch.tensor.transposing import permute_dims

# Letters that nobody writes, for the dimensions of `...`, the last one first.
_OF_ELLIPSIS = [chr(ord("α") + i) for i in range(25)]


@primitive
def contract(input: Any, other: Any, *, first: str, second: str, result: str) -> Any:
    """The sum of products over the letters that are not in `result`.

    No letter stands twice in `first`, the input's dimensions, or in `second`, the other's; one that
    is not in `result` stands in both. Lengths of 1 broadcast.
    """
    a, first = _squeezed(input, first, other, second)
    b, second = _squeezed(other, second, a, first)
    a, first = _summed(a, first, keep=second + result)
    b, second = _summed(b, second, keep=first + result)
    plan = _planned(first, second, result)
    if not plan.inner:
        return np.multiply(_aligned(a, first, result), _aligned(b, second, result))
    a, b = a.transpose(plan.of_first), b.transpose(plan.of_second)
    n = plan.batch
    if n and not plan.left and not plan.right:  # products of rows, for which BLAS has nothing
        return np.einsum(a, [*range(a.ndim)], b, [*range(b.ndim)], [*range(n)])
    lefts, rights = a.shape[n : n + plan.left], b.shape[n + plan.inner :]
    length = math.prod(b.shape[n : n + plan.inner])
    out = np.matmul(
        a.reshape(*a.shape[:n], math.prod(lefts), length),
        b.reshape(*b.shape[:n], length, math.prod(rights)),
    )
    return out.reshape((*out.shape[:n], *lefts, *rights)).transpose(plan.of_result)


class _Plan(NamedTuple):
    """How many letters there are of each kind, and the orders of dimensions that sort them.

    In front stand those that number matrices (batch), then the rows (left), the columns (right),
    and what is summed over (inner).
    """

    batch: int
    inner: int
    left: int
    right: int
    of_first: list[int]
    of_second: list[int]
    of_result: list[int]


@functools.lru_cache(1024)
def _planned(first: str, second: str, result: str) -> _Plan:
    batch = [x for x in result if x in first and x in second]
    inner = [x for x in first if x in second and x not in result]
    left = [x for x in first if x not in second]
    right = [x for x in second if x not in first]
    letters = (*batch, *left, *right)
    return _Plan(
        len(batch),
        len(inner),
        len(left),
        len(right),
        [first.index(x) for x in (*batch, *left, *inner)],
        [second.index(x) for x in (*batch, *inner, *right)],
        [letters.index(x) for x in result],
    )


def _squeezed(array: Any, letters: str, other: Any, others: str) -> tuple[Any, str]:
    """Without dimensions of length 1 that broadcast against the other's."""
    if 1 not in array.shape:
        return array, letters
    lengths = dict(zip(others, other.shape))
    drop = [i for i, x in enumerate(letters) if array.shape[i] == 1 and lengths.get(x, 1) != 1]
    return array.squeeze(tuple(drop)), "".join([x for i, x in enumerate(letters) if i not in drop])


def _summed(array: Any, letters: str, keep: str) -> tuple[Any, str]:
    """With the dimensions summed that nobody else has."""
    drop = tuple([i for i, x in enumerate(letters) if x not in keep])
    if not drop:
        return array, letters
    with np.errstate(all="ignore"):
        total = add_up(array, drop, False).astype(array.dtype, copy=False)
    return total, "".join([x for x in letters if x in keep])


def _aligned(array: Any, letters: str, result: str) -> Any:
    """With the dimensions in the order of `result`, and of length 1 where it has none."""
    array = array.transpose([letters.index(x) for x in result if x in letters])
    return array[tuple([slice(None) if x in letters else None for x in result])]


def einsum(equation: str, *operands: Any) -> Any:
    r"""The sum of products that an equation spells out by Einstein's convention.

    Each letter names a dimension. `"ij,jk->ik"` is the matrix product,
    $z_{ik} = \sum_j x_{ij} y_{jk}$: letters that the result lacks are summed over. A letter that
    stands twice in one operand takes its diagonal, `...` stands for all other dimensions, which
    broadcast, and without an arrow the result has the letters that occur once, in alphabetical
    order.

    Args:
        equation: the letters of each operand, and of the result.
        operands: the tensors, or one list of them. More than two are multiplied in pairs, in an
            order that keeps what lies between small.

    Raises:
        ValueError: if the equation is not one, or does not fit the operands.

    Example:
        >>> import tinytorch.tensor as tt
        >>> q, k = tt.ones(2, 3, 8), tt.ones(2, 5, 8)
        >>> tt.einsum("bqd,bkd->bqk", q, k).shape
        (2, 3, 5)
        >>> tt.einsum("ii", tt.tensor([[1, 2], [3, 4]]))  # the trace
        tensor(5)
    """
    if not isinstance(equation, str):
        raise TypeError(f"einsum: equation is of type {type(equation).__name__}, expected text")
    if len(operands) == 1 and isinstance(operands[0], Sequence):
        operands = tuple(operands[0])
    terms, result = _parsed(equation, tuple([ndim_of("einsum", x) for x in operands]))
    _check_lengths(terms, operands)
    pairs = [_prepared(x, term, terms, result) for x, term in zip(operands, terms)]
    while len(pairs) > 1:
        i, j = (0, 1) if len(pairs) == 2 else _smallest(pairs, result)
        (x, first), (y, second) = pairs[i], pairs[j]
        pairs = [pair for n, pair in enumerate(pairs) if n not in (i, j)]
        letters = _still_needed(first, second, result, [term for _, term in pairs])
        pairs.append((contract(x, y, first=first, second=second, result=letters), letters))
    ((x, letters),) = pairs
    if letters == result and x is not operands[0]:  # a result is a tensor of its own
        return x
    return permute_dims(x, dims=tuple([letters.index(c) for c in result]))


@functools.lru_cache(1024)
def _parsed(equation: str, ndims: tuple[int, ...]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, with `...` replaced by letters."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    written = left.split(",")
    if len(written) != len(ndims) or not ndims:
        raise ValueError(
            f"einsum: {equation!r} has {len(written)} terms, for {len(ndims)} operands"
        )
    terms, widest = [], 0
    for i, (term, ndim) in enumerate(zip(written, ndims)):
        more = ndim - len(term.replace("...", "", 1))
        if more < 0 or (more and "..." not in term):
            raise ValueError(
                f"einsum: operand {i} has {ndim} dimensions, and {term!r} names {ndim - more}"
            )
        widest = max(widest, more)
        terms.append(_spelled(equation, term, more))
    if arrow:
        result = _spelled(equation, right, widest)
    else:
        letters = "".join(terms)
        once = sorted([x for x in set(letters) if letters.count(x) == 1 and x.isascii()])
        result = _spelled(equation, "...", widest) + "".join(once)
    wrong = [x for x in result if result.count(x) > 1 or x not in "".join(terms)]
    if wrong:
        raise ValueError(
            f"einsum: {wrong[0]!r} stands twice in the result of {equation!r}, or in no operand"
        )
    return terms, result


def _spelled(equation: str, term: str, more: int) -> str:
    spelled = term.replace("...", "".join(reversed(_OF_ELLIPSIS[:more])), 1)
    if not (term.replace("...", "", 1).isalpha() or term in ("", "...")) or not term.isascii():
        raise ValueError(
            f"einsum: {term!r} in {equation!r} is not made of letters, with `...` at most once"
        )
    return spelled


def _check_lengths(terms: list[str], operands: Sequence[Any]) -> None:
    known: dict[str, tuple[int, int]] = {}  # each letter's length, if it is not 1, and where it is
    for i, (term, x) in enumerate(zip(terms, operands)):
        own: dict[str, tuple[int, int]] = {}
        for letter, n in zip(term, x.shape):
            length, where = own.get(letter) or known.get(letter, (1, i))
            if n != length and (letter in own or 1 not in (n, length)):
                raise ValueError(
                    f"einsum: {_name(letter)} is {length} long in operand {where}, "
                    f"and {n} in operand {i}"
                )
            own[letter] = n, i
        known |= {letter: found for letter, found in own.items() if found[0] != 1}


def _name(letter: str) -> str:
    return repr(letter) if letter.isascii() else "a dimension of `...`"


def _prepared(x: Any, term: str, terms: list[str], result: str) -> tuple[Any, str]:
    """An operand with diagonals taken, and with letters summed over that are its own."""
    for letter in [c for c in dict.fromkeys(term) if term.count(c) > 1]:
        while term.count(letter) > 1:
            i, j = [n for n, c in enumerate(term) if c == letter][:2]
            x = diagonal_of(x, offset=0, dim1=i, dim2=j)
            term = term[:i] + term[i + 1 : j] + term[j + 1 :] + letter
    own = [c for c in term if c not in result and sum(c in t for t in terms) == 1]
    if own:
        x = reduce_sum(x, dim=tuple([term.index(c) for c in own]), keepdim=False)
        term = "".join([c for c in term if c not in own])
    return x, term


def _still_needed(first: str, second: str, result: str, others: list[str]) -> str:
    """The letters of a product that are still needed."""
    if not others:
        return result
    needed = result + "".join(others)
    return "".join([x for x in dict.fromkeys(first + second) if x in needed])


def _smallest(pairs: list[tuple[Any, str]], result: str) -> tuple[int, int]:
    """Which two to multiply next: those whose product adds the least to what there is."""
    lengths: dict[str, int] = {}
    for x, term in pairs:
        for letter, n in zip(term, x.shape):
            lengths[letter] = max(n, lengths.get(letter, 1))

    def growth(pair: tuple[int, int]) -> int:
        others = [term for n, (_, term) in enumerate(pairs) if n not in pair]
        first, second = (pairs[n][1] for n in pair)
        product = _still_needed(first, second, result, others)
        size: int = math.prod([lengths[x] for x in product])
        before: int = sum(math.prod(pairs[n][0].shape) for n in pair)
        return size - before

    return min(itertools.combinations(range(len(pairs)), 2), key=growth)
