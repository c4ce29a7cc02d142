"""Encoders whose decoder is the same bytes every time, apart from key and length.

Source: Metasploit Framework, modules/encoders/x64 and x86, and lib/rex/encoder/alpha2.
"""

import re
from collections.abc import Callable

from app.hunting.shellcode.encoders.steps import Step, xor

SEARCHED = 512  # bytes in which a decoder may begin

# lea rax, [rip+d]; mov rbx, key; xor [rax+d], rbx; sub rax, -8; loop
_X64_XOR = re.compile(
    rb"\x48\x8d\x05(.{4})\x48\xbb(.{8})\x48\x31\x58(.)\x48\x2d\xf8\xff\xff\xff\xe2\xf4", re.DOTALL
)
# jmp; pop; find the byte that ends the key, then the word that ends the data; call back
_DYNAMIC = re.compile(
    rb"\xeb[\x20-\x40]\x59.{2,12}?\x80\x39(.).{4,16}?\x66\x81\x39(..).{8,40}?\xe8.\xff\xff\xff",
    re.DOTALL,
)
_ALPHABETIC = re.compile(
    rb"(?:jAXP0A0AkAAQ2AB2BB0BBABXP8ABuJ|(VTX30VX4AP0A3HH0A00ABAABTAAQ2AB2BB0BBXP8ACJJ))I"
)
_LETTERS = re.compile(rb"(?:[B-Zb-z0-9][A-Za-z0-9])+")
_HIGH_NIBBLE = bytes(byte << 4 & 0xF0 for byte in range(256))


def undo(code: bytes) -> Step | None:
    """Decode a known decoder near the front of `code`; None if there is none."""
    head = code[:SEARCHED]
    for pattern, decoder in _DECODERS:
        if match := pattern.search(head):
            return decoder(code, match)
    return None


def _undo_x64_xor(code: bytes, match: re.Match[bytes]) -> Step | None:
    displacement = int.from_bytes(match.group(1), "little", signed=True)
    start = match.end(1) + displacement + match.group(3)[0]
    if not match.end() <= start < len(code):
        return None
    return Step("x64/xor", xor(code[start:], match.group(2)))


def _undo_dynamic(code: bytes, match: re.Match[bytes]) -> Step | None:
    begin = match.end()
    key_end = code.find(match.group(1), begin)
    if key_end <= begin:
        return None
    data_end = code.find(match.group(2), key_end + 1)
    data = code[key_end + 1 : data_end if data_end > 0 else None]
    name = "x64/xor_dynamic" if b"\x48\xff\xc1" in match.group() else "xor_dynamic"
    return Step(name, xor(data, code[begin:key_end]))


def _undo_alphabetic(code: bytes, match: re.Match[bytes]) -> Step | None:
    """Two letters a byte: the low nibble of the first is the high one, xor the second.

    No pair begins with A; one that does ends the data.
    """
    letters = _LETTERS.match(code, match.end())
    if letters is None:
        return None
    first, second = letters.group()[0::2].translate(_HIGH_NIBBLE), letters.group()[1::2]
    return Step("alpha_upper" if match.group(1) else "alpha_mixed", xor(first, second))


_DECODERS: tuple[tuple[re.Pattern[bytes], Callable[..., Step | None]], ...] = (
    (_X64_XOR, _undo_x64_xor),
    (_DYNAMIC, _undo_dynamic),
    (_ALPHABETIC, _undo_alphabetic),
)
