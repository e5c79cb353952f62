r"""Pictures of how a text is cut: coloured in a terminal, as SVG on a page, plain anywhere else.

Signs stand for what cannot be seen: `·` for a space, `↵` for the end of a line, `→` for a tab, a
number for other characters that print nothing, and `\xe6` for a byte that is a part of a character.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from tinytorch.tokenization.tokenizer import Tokenizer

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

_SIGNS = {" ": "·", "\n": "↵", "\t": "→", "\r": r"\r"}

# Of each kind of token: the colours of its text, of the signs in it, of its box and of the edge.
# All are written out, so that a dark page or terminal changes none of them.
_KINDS = {
    "blue": ("#1c2733", "#5877a8", "#dbe8fd", "#6d93cf"),
    "amber": ("#1c2733", "#96712c", "#fdedc8", "#d9a441"),
    "violet": ("#1c2733", "#7a61b8", "#e8e0fb", "#9a83d3"),
    "green": ("#1c2733", "#47805a", "#d8f3e0", "#4f9d69"),
    "pink": ("#1c2733", "#a8587a", "#fde0ea", "#d57f9f"),
    "special": ("#ffffff", "#b9c5d6", "#37475d", "#8492a6"),
}
_COLOURS = [kind for kind in _KINDS if kind != "special"]  # one token after the other


class TokenPicture:
    r"""A picture of how a tokenizer cuts a text.

    `print` shows the tokens with their ids below them, `rich.print` shows them in colour, and a
    notebook as the boxes that `svg` draws.

    Args:
        tokenizer: any.
        text: any that it can encode.
        width: of a row, in characters; a terminal has its own.
        settings: passed on to `tokenizer.encode`, such as `allowed_special`.

    Attributes:
        ids: of the text's tokens.
        width: as given.

    Raises:
        TypeError: if an argument is of another kind.
        ValueError: if the width is less than 10.

    Example:
        >>> tokenizer = BPETokenizer.train("low lower lowest", vocab_size=260)
        >>> print(TokenPicture(tokenizer, "lowest 語"))
        low e  s  t  ·   \xe8 \xaa \x9e
        257 68 82 83 220 164  103  252
        8 tokens, 8 characters, 10 bytes
    """

    def __init__(
        self, tokenizer: Tokenizer, text: str, *, width: int = 80, **settings: Any
    ) -> None:
        if not isinstance(tokenizer, Tokenizer):
            raise TypeError(
                f"TokenPicture: tokenizer is of type {type(tokenizer).__name__}, expected a "
                "Tokenizer: TokenPicture(tokenizer, text)"
            )
        if isinstance(width, bool) or not isinstance(width, int):
            raise TypeError(f"TokenPicture: width is {width!r}, expected an int")
        if width < 10:
            raise ValueError(f"TokenPicture: width is {width}, expected at least 10")
        self.width = width
        self.ids = tokenizer.encode(text, **settings)
        special = set(tokenizer.special_tokens.values())
        self._tokens = [
            _Token(i, token, "special" if i in special else _COLOURS[place % len(_COLOURS)], width)
            for place, (i, token) in enumerate(
                zip(self.ids, tokenizer.decode_tokens_bytes(self.ids), strict=True)
            )
        ]
        self._summary = ", ".join(
            f"{number:,} {what}{'' if number == 1 else 's'}"
            for number, what in [
                (len(self.ids), "token"),
                (len(text), "character"),
                (len(text.encode()), "byte"),
            ]
        )

    def __str__(self) -> str:
        lines = []
        for row in self._rows(self.width + 1, lambda token: token.column + 1):
            for cells in ([token.text for token in row], [str(token.id) for token in row]):
                padded = (
                    cell + " " * (token.column - cell_len(cell)) for token, cell in zip(row, cells)
                )
                lines.append(" ".join(padded).rstrip())
        return "\n".join([*lines, self._summary])

    def __repr__(self) -> str:
        return f"<TokenPicture: {self._summary}>"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The tokens in colour, or plain where there are too few colours."""
        from rich.text import Text  # whoever calls this has loaded it

        if console.no_color or console.color_system not in ("256", "truecolor"):
            yield Text(str(self))
            return
        line = Text()
        for token in self._tokens:
            if line and line.cell_len + token.cells > options.max_width:
                yield line
                line = Text()
            text, sign, background, _ = _KINDS[token.kind]
            for part, is_sign in token.parts:
                line.append(part, f"{sign if is_sign else text} on {background}")
                if _ends_line(part, is_sign):
                    yield line
                    line = Text()
        if line:
            yield line
        yield Text(self._summary, "dim")

    def svg(self) -> str:
        """The picture as SVG: a box for each token, with its id; needs nothing from elsewhere."""
        rows = self._rows(self.width * _CHARACTER, lambda token: token.breadth + _SPACE)
        drawn, right = [], float(_SPACE)
        for number, row in enumerate(rows):
            x, y = float(_SPACE), _SPACE + number * (_HEIGHT + _SPACE)
            for token in row:
                drawn.append(_box(token, x, y))
                x += token.breadth + _SPACE
            right = max(right, x)
        width, height = round(right + 0.5), _SPACE + len(rows) * (_HEIGHT + _SPACE)
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" class="tinytorch-tokens" role="img" '
                f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
                f"<title>A text, cut into tokens: {self._summary}</title>",
                f"<style>{_STYLE}</style>",
                *drawn,
                "</svg>",
            ]
        )

    def _repr_svg_(self) -> str:
        return self.svg()

    def _rows(self, limit: float, size: Callable[[_Token], float]) -> list[list[_Token]]:
        """The tokens, in rows of no more than a limit; after the end of a line a row ends too."""
        rows: list[list[_Token]] = []
        room = -1.0
        for token in self._tokens:
            room -= size(token)
            if room < 0 or not rows:
                rows.append([])
                room = limit - size(token)
            rows[-1].append(token)
            if b"\n" in token.token:
                room = 0
        return rows


