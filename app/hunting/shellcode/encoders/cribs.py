"""Known plaintext: code under a repeated xor key, wherever and whatever its decoder is.

Nearly all shellcode of Metasploit and Cobalt Strike begins with the same function, which finds
the Windows API by hashes. Of data xor a key of n bytes, each byte xor the one n bytes further
no longer depends on the key; so does the function's, and can be found in it. Cribs of many
bytes solve long keys.
"""

from functools import cache

from app.hunting.shellcode import data
from app.hunting.shellcode.encoders.steps import Step, xor

SEARCHED = 2048  # bytes in which the known code may stand
MAX_KEY = 64  # bytes
_CHECKED = 8  # bytes that must fit besides those that give the key
_ENTRIES = (b"\xfc\xe8", b"\xfc\x48\x83\xe4\xf0")
_BEFORE = 64  # bytes from the entry to a crib, at most


def undo(code: bytes) -> Step | None:
    """Decode a repeated xor key; None if no crib fits."""
    head = code[:SEARCHED]
    number = int.from_bytes(head, "little")
    for length in range(1, min(MAX_KEY, len(head) - _CHECKED) + 1):
        folded = (number ^ number >> 8 * length).to_bytes(len(head), "little")
        for crib, pattern in _patterns(length):
            at = folded.find(pattern, 0, len(head) - length)
            if at >= 0 and (step := _decoded(code, at, crib, length)):
                return step
    return None


@cache
def _cribs() -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(entry["code"]) for entry in data.beside(__file__))


@cache
def _patterns(length: int) -> tuple[tuple[bytes, bytes], ...]:
    """What remains of each crib for a key of that length, if it is enough to be sure."""
    cribs = [crib for crib in _cribs() if len(crib) - length >= _CHECKED]
    return tuple((crib, xor(crib[length:], crib[:-length])) for crib in cribs)


def _decoded(code: bytes, at: int, crib: bytes, length: int) -> Step | None:
    key = xor(code[at : at + length], crib[:length])
    if not any(key):
        return None
    phase = -at % length
    key = key[phase:] + key[:phase]
    plain = xor(code, key)
    begins = [plain.rfind(entry, max(at - _BEFORE, 0), at) for entry in _ENTRIES]
    begin = max(begins)
    return Step("xor", plain[begin if begin >= 0 else at :], f"xor key {key.hex()}")
