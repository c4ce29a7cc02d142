"""Which functions of Windows shellcode calls: it names them by hashes.

The hash of a function is that of its module's name (upper case, UTF-16LE) plus that of its own,
both rotated right by 13 bits before each byte is added. Since 2025 Metasploit begins both with
a random number that stands in the code, and goes on with the function's name where the module's
ended.
Source: Metasploit Framework, external/source/shellcode/windows/*/src/block/block_api.asm and
lib/msf/core/payload/windows/block_api.rb.
"""

import re
from functools import cache

from app.hunting.shellcode import data

_MASK = 0xFFFFFFFF
# push hash / mov r10, hash; the look-ahead lets hashes follow one another.
_CONSTANT = re.compile(rb"(?:\x68|\x41\xba|\x49\xc7\xc2)(?=(.{4}))", re.DOTALL)
# movzx of a module name's length, then mov edi or r9d, the number that hashes begin with.
_SEED = re.compile(rb"\x0f\xb7\x4a[\x24\x48].{0,8}?(?:\xbf|\x41\xb9)(.{4})", re.DOTALL)


def called(code: bytes) -> dict[str, int]:
    """The functions that `code` calls, each with the offset of its hash."""
    found = _found(code, _hashes())
    if not found and (seed := _SEED.search(code)):
        found = _found(code, _seeded_hashes(int.from_bytes(seed.group(1), "little")))
    return found


def _found(code: bytes, hashes: dict[bytes, str]) -> dict[str, int]:
    constants = set(_CONSTANT.findall(code))
    return {hashes[constant]: code.find(constant) for constant in constants & hashes.keys()}


@cache
def names() -> dict[str, list[str]]:
    """The names of the functions that are known, by module."""
    known: dict[str, list[str]] = data.beside(__file__)
    return known


@cache
def _hashes() -> dict[bytes, str]:
    return {
        _packed(_rotated(_module_name(module)) + _rotated(name.encode() + b"\0")): name
        for module, functions in names().items()
        for name in functions
    }


def _seeded_hashes(seed: int) -> dict[bytes, str]:
    hashes = {}
    for module, functions in names().items():
        begun = _rotated(_module_name(module)[:-2], seed)
        for name in functions:
            hashes[_packed(_rotated(name.encode() + b"\0", begun))] = name
    return hashes


def _module_name(module: str) -> bytes:
    """A module's name as the loader's list has it: upper case, UTF-16LE, null at the end."""
    return (module.upper() + "\0").encode("utf-16-le")


def _rotated(text: bytes, value: int = 0) -> int:
    for byte in text:
        value = (value >> 13 | value << 19 & _MASK) + byte & _MASK
    return value


def _packed(value: int) -> bytes:
    return (value & _MASK).to_bytes(4, "little")
