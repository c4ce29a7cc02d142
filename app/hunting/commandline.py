"""Where a command line or script carries encoded content: -EncodedCommand and base64.

PowerShell takes any unambiguous prefix of a parameter name, in any case, after -, / or one of
the Unicode dashes; `ec` is an alias.
Source: about_PowerShell_exe, and CommandLineParameterParser in PowerShell's public source.
"""

import re
import string
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import pybase64
import re2

from app.hunting.encodings import from_base64

DASHES = "-/\u2013\u2014\u2015"
MAX_WORDS = 20_000  # in which a parameter is looked for
MAX_CONTENTS = 64  # base64 texts taken from one command line or script
MAX_NAMES = 4096  # of the function that decodes base64, in one of them
_NAMES = frozenset("encodedcommand"[:length] for length in range(1, 15)) | {"ec"}
_QUOTES = "\"'\u2018\u2019\u201a\u201b\u201c\u201d\u201e"
_ESCAPES = str.maketrans("", "", "^`" + _QUOTES)
_WRAPPING = b"\"'^`;(),|&{}"  # around a word, never part of base64
_ESCAPED = re.compile(rb"[\"'^`]")
_PARAMETER_START = re.compile(rb"[\"'^`]*[-/\xe2][\"'^`\x80-\xbf]*[eE]")  # \xe2: Unicode dashes
_BASE64_ONLY = re.compile(rb"[A-Za-z0-9+/]+={0,3}\Z")
_POWERSHELL = re2.compile(rb"(?i)powershell|pwsh")
_ALPHABET = frozenset((string.ascii_letters + string.digits + "+/").encode())
_AS_RUNS = bytes(ord("A") if byte in _ALPHABET else ord(" ") for byte in range(256))
_SHORTEST_BARE = b"A" * 40
_HEXADECIMAL = re.compile(rb"(?:0x)?[0-9A-Fa-f]+\Z")
_NAME_BEFORE = frozenset(b".-_%~\\")
# Other programs have these options too: they are PowerShell's only in its own command.
_SHORT_NAMES = frozenset(["e", "ec", "en"])
_OTHER_COMMAND = re.compile(
    rb"[;&|]|\s[-/]+(?:f|fi|fil|file|c|co|com|comm|comma|comman|command)(?:\s|\Z)", re.IGNORECASE
)
_BREAKS = re.compile(rb"[\s\"'<>]")
_MAX_URL = 2048
_HEAD = 128
_WORDS_BETWEEN = 32  # powershell and its parameter
_ENTITY = re.compile(rb"&(?:quot|apos|#0*3[49]|#x2[27]);", re.IGNORECASE)
_ENDS_OF_COMMAND = (b"&", b"|", b"<", b">", b";")
_TEAR = rb"(?:\s*[\r\n]\s*|(?:\\r)?\\n|[\"']\s*\+\s*[\"'])"
_TORN = re2.compile(
    rb"[A-Za-z0-9+/]{8,}(?:" + _TEAR + rb"[A-Za-z0-9+/]+)+(?:" + _TEAR + rb"={1,2}|={0,2})"
)
_LINE = re2.compile(rb"(?:^|" + _TEAR + rb")([A-Za-z0-9+/]+={0,2}|={1,2})")
_AFTER_TORN = frozenset(b"\r\n\\\"'")
_ADDED_TO = re.compile(rb"={0,2}[\"']\s*\+\s*\$|={0,2}[\"']\s*\+\s*\(")
# Linear: of each word at most one place is followed by a blank.
_PIECE = re.compile(rb"[-/][eE]\w*+\s++[^\s'\"]*+['\"]\s*+(?:[;,+).]|-[cCiI]?(?i:re|sp|jo|f))")
_FROM_BASE64 = b"frombase64"
# What follows that. Linear: no two neighbours share a character but for one quotation mark.
_ARGUMENT = re.compile(
    rb"(?i:string|chararray)['\"]?(?i:\.invoke)?[ \t\n\f\r(]*+"
    rb"(?:['\"]|\xe2\x80[\x98-\x9e])+([A-Za-z0-9+/= \t\n\f\r]{4,})"
)
_AFTER_PIECE = 64  # bytes behind a quote that tell whether the script goes on
_MIN_PIECE = 16  # a shorter word after an unfinished base64 text is an argument of its own


