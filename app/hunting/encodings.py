"""From encoded text to bytes, and from bytes to text: base64, character sets, compression.

Everything here is lenient (what can be decoded is decoded) and bounded (no output grows beyond
the limit that the caller gives).
"""

import codecs
import re
import zlib
from collections import Counter
from typing import NamedTuple

import pybase64

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_BOMS = (
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xef\xbb\xbf", "utf-8"),
)
GZIP = b"\x1f\x8b\x08"
_SAMPLE = 512  # bytes of the beginning, the middle and the end that tell the character set
_CONTROLS = bytes(i for i in range(32) if i not in b"\t\n\f\r\x1b") + b"\x7f"
_ASCII_TEXT = bytes(i for i in range(127) if i not in _CONTROLS)
_OTHERS = bytes(i not in _ASCII_TEXT for i in range(256))  # 0 for ASCII text


class Bytes(NamedTuple):
    """Decoded bytes; `problem` says what is missing ('' = complete)."""

    data: bytes
    problem: str = ""


class Text(NamedTuple):
    """Decoded text with its character set ('binary': not text, shown as far as it can be)."""

    text: str
    charset: str
    problem: str = ""


def from_base64(text: bytes) -> Bytes:
    """Decode standard base64 (RFC 4648) as far as it goes.

    White space is ignored, padding may be missing or surplus. A character outside the alphabet
    ends the data, as does a single left-over character at a cut-off end.
    """
    try:
        return Bytes(pybase64.b64decode(text, validate=True))
    except ValueError:
        return _from_damaged_base64(text)


def _from_damaged_base64(text: bytes) -> Bytes:
    body = b"".join(text.split()).rstrip(b"=")
    problem = ""
    if bad := _NOT_BASE64.search(body):
        problem = f"base64 ends at character {bad.start()} of {len(body)}"
        body = body[: bad.start()]
    if len(body) % 4 == 1:
        problem = problem or f"base64 is cut off after {len(body)} characters"
        body = body[:-1]
    return Bytes(pybase64.b64decode(body + b"=" * (-len(body) % 4)), problem)


def to_text(data: bytes) -> Text | None:
    """Text in UTF-16LE, UTF-16BE, UTF-8 or ASCII, null bytes removed; None if it is not text."""
    if plain := _plain_utf16(data):
        return plain
    for bom, charset in _BOMS:
        if data.startswith(bom):
            return _decoded(data[len(bom) :], charset)
    charset = _charset(data)
    return _decoded(data, charset) if charset else None


def _plain_utf16(data: bytes) -> Text | None:
    """ASCII in UTF-16LE, what most scripts are."""
    if data[1:2] != b"\x00" or len(data) % 2:
        return None
    try:
        text = codecs.utf_16_le_decode(data, "strict", True)[0]
    except UnicodeDecodeError:
        return None
    if not text.isascii() or "\x00" in text or not _is_readable(text.encode()):
        return None
    return Text(text, "utf-16-le")


def as_binary(data: bytes) -> Text:
    """What can be shown of bytes that are not text, null bytes removed."""
    shown = data.replace(b"\x00", b"").decode("utf-8", "replace")
    return Text(shown, "binary", "the payload is binary, not text")


