"""What the encoders are made of: quoted strings, names, pieces."""

from collections.abc import Callable
from random import Random

# Statements that must come first, and the expression whose value is the text.
Encoded = tuple[str, str]
Encoder = Callable[[str, Random], Encoded]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LOOPS = ("%", "ForEach-Object", "foreach")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def cased(word: str, rng: Random) -> str:
    """A keyword in random case."""
    return "".join(rng.choice((char.lower(), char.upper())) for char in word)


def name(rng: Random) -> str:
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(2, 7)))


def variable(rng: Random) -> str:
    plain = name(rng)
    return rng.choice((f"${plain}", f"${{{plain}}}", f"${{{plain}-{rng.randint(0, 9)} ;}}"))


def pieces_of(text: str, rng: Random, most: int = 12) -> list[str]:
    cuts = sorted({rng.randint(1, max(1, len(text) - 1)) for _ in range(rng.randint(1, most))})
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def absent(text: str, rng: Random, alphabet: str = "~!@%^_|;#") -> str:
    """A marker that the text does not contain, in any case."""
    while True:
        marker = "".join(rng.choice(LETTERS + alphabet) for _ in range(rng.randint(1, 3)))
        if marker.lower() not in text.lower():
            return marker