_MIN_USUAL, _MAX_USUAL_HEAD = 64, 512
_USUAL_NAMES = frozenset(b"-" + name.encode() for name in _NAMES)


class Encoded(NamedTuple):
    """A base64 text, and its span in the bytes where it was found.

    `certain`: the text itself says that this is encoded (a parameter or FromBase64String);
    otherwise it merely looks like base64. `data`: what it decodes to, where that is known.
    """

    base64: bytes
    span: tuple[int, int]
    certain: bool
    data: bytes = b""


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
    if usual := _usual(raw):
        yield usual
        return
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
            powershell = _names_powershell(raw)
        if not base64 or not _is_meant(word, words, index, base64, powershell):
            continue
        count += 1
        span = _offset(raw, words, first), _offset(raw, words, following)
        tearing = _may_be_torn(value, words, first + 1)
        whole = _torn(raw, raw.find(base64[:8], span[0])) if tearing else None
        if whole and (len(whole.base64) > len(base64) or not _BASE64_ONLY.match(base64)):
            yield whole._replace(certain=True)
        elif not (tearing and _ADDED_TO.match(raw, raw.find(base64, span[0]) + len(base64))):
            yield Encoded(base64, span, certain=True)


def _usual(raw: bytes) -> Encoded | None:
    """`powershell ... -e <base64>` and nothing else, as most are: found without reading it all."""
    head, _, last = raw.rpartition(b" ")
    if len(last) < _MIN_USUAL or len(head) > _MAX_USUAL_HEAD:
        return None
    if head[-20:].rpartition(b" ")[2].lower() not in _USUAL_NAMES:
        return None
    try:
        data = pybase64.b64decode(last, validate=True)
    except ValueError:
        return None
    if any(data[1:48:2]):
        return None
    return Encoded(last, (len(head) + 1, len(raw)), certain=True, data=data)


def _names_powershell(raw: bytes) -> bool:
    head = raw[:_HEAD].lower()  # where it nearly always stands
    return b"powershell" in head or b"pwsh" in head or bool(_POWERSHELL.search(raw))


def is_piece(raw: bytes) -> bool:
    """Whether an encoded argument ends with a string of a script, which may go on elsewhere."""
    quote = max(raw.rfind(b"'"), raw.rfind(b'"'))
    return quote >= 0 and bool(_PIECE.search(raw[: quote + _AFTER_PIECE]))


def _may_be_torn(value: bytes, words: list[bytes], following: int) -> bool:
    return (
        following < len(words)
        or b"\\" in value
        or any(quote in value[1:-1] for quote in (b'"', b"'"))
    )


def _is_meant(word: bytes, words: list[bytes], index: int, base64: bytes, powershell: bool) -> bool:
    """Whether the value is an encoded command, not an option of another program."""
    name = word[:16].decode("utf-8", "replace").translate(_ESCAPES)[1:].partition(":")[0]
    if name.lower() not in _SHORT_NAMES:
        return powershell or _must_be_base64(base64)
    if base64[:1] == b"/" and base64[:3] != b"//4":  # //4: UTF-16's byte order mark
        return False
    return _is_utf16(base64) or (powershell and _follows_powershell(words, index))


def _is_utf16(base64: bytes) -> bool:
    """Whether base64 begins like UTF-16LE of ASCII: every second byte of its start is null."""
    return len(base64) >= _MIN_PIECE and not any(from_base64(base64[:64]).data[1::2])


def _follows_powershell(words: list[bytes], index: int) -> bool:
    """Whether the word at `index` is a parameter of powershell's own command."""
    before = b" ".join(word[-64:] for word in words[max(0, index - _WORDS_BETWEEN) : index])
    before = _ESCAPED.sub(b"", before)
    ends = [match.end() for match in _POWERSHELL.finditer(before)]
    return bool(ends) and not _OTHER_COMMAND.search(before, ends[-1])


def _torn(raw: bytes, start: int) -> Encoded | None:
    """Base64 that is broken into equal lines or sums of strings; None if it is not broken."""
    match = _TORN.match(raw, start) if start >= 0 else None
    if not match:
        return None
    is_sum = b"'" in match.group() or b'"' in match.group()
    lines: list[bytes] = []
    for line in _LINE.finditer(match.group()):
        if lines and not is_sum and len(line.group(1)) != len(lines[0]):
            if _ends_base64(lines, line.group(1)):
                lines.append(line.group(1))
                end = line.end()
            break
        lines.append(line.group(1))
        end = line.end()
    return Encoded(b"".join(lines), (start, start + end), False) if len(lines) > 1 else None


