"""Names payloads by the functions that they call. The names are in kinds.yaml."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from app.hunting.shellcode import data

_X64 = b"\x48\x83\xe4\xf0\xe8"  # and rsp, -16; call


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    calls: frozenset[str]
    tool: str = "metasploit"
    code: re.Pattern[bytes] | None = None


def kind(code: bytes, calls: Iterable[str]) -> str:
    """`metasploit/reverse_tcp`, `metasploit/x64/exec`, `cobalt_strike/reverse_http`, ..."""
    called = frozenset(calls)
    x64 = "x64/" if _X64 in code[:256] else ""
    for entry in kinds():
        if entry.calls <= called and (entry.code is None or entry.code.search(code)):
            return f"{entry.tool}/{x64}{entry.name}"
    return f"metasploit/{x64}unknown"


@cache
def kinds() -> tuple[Kind, ...]:
    return tuple(
        Kind(
            entry["name"],
            frozenset(entry["calls"]),
            entry.get("tool", "metasploit"),
            _pattern(str(entry["code"])) if "code" in entry else None,
        )
        for entry in data.beside(__file__)
    )


def _pattern(hexadecimal: str) -> re.Pattern[bytes]:
    pairs = re.findall("..", hexadecimal)
    return re.compile(
        "".join("." if pair == ".." else rf"\x{pair}" for pair in pairs).encode(), re.S
    )
