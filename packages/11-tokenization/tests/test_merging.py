"""Merging, held against a loop that looks through the whole piece for each merge."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinytorch.tokenization import GPT4_PATTERN, BPETokenizer
from tinytorch.tokenization.merging import merge


def literal_merge(piece, merges):
    tokens = list(piece)
    while found := [
        (merges[pair][0], i) for i, pair in enumerate(pairwise(tokens)) if pair in merges
    ]:
        _, i = min(found)
        tokens[i : i + 2] = [merges[tokens[i], tokens[i + 1]][1]]
    return tokens


@st.composite
def vocabularies(draw):
    """Merges in any order: one may come before those that make its tokens."""
    tokens = ["a", "b", "c"]
    pairs = []
    for _ in range(draw(st.integers(0, 20))):
        left, right = draw(st.sampled_from(tokens)), draw(st.sampled_from(tokens))
        if len(left + right) > 4:  # most pairs are to occur
            continue
        if (left, right) not in pairs:
            pairs.append((left, right))
        if left + right not in tokens:  # another pair may have made it: ab + c, a + bc
            tokens.append(left + right)
    ids = {token: i for i, token in enumerate(tokens)}
    return {
        (ids[left], ids[right]): (number, ids[left + right])
        for number, (left, right) in enumerate(draw(st.permutations(pairs)))
    }


@settings(max_examples=500)
@given(st.lists(st.integers(0, 2), max_size=40), vocabularies())
def test_it_merges_as_looking_through_everything_does(piece, merges):
    assert merge(piece, merges) == literal_merge(piece, merges)


@given(st.integers(0, 2), st.integers(0, 40), vocabularies())
def test_runs_of_one_token(token, length, merges):
    assert merge([token] * length, merges) == literal_merge([token] * length, merges)


A, B, C, AB, BC, ABC = range(6)


def test_what_was_learned_first_is_merged_first():
    assert merge([A, B, C], {(A, B): (0, AB), (B, C): (1, BC)}) == [AB, C]
    assert merge([A, B, C], {(A, B): (1, AB), (B, C): (0, BC)}) == [A, BC]


def test_a_merge_may_wait_for_a_token_that_is_learned_later():
    merges = {(AB, C): (0, ABC), (B, C): (1, BC), (A, B): (2, AB)}
    assert merge([A, B, C], merges) == [A, BC]
    assert merge([A, B, A, B, C], merges) == [AB, A, BC]
    # as soon as there is an AB, its merge with the C after it is before all others
    assert merge([A, B, C], {(AB, C): (0, ABC), (A, B): (2, AB)}) == [ABC]


def test_a_place_waits_anew_when_its_right_token_has_grown():
    D, BCD = 6, 7
    merges = {(B, C): (0, BC), (A, B): (1, AB), (BC, D): (2, BCD), (A, BC): (3, ABC)}
    assert merge([A, B, C, D], merges) == [A, BCD]


def test_of_several_places_the_leftmost_is_merged():
    assert merge([A] * 5, {(A, A): (0, B)}) == [B, B, A]


@pytest.mark.parametrize("piece", [[], [A], [C, A], [A] * 7])
def test_where_nothing_is_to_be_merged(piece):
    assert merge(piece, {}) == piece
    assert merge(piece, {(A, B): (0, AB)}) == piece


def test_the_piece_is_not_changed():
    piece = [A, B, A, B]
    assert merge(piece, {(A, B): (0, AB)}) == [AB, AB]
    assert piece == [A, B, A, B]


def test_200_000_characters_without_a_space():
    letters = random.Random(0).choices("abcdefgh", k=200_000)
    text = "".join(letters)
    tokenizer = BPETokenizer.train(text[:5_000], 400, pattern=GPT4_PATTERN)
    ids = tokenizer.encode(text)
    assert len(ids) < 120_000
    assert tokenizer.decode(ids) == text
    run = BPETokenizer.train("a" * 64, 262)
    assert run.encode("a" * 200_001) == [261] * 3_125 + [run.vocabulary[b"a"]]