def _charset(data: bytes) -> str:
    """The character set of `data`, '' if it looks like none."""
    sample = _sampled(data)
    if not sample:
        return ""
    units = max(len(sample) // 2, 1)
    low, high = sample[0::2], sample[1::2]
    if high.count(0) > 0.7 * units and _is_readable(low):
        return "utf-16-le"
    if low.count(0) > 0.7 * units and _is_readable(high):
        return "utf-16-be"
    nulls = high.count(0)
    if 2 * nulls >= units and _is_printable(data):
        return "utf-16-le"
    if (nulls < 4 or nulls < 8 * low.count(0)) and _is_utf8(data, sample):
        return "ascii" if data.isascii() else "utf-8"
    return "utf-16-le" if _is_mixed_utf16(sample) or _is_one_alphabet(data) else ""


def _sampled(data: bytes) -> bytes:
    """Beginning, middle and end, each from an even offset."""
    if len(data) <= 3 * _SAMPLE:
        return data
    middle, end = len(data) // 4 * 2, len(data) // 2 * 2
    return data[:_SAMPLE] + data[middle : middle + _SAMPLE] + data[end - _SAMPLE : end]


def _is_readable(head: bytes) -> bool:
    """At least 90 % of the bytes are ASCII text or the upper half of Latin-1."""
    return len(head.translate(None, _CONTROLS)) >= 0.9 * len(head) > 0


def _is_utf8(data: bytes, sample: bytes) -> bool:
    """Valid UTF-8 (but for a character that is cut off at the end) with next to no controls."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(data) - 3 or error.reason != "unexpected end of data":
            return False
    text = sample.replace(b"\x00", b"")
    return len(text.translate(None, _CONTROLS)) >= 0.97 * len(text) > 0


def _is_printable(data: bytes) -> bool:
    """Whether all of it is printable as UTF-16LE."""
    try:
        return "".join(data.decode("utf-16-le").split()).isprintable()
    except UnicodeDecodeError:
        return False


def _is_mixed_utf16(head: bytes) -> bool:
    """UTF-16LE in which a script's ASCII stands beside other alphabets.

    Random bytes make an ASCII unit in 1 of 650 cases, code in most.
    """
    units = len(head) // 2
    low, high = head[0 : 2 * units : 2].translate(_OTHERS), head[1::2]
    either = int.from_bytes(low, "big") | int.from_bytes(high, "big")
    plain = either.to_bytes(units, "big").count(0)
    return plain >= max(0.3 * units, 4)


def _is_one_alphabet(data: bytes) -> bool:
    """Printable UTF-16LE nearly all of which is of a few blocks: an alphabet and signs."""
    if len(data) < 16 or len(data) % 2:
        return False
    blocks = Counter(data[1 : 4 * _SAMPLE : 2]).most_common(4)
    share = sum(count for _, count in blocks) / len(data[1 : 4 * _SAMPLE : 2])
    return share >= 0.9 and _is_printable(data)


def _decoded(data: bytes, charset: str) -> Text:
    problem = ""
    tail = ""
    if charset.startswith("utf-16") and len(data) % 2:
        # The second byte of the last character was cut off; for ASCII it was a null byte.
        problem = "UTF-16 text of an odd number of bytes"
        tail = chr(data[-1]) if charset == "utf-16-le" and data[-1] in _ASCII_TEXT else ""
        data = data[:-1]
    text = data.decode(charset, "replace") + tail
    return Text(text.replace("\x00", ""), charset, problem)


def decompress(data: bytes, limit: int, raw: bool = False) -> tuple[str, Bytes] | None:
    """Inflate gzip (RFC 1952), zlib (RFC 1950) or, with `raw`, bare deflate (RFC 1951).

    At most `limit` bytes come out. Returns the format's name and the bytes, None for others.
    """
    if data.startswith(GZIP):
        return _inflated("gzip", data, 31, limit)
    if len(data) > 2 and data[0] & 0x8F == 8 and (data[0] << 8 | data[1]) % 31 == 0:
        return _inflated("zlib", data, 15, limit)
    return _inflated("deflate", data, -15, limit) if raw else None


def _inflated(name: str, data: bytes, window: int, limit: int) -> tuple[str, Bytes] | None:
    engine = zlib.decompressobj(window)
    output = b""
    problem = ""
    try:
        output = engine.decompress(data, limit)
    except zlib.error as error:
        # decompress() drops what it had: take it again in steps up to the damage.
        output = _inflated_until_damage(data, window, limit)
        problem = f"{name} is damaged: {error}"
    if not output:
        return None
    if len(output) >= limit and not engine.eof:
        problem = f"{name} stopped at its limit of {limit} bytes"
    elif not engine.eof:
        problem = problem or f"{name} is cut off"
    return name, Bytes(output, problem)


def _inflated_until_damage(data: bytes, window: int, limit: int) -> bytes:
    engine = zlib.decompressobj(window)
    output = bytearray()
    for start in range(0, len(data), 64):
        try:
            output += engine.decompress(data[start : start + 64], limit - len(output))
        except zlib.error:
            break
        if len(output) >= limit:
            break
    return bytes(output)
