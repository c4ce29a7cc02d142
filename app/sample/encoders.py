"""How the scripts of the sample are encoded. Gives the same text on every machine."""

import base64
import hashlib
import zlib
from collections.abc import Callable

from app.sample import shellcode

KEY = 35  # what `xor` in commands.yaml is written for


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _gzip(script: str) -> bytes:
    data = script.encode()
    header = b"\x1f\x8b\x08" + bytes(5) + b"\x04\x00"
    sums = (zlib.crc32(data), len(data))
    return header + _deflate(data) + b"".join(value.to_bytes(4, "little") for value in sums)


def _deflate(data: bytes) -> bytes:
    """Deflate with fixed codes and literals only (RFC 1951, 3.2.6).

    What zlib makes differs from one build of it to the next; the sample must not.
    """
    codes = [f"{byte + 48:08b}" if byte < 144 else f"{byte + 256:09b}" for byte in data]
    bits = "110" + "".join(codes) + "0000000"
    return bytes(int(bits[start : start + 8][::-1], 2) for start in range(0, len(bits), 8))


def _noise(name: str) -> bytes:
    """Bytes that are neither text nor code."""
    return b"\x9d\xff" + hashlib.sha512(name.encode()).digest()


def _xor(script: str) -> str:
    return ",".join(str(ord(char) ^ KEY) for char in script)


ENCODERS: dict[str, Callable[[str], str]] = {
    "utf16": lambda script: _base64(script.encode("utf-16-le")),
    "utf16be": lambda script: _base64(script.encode("utf-16-be")),
    "utf8": lambda script: _base64(script.encode()),
    "gzip": lambda script: _base64(_gzip(script)),
    "deflate": lambda script: _base64(_deflate(script.encode())),
    "noise": lambda name: _base64(_noise(name)),
    "xor": _xor,
    "shellcode": lambda address: ",".join(f"0x{byte:02x}" for byte in shellcode.layout(address)),
}
