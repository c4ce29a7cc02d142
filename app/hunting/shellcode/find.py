"""Bytes in a script that may be shellcode: number lists, hexadecimal texts, base64."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import NamedTuple

import re2

from app.hunting.scanner import Scanner

MIN_BYTES = 48
MAX_BLOBS = 32
MAX_BYTES = 1 << 20  # of one blob
MAX_TOTAL = 2 << 20  # bytes of all blobs
MAX_RUNS = 4096  # lists and texts that are looked at
_KEPT = 60  # bytes at each end of a list whose midst is left out
_FIRST_LOOK = 4096  # bytes in which most of them end

# Where one of them begins. Base64 is taken where it is named, or begins as code does: everything
# else that is encoded in base64 is a layer, and found as such. (Python's own expressions are
# linear for the first: all that it repeats is one set, and what ends it is not in that.)
_HEXADECIMAL_LIST = re.compile(rb"0[xX][0-9A-Fa-f]{1,2}[\s'\"`]*,")
_STARTS = (
    r"(?:[0-9]{1,3}\s*,\s*){16}",
    r"(?:\\x[0-9A-Fa-f]{2}){8}",
    r"[0-9A-Fa-f]{96}",
    r"(?:[0-9A-Fa-f]{2}[ ,:-]){32}",
    r"/Oi[A-Za-z0-9+/]AAAA|/EiD5PDo",
    r"[Ff][Rr][Oo][Mm][Bb][Aa][Ss][Ee]64",
)
_FIXED_LENGTH = frozenset([4, 5])  # those of them that Python's own expressions find faster
_NOISE = b" \t\r\n\v\f'\"+`"
_DIGIT = b"0123456789ABCDEFabcdef"


def _others(allowed: bytes) -> bytes:
    """A table for bytes.translate() that turns every byte but the allowed ones into 1."""
    return bytes(byte not in allowed for byte in range(256))


_ZEROS = bytes(ord("0") if byte in _DIGIT else byte for byte in range(256))
_LIST = _others(_DIGIT + _NOISE + b"xX,")
_ESCAPES = _others(_DIGIT + _NOISE + b"x\\")
_PAIRS = _others(_DIGIT + _NOISE + b"-:,")
_HEXADECIMAL = _others(_DIGIT + _NOISE)
_BASE64 = re.compile(
    rb"(?i:frombase64(?:string|chararray)?)?['\"]?[\s(]*['\"`]*([A-Za-z0-9+/]{64,})"
)
_SEPARATORS = _NOISE + b"-:,\\x"
_NUMBERS = {
    spelling.encode(): number
    for number in range(256)
    for spelling in (
        f"{number}",
        f"{number:02}",
        f"{number:03}",
        f"0x{number:x}",
        f"0x{number:02x}",
    )
}
# Code begins like this: cld, a jump, or what gets its own address near the front.
_CODE_START = re.compile(
    rb"[\xfc\xeb]|.{0,32}?(?:\xd9\x74\x24\xf4|\xe8\xff\xff\xff|\xe8\x00{4}|\x48\x8d\x05)", re.DOTALL
)
# Between two parts of one list: separators, or the assignment of more to the same variable.
_GAP = re.compile(
    rb"[\s'\"`,+()@;\\nr]*(?:\$[\w:]+\s*\+=[\s@(]*(?:\[byte\[\]\][\s(@]*)?)?['\"]*", re.I
)
_MAX_GAP = 64
_SUM = re.compile(rb"(\$\w+)(?=[\s+]*(\$\w+))")
_ASSIGNED = re.compile(rb"(\$\w+)\s*=[^=;$]*\Z")


@dataclass(slots=True)
class _Run:
    """Consecutive bytes: where their text stands, themselves, and whether it is base64."""

    start: int
    end: int
    data: bytes
    is_base64: bool = False


class Found(NamedTuple):
    """Bytes that may be code in a script, and the script without them."""

    blobs: list[bytes]
    rest: bytes


def find_blobs(raw: bytes) -> Found:
    """Byte arrays and the like in a script that may be code, in order, each once.

    In the rest only the beginning and the end of each long one are left, by which its form is
    still known, and zeros stand for their digits: scripts that differ in their code have the same
    rest.
    """
    runs = list(_runs(raw))
    if not runs:
        return Found([], raw)
    blobs = dict.fromkeys(blob[:MAX_BYTES] for blob in _joined(raw, runs) if len(blob) >= MIN_BYTES)
    return Found(list(blobs)[:MAX_BLOBS], _without(raw, runs))


def _without(raw: bytes, runs: list[_Run]) -> bytes:
    parts, at = [], 0
    for run in runs:
        if run.end - run.start > 2 * _KEPT and len(run.data) >= MIN_BYTES:
            ends = raw[run.start : run.start + _KEPT] + raw[run.end - _KEPT : run.end]
            parts.append(raw[at : run.start])
            parts.append(ends if run.is_base64 else ends.translate(_ZEROS))
            at = run.end
    return b"".join((*parts, raw[at:]))


def _runs(raw: bytes) -> Iterator[_Run]:
    """All lists and texts of bytes in `raw`, in order."""
    at, end, left = 0, -1, MAX_TOTAL
    for _ in range(MAX_RUNS):
        if at > end:  # most are hexadecimal lists: look for others only ahead of the next one
            listed = _HEXADECIMAL_LIST.search(raw, at)
            end = listed.start() if listed else len(raw)
            kinds = _scanner().find(raw[at:end])
        match = (_starts(kinds).search(raw, at, end) if kinds else None) or listed
        if match is None or left <= 0:
            return
        run = _run(raw, match.start(), match.group()[:2].lower())
        if run.data:
            yield run
        at = max(run.end, match.end())
        left -= len(run.data)


@cache
def _scanner() -> Scanner:
    return Scanner(dict(enumerate(_STARTS)))


@cache
def _starts(kinds: frozenset[int]) -> re.Pattern[bytes]:
    source = "|".join(_STARTS[kind] for kind in sorted(kinds))
    engine = re if kinds <= _FIXED_LENGTH else re2
    pattern: re.Pattern[bytes] = engine.compile(source.encode())
    return pattern


def _run(raw: bytes, start: int, head: bytes) -> _Run:
    if head in (b"/o", b"/e", b"fr"):
        return _from_base64(raw, start)
    if head == b"\\x":
        return _from_digits(raw, start, _ESCAPES)
    listed = _span(raw, start, _LIST)
    if b"," in listed and (data := _from_list(listed)):
        return _Run(start, start + len(listed), data)
    return _from_digits(raw, start, _PAIRS if len(listed) < 96 or b"," in listed else _HEXADECIMAL)


def _span(raw: bytes, start: int, others: bytes) -> bytes:
    """The bytes from `start` on up to the first that the table says is another."""
    size = _FIRST_LOOK
    while (end := raw[start : start + size].translate(others).find(1)) < 0:
        if size >= MAX_BYTES * 5 or start + size >= len(raw):
            return raw[start : start + size]
        size *= 4
    return raw[start : start + end]


def _from_list(listed: bytes) -> bytes:
    """The longest run of numbers below 256 (decimal, or hexadecimal with 0x) between commas."""
    compact = listed.translate(None, _NOISE).lower().strip(b",")
    return _from_even_list(compact) or _from_any_list(compact.split(b","))


def _from_even_list(compact: bytes) -> bytes:
    """The numbers of a list that is 0x00,0x00,... throughout; nothing if it is not."""
    count, rest = divmod(len(compact) + 1, 5)
    frame = compact[0::5] + compact[1::5] + compact[4::5]
    if rest or frame != b"0" * count + b"x" * count + b"," * (count - 1):
        return b""
    digits = bytearray(2 * count)
    digits[0::2], digits[1::2] = compact[2::5], compact[3::5]
    return _unhexlified(digits)


def _unhexlified(digits: bytes | bytearray) -> bytes:
    """The bytes of hexadecimal digits; nothing if they are not."""
    try:
        return binascii.unhexlify(digits)
    except binascii.Error:
        return b""


def _from_any_list(items: list[bytes]) -> bytes:
    try:
        return bytes(map(_NUMBERS.__getitem__, items))
    except KeyError:
        if all(len(item) == 2 for item in items) and (data := _unhexlified(b"".join(items))):
            return data
        groups = groupby(map(_NUMBERS.get, items), key=lambda number: number is not None)
        parts = [
            bytes(number for number in same if number is not None)
            for known, same in groups
            if known
        ]
        return max(parts, key=len, default=b"")


def _from_digits(raw: bytes, start: int, others: bytes) -> _Run:
    """Two hexadecimal digits a byte, with or without separators."""
    span = _span(raw, start, others)
    digits = span.translate(None, _SEPARATORS)
    digits = digits[: len(digits) & ~1]
    return _Run(start, start + len(span), _unhexlified(digits))


def _from_base64(raw: bytes, start: int) -> _Run:
    """Base64 of code; nothing if the bytes do not begin as code does."""
    match = _BASE64.match(raw, start)
    if match is None:
        return _Run(start, start + 1, b"")
    text = match.group(1)[: MAX_BYTES * 2]
    if not _CODE_START.match(binascii.a2b_base64(text[:64])):
        return _Run(start, match.end(), b"")
    data = binascii.a2b_base64(text[: len(text) & ~3] + _rest(text))
    return _Run(start, match.end(), data, is_base64=True)


def _rest(text: bytes) -> bytes:
    """What completes base64 without its padding."""
    rest = text[len(text) & ~3 :]
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""


def _joined(raw: bytes, runs: list[_Run]) -> Iterator[bytes]:
    """The bytes of each list, those that the script splits into several put together."""
    sums = _sums(raw) if len(runs) > 1 else set()
    parts: list[bytes] = []
    for index, run in enumerate(runs):
        if parts and not _continues(raw, runs[index - 1], run, sums):
            yield b"".join(parts)
            parts = []
        parts.append(run.data)
    if parts:
        yield b"".join(parts)


def _continues(raw: bytes, previous: _Run, run: _Run, sums: set[tuple[bytes, bytes]]) -> bool:
    """Whether `run` goes on with the bytes of `previous`."""
    gap = raw[previous.end : run.start]
    if len(gap) <= _MAX_GAP and _GAP.fullmatch(gap):
        return b"+=" in gap or (b";" not in gap and not _CODE_START.match(run.data))
    return (_variable(raw, previous.start), _variable(raw, run.start)) in sums


def _sums(raw: bytes) -> set[tuple[bytes, bytes]]:
    """The pairs of variables that the script puts together: $a + $b, "$a$b"."""
    return {(first.lower(), second.lower()) for first, second in _SUM.findall(raw)}


def _variable(raw: bytes, start: int) -> bytes:
    """The variable that a list is assigned to."""
    match = _ASSIGNED.search(raw, max(start - 80, 0), start)
    return match.group(1).lower() if match else b""
