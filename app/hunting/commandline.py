"""Where a command line or script carries encoded content: -EncodedCommand and base64.

PowerShell takes any unambiguous prefix of a parameter name, in any case, after -, / or one of
the Unicode dashes; `ec` is an alias.
Source: about_PowerShell_exe, and CommandLineParameterParser in PowerShell's public source.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import re2

DASHES = "-/\u2013\u2014\u2015"
MAX_WORDS = 20_000  # in which a parameter is looked for
MAX_CONTENTS = 64  # base64 texts taken from one command line or script
_NAMES = frozenset("encodedcommand"[:length] for length in range(1, 15)) | {"ec"}
_QUOTES = "\"'\u2018\u2019\u201a\u201b\u201c\u201d\u201e"
_ESCAPES = str.maketrans("", "", "^`" + _QUOTES)
_WRAPPING = b"\"'^`;(),|&{}"  # around a word, never part of base64
_ESCAPED = re.compile(rb"[\"'^`]")
_PARAMETER_START = re.compile(rb"[\"'^`]*[-/\xe2][\"'^`\x80-\xbf]*[eE]")  # \xe2: Unicode dashes
_BASE64_ONLY = re.compile(rb"[A-Za-z0-9+/]+={0,3}\Z")
_POWERSHELL = re2.compile(rb"(?i)powershell|pwsh")
_BARE = re2.compile(rb"[A-Za-z0-9+/]{40,}={0,2}")
_HEXADECIMAL = re.compile(rb"(?:0x)?[0-9A-Fa-f]+\Z")
_NAME_BEFORE = frozenset(b".-_%:~\\")
_FROM_BASE64 = re2.compile(
    rb"(?i)frombase64(?:string|chararray)['\"]?(?:\.invoke)?[\s(]*"
    rb"['\"\x{2018}-\x{201e}]+([A-Za-z0-9+/=\s]{4,})"
)
_MIN_PIECE = 16  # a shorter word after an unfinished base64 text is an argument of its own


class Encoded(NamedTuple):
    """A base64 text, and its span in the bytes where it was found.

    `certain`: the text itself says that this is encoded (a parameter or FromBase64String);
    otherwise it merely looks like base64.
    """

    base64: bytes
    span: tuple[int, int]
    certain: bool


def without(raw: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """The text around the spans, which may overlap."""
    around, end = [], 0
    for start, stop in sorted(spans):
        if start >= end:
            around.append(raw[end:start])
            end = stop
    return b" ".join([*around, raw[end:]])


def commands(raw: bytes) -> Iterator[Encoded]:
    """The arguments of -EncodedCommand in a command line or script."""
    words = raw.split(None, MAX_WORDS)
    powershell = None
    count = 0
    for index, word in enumerate(words):
        if not _PARAMETER_START.match(word) or count >= MAX_CONTENTS:
            continue
        value, following = _parameter(word, words, index)
        if not value:
            continue
        first = following - 1
        base64, following = _whole(value, words, following)
        if base64[:1] in (b"$", b"%"):
            continue  # a variable: what it holds is not in the text
        if powershell is None:
            powershell = bool(_POWERSHELL.search(raw))
        if base64 and (powershell or _must_be_base64(base64)):
            count += 1
            span = _offset(raw, words, first), _offset(raw, words, following)
            yield Encoded(base64, span, certain=True)


def _parameter(word: bytes, words: list[bytes], index: int) -> tuple[bytes, int]:
    """The value of `word` if that is -EncodedCommand (b'' if not), and the next word's index."""
    name = word[:64].decode("utf-8", "replace").translate(_ESCAPES)
    if not name or name[0] not in DASHES:
        return b"", 0
    name, colon, _ = name[1:].partition(":")
    if name.lower() not in _NAMES:
        return b"", 0
    if colon and not word.endswith(b":"):
        return word.partition(b":")[2], index + 1
    return (words[index + 1], index + 2) if index + 1 < len(words) else (b"", 0)


def _whole(value: bytes, words: list[bytes], following: int) -> tuple[bytes, int]:
    """The whole base64 text (to its closing quote, or over line breaks), and the next index."""
    quoted = value[:1] in (b'"', b"'")
    closed = quoted and value.rstrip(b";)")[-1:] == value[:1] and len(value) > 1
    pieces = [_cleaned(value)]
    while not closed and following < len(words) and not pieces[-1].endswith(b"="):
        piece = _cleaned(words[following])
        if not _BASE64_ONLY.match(piece) or not (quoted or _continues(pieces[-1], piece)):
            break
        closed = quoted and words[following][-1:] == value[:1]
        pieces.append(piece)
        following += 1
    return b"".join(pieces), following


def _continues(previous: bytes, piece: bytes) -> bool:
    """Whether an unquoted word goes on with base64: torn lines are long, or end with padding."""
    return len(previous) >= _MIN_PIECE and (len(piece) >= _MIN_PIECE or piece.endswith(b"="))


def _cleaned(word: bytes) -> bytes:
    word = word.strip(_WRAPPING)
    if not word.isascii():
        word = word.decode("utf-8", "replace").strip(_QUOTES).encode()
    return _ESCAPED.sub(b"", word) if b"^" in word or b"`" in word or b'"' in word else word


def _must_be_base64(value: bytes) -> bool:
    """Other programs have an option -e too: without PowerShell its value must leave no doubt."""
    return len(value) >= _MIN_PIECE and bool(_BASE64_ONLY.match(value))


def _offset(raw: bytes, words: list[bytes], index: int) -> int:
    """Where the word of that index begins in `raw` (its length if there is no such word)."""
    if index >= len(words):
        return len(raw)
    if index == len(words) - 1 and index < MAX_WORDS:
        return len(raw.rstrip()) - len(words[index])
    return len(raw) - len(raw.split(None, index)[index])


def data(raw: bytes) -> Iterator[Encoded]:
    """The arguments of FromBase64String, then bare base64 of 40 characters and more."""
    taken = set()
    for match in islice(_FROM_BASE64.finditer(raw), MAX_CONTENTS):
        taken.add(match.start(1))
        yield Encoded(b"".join(match.group(1).split()), match.span(1), certain=True)
    for match in islice(_BARE.finditer(raw), MAX_CONTENTS):
        if match.start() not in taken and not _is_name(raw, match.start(), match.group()):
            yield Encoded(match.group(), match.span(), certain=False)


def _is_name(raw: bytes, start: int, run: bytes) -> bool:
    """Whether a run of base64's alphabet is a hash, or part of a URL, a path or a name."""
    return bool(start and raw[start - 1] in _NAME_BEFORE) or bool(_HEXADECIMAL.match(run))
