"""Texts in shellcode: they follow a call, whose return address is their address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_LENGTH = 4096
# call forward, over the text, or back to the code that wants it; the text in ASCII or UTF-16LE.
_CALL = re.compile(
    rb"\xe8(?:(..)\x00\x00|(..)\xff\xff)(?:((?:[\x20-\x7e]\x00){2,})|([\x20-\x7e\r\n]+))",
    re.DOTALL,
)
_POPS = tuple(bytes([0x58 + register]) for register in range(8))


@dataclass(frozen=True, slots=True)
class Text:
    """A text, the offset of the call before it, and the offset that this calls.

    `whole` is False where the code ends before the text does.
    """

    text: str
    at: int
    target: int
    whole: bool = True


def texts(code: bytes) -> list[Text]:
    """All texts behind calls, in order."""
    return list(_texts(code))


def _texts(code: bytes) -> Iterator[Text]:
    for match in _CALL.finditer(code):
        ahead, behind, wide, narrow = match.groups()
        at, end = match.start(), match.end()
        run = wide if wide is not None else narrow
        if behind is not None:
            target = at + 5 + int.from_bytes(behind, "little") - 0x10000
            if code[end : end + 1] in (b"\0", b""):
                yield Text(_text(run), at, target, whole=end < len(code))
        elif _fills(code, at + 5, end, target := at + 5 + int.from_bytes(ahead, "little")):
            yield Text(_text(run[: max(target - at - 6, 0)]), at, target)


def _fills(code: bytes, begin: int, end: int, target: int) -> bool:
    """Whether a text reaches the call's target, is padded up to it (with one character), or is
    what the call's target pops.

    A text that is not null-terminated loses its last character: the code overwrites it.
    """
    if target <= end:
        return target - begin > 3
    if code[end : end + 1] != b"\0" or target > len(code):
        return False
    popped = code[target : target + 1] in _POPS
    return popped or len(set(code[end + 1 : target - 1])) < 2


def _text(run: bytes) -> str:
    return run.replace(b"\0", b"")[:MAX_LENGTH].decode("ascii")