def _ends_base64(lines: list[bytes], last: bytes) -> bool:
    """Whether a shorter line is the end of base64, not a word of its own."""
    length = len(lines[0]) * len(lines) + len(last)
    padded = last.endswith((b"=", b"A"))  # A: UTF-16LE of ASCII ends so
    return len(last) < len(lines[0]) and length % 4 == 0 and (padded or len(lines) > 1)


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
    ended = _end_of_command(_ENTITY.sub(b"", value) if b"&" in value else value) > 0
    while not closed and not ended and following < len(words) and not pieces[-1].endswith(b"="):
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
    if b"&" in word:
        word = _ENTITY.sub(b'"', word)
    word = word.strip(_WRAPPING)
    if (end := _end_of_command(word)) >= 0:
        word = word[:end].strip(_WRAPPING)
    if not word.isascii():
        word = word.decode("utf-8", "replace").strip(_QUOTES).encode()
    return _ESCAPED.sub(b"", word) if b"^" in word or b"`" in word or b'"' in word else word


def _end_of_command(word: bytes) -> int:
    """Where the first sign stands that ends a command, -1 if there is none."""
    return min((at for sign in _ENDS_OF_COMMAND if (at := word.find(sign)) >= 0), default=-1)


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


def data(raw: bytes, named: bool = True) -> Iterator[Encoded]:
    """The arguments of FromBase64String, then bare base64 of 40 characters and more.

    named: whether the text contains that name at all.
    """
    taken = set()
    for match in islice(_arguments(raw), MAX_CONTENTS) if named else ():
        taken.add(match.start(1))
        yield Encoded(b"".join(match.group(1).split()), match.span(1), certain=True)
    end = 0
    for start, stop in islice(_bare(raw), MAX_CONTENTS):
        run = raw[start:stop]
        if start < end or start in taken or _is_name(raw, start, run):
            continue
        tearing = stop < len(raw) and raw[stop] in _AFTER_TORN
        if tearing and (whole := _torn(raw, start)):
            end = whole.span[1]
            yield whole
        elif not (tearing and _ADDED_TO.match(raw, stop)):
            yield Encoded(_complete(run), _cuttable(raw, (start, stop)), certain=False)


def _arguments(raw: bytes) -> Iterator[re.Match[bytes]]:
    lower = raw.lower()
    start = lower.find(_FROM_BASE64)
    for _ in range(MAX_NAMES):
        if start < 0:
            return
        end = start + len(_FROM_BASE64)
        if match := _ARGUMENT.match(raw, end):
            yield match
            end = match.end()
        start = lower.find(_FROM_BASE64, end)


def _bare(raw: bytes) -> Iterator[tuple[int, int]]:
    """The spans of base64 of 40 characters and more, with its padding."""
    runs = raw.translate(_AS_RUNS)
    start = runs.find(_SHORTEST_BARE)
    while start >= 0:
        stop = runs.find(b" ", start)
        if stop < 0:
            stop = len(raw)
        padding = raw[stop : stop + 2]
        yield start, stop + len(padding) - len(padding.lstrip(b"="))
        start = runs.find(_SHORTEST_BARE, stop)


def _complete(run: bytes) -> bytes:
    """Base64 without a single left-over character at its end."""
    return run[:-1] if len(run.rstrip(b"=")) % 4 == 1 else run


def _cuttable(raw: bytes, span: tuple[int, int]) -> tuple[int, int]:
    """The span; an empty one if it is part of a URL, which stays whole."""
    word = _BREAKS.split(raw[max(0, span[0] - _MAX_URL) : span[0]])[-1]
    return (span[0], span[0]) if b"://" in word else span


def _is_name(raw: bytes, start: int, run: bytes) -> bool:
    """Whether a run of base64's alphabet is a hash, or part of a URL, a path or a name."""
    before = raw[start - 1] if start else 0
    path = before == ord(":") and run[:1] == b"/"
    return path or before in _NAME_BEFORE or bool(_HEXADECIMAL.match(run))
