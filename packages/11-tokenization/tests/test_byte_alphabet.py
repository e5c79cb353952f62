import pytest

from tinytorch.tokenization.byte_alphabet import ORDER, TOKENS, read, write


def test_every_byte_has_a_visible_character_of_its_own():
    characters = [write(bytes([byte])) for byte in range(256)]
    assert len(set(characters)) == 256
    assert all(len(character) == 1 and character.isprintable() for character in characters)
    assert not any(character.isspace() for character in characters)
    assert [read(character) for character in characters] == [bytes([byte]) for byte in range(256)]


def test_the_order_of_the_tokens_is_that_of_their_characters():
    assert sorted(ORDER) == list(range(256))
    characters = [write(bytes([byte])) for byte in ORDER]
    assert characters == sorted(characters)
    assert [TOKENS[byte] for byte in ORDER] == list(range(256))


@pytest.mark.parametrize(
    ("token", "written"),
    [(b"", ""), (b" the", "Ġthe"), (b"\n\t", "Ċĉ"), (b"\x00\xad\xff", "ĀŃÿ"), (b"\xe6", "æ")],
)
def test_tokens_as_gpt2_writes_them(token, written):
    assert write(token) == written
    assert read(written) == token


@pytest.mark.parametrize(("text", "character"), [("a b", "' '"), ("日", "'日'"), ("\n", r"'\\n'")])
def test_characters_that_stand_for_no_byte(text, character):
    with pytest.raises(ValueError, match=rf"has the character {character}, which stands for no b"):
        read(text)