class _Token:
    """A token, as it is shown.

    Attributes:
        parts: its text, and whether each part is of signs; the end of a line ends a part.
        cells: the width of its text, in characters.
    """

    def __init__(self, id: int, token: bytes, kind: str, width: int) -> None:
        self.id, self.token, self.kind = id, token, kind
        # Bytes that are no UTF-8 become lone surrogates, which no token has otherwise.
        shown = [_sign(character) for character in token.decode("utf-8", "surrogateescape")]
        if shown and not cell_len(shown[0][0]):
            shown.insert(0, ("◌", False))  # for an accent to stand on
        ends = list(accumulate(cell_len(text) for text, _ in shown))
        if ends and ends[-1] > width:
            shown = [part for part, end in zip(shown, ends) if end < width] + [("…", True)]
        self.parts: list[tuple[str, bool]] = []
        for text, is_sign in shown:
            before, alike = self.parts[-1] if self.parts else ("", None)
            if alike is is_sign and not _ends_line(before, is_sign):
                self.parts[-1] = before + text, is_sign
            else:
                self.parts.append((text, is_sign))
        self.text = "".join(text for text, _ in shown)
        self.cells = cell_len(self.text)

    @property
    def column(self) -> int:
        """The width of its text and its id, one below the other, in characters."""
        return max(self.cells, len(str(self.id)))

    @property
    def breadth(self) -> float:
        """The width of its box."""
        return max(self.cells * _CHARACTER, len(str(self.id)) * _DIGIT) + _PADDING


def _sign(character: str) -> tuple[str, bool]:
    """How a character is shown, and whether that is a sign in its place."""
    if character in _SIGNS:
        return _SIGNS[character], True
    if "\udc80" <= character <= "\udcff":
        return rf"\x{ord(character) - 0xDC00:02x}", True
    if not character.isprintable():
        number = ord(character)  # never two digits: these are for bytes
        return rf"\u{number:04x}" if number < 0x10000 else rf"\U{number:08x}", True
    return character, False


def _ends_line(part: str, is_sign: bool) -> bool:
    return is_sign and part.endswith(_SIGNS["\n"])


_CHARACTER, _DIGIT = 8.43, 5.5  # the widths of one, in the fonts below
_HEIGHT, _PADDING, _SPACE = 38, 10, 4  # of a box; within it, around it
_STYLE = """
.tinytorch-tokens text { font: 14px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.tinytorch-tokens text { text-anchor: middle }
.tinytorch-tokens text + text { font-size: 9px }
""" + "\n".join(
    f".tinytorch-tokens .{kind} rect {{ fill: {box}; stroke: {edge} }} "
    f".tinytorch-tokens .{kind} text {{ fill: {text} }} "
    f".tinytorch-tokens .{kind} text + text, .tinytorch-tokens .{kind} tspan {{ fill: {sign} }}"
    for kind, (text, sign, box, edge) in _KINDS.items()
)


def _box(token: _Token, x: float, y: float) -> str:
    middle = x + token.breadth / 2
    text = "".join(
        f"<tspan>{escape(part)}</tspan>" if is_sign else escape(part)
        for part, is_sign in token.parts
    )
    return (
        f'<g class="{token.kind}"><title>{escape(str(token.token))}, id {token.id}</title>'
        f'<rect x="{x:.1f}" y="{y}" width="{token.breadth:.1f}" height="{_HEIGHT}" rx="6"/>'
        f'<text x="{middle:.1f}" y="{y + 18}">{text}</text>'
        f'<text x="{middle:.1f}" y="{y + 32}">{token.id}</text></g>'
    )
