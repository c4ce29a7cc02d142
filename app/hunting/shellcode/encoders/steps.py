"""One decoded encoder, and the arithmetic that encoders share."""

from typing import NamedTuple


class Step(NamedTuple):
    """An encoder's name as Metasploit has it, the code that it hid, and what is worth noting."""

    name: str
    code: bytes
    note: str = ""


def xor(data: bytes, key: bytes) -> bytes:
    """`data` xor the repeated key."""
    pad = (key * (len(data) // len(key) + 1))[: len(data)]
    number = int.from_bytes(data, "little") ^ int.from_bytes(pad, "little")
    return number.to_bytes(len(data), "little")
