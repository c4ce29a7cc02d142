"""From shellcode to what it does: its encoders undone one after the other, its payload read."""

import hashlib
import re
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from app.hunting.shellcode import encoders, payloads

MAX_CODE = 1 << 20  # bytes of one shellcode that are looked at
MAX_ROUNDS = 64  # of encoders
MAX_DECODED = 1 << 20  # bytes; no further round once so many were decoded
MIN_CODE = 16  # bytes that code takes to do anything
_CACHED = 1 << 13  # bytes; the same shellcode stands in many events

# What only code has: its own address by fnstenv, by call $+4 or $+5 and pop, by lea of an address
# just before; the process environment block by fs:[30h] or gs:[60h]; calls by hash.
_CODE = re.compile(
    rb"\xd9\x74\x24\xf4|\xe8\xff\xff\xff\xff[\xc0-\xcf]|\xe8\x00\x00\x00\x00[\x58-\x5f]"
    rb"|\x48\x8d[\x05\x0d\x15\x1d\x2d\x35\x3d].\xff\xff\xff"
    rb"|\x64\xa1\x30\x00\x00\x00|\x64\x8b.\x30\x8b|\x65\x48\x8b.\x60"
    rb"|(?:\x68|\x41\xba)....\xff\xd5.{0,64}(?:\x68|\x41\xba)....\xff\xd5",
    re.DOTALL,
)
_SEARCHED = 4096
_SEARCHED_PE = 64  # an executable counts if it can be called at its first byte


class Shellcode(NamedTuple):
    """What is known of a shellcode.

    `chain` names its encoders, outermost first, and its payload; ("unknown",) where neither is
    known. `c2` is canonical: `https://host:port/path`, `tcp://address:port`,
    `bind://0.0.0.0:port`, `dns://name`, `smb://./pipe/name`. `sha256` is that of the bytes as
    they were found, `decoded` what the encoders hid.
    """

    chain: tuple[str, ...]
    sha256: str
    decoded: bytes
    c2: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    user_agent: str = ""
    command: str = ""
    notes: tuple[str, ...] = ()


def analyse(code: bytes) -> Shellcode | None:
    """Analyse bytes that may be shellcode; None if they do not look like code at all."""
    code = code[:MAX_CODE]
    return _analyse_short(code) if len(code) <= _CACHED else _analyse(code)


def _analyse(code: bytes) -> Shellcode | None:
    if len(code) < MIN_CODE:
        return None
    steps: list[encoders.Step] = []
    plain, left = code, MAX_DECODED
    while True:
        payload, step = _read(plain, may_undo=len(steps) < MAX_ROUNDS and left > 0)
        if step is None:
            break
        steps.append(step)
        plain = step.code
        left -= len(plain)
    if not payload:
        searched = _SEARCHED_PE if code.startswith(b"MZ") else _SEARCHED
        if not steps and not _CODE.search(code, 0, searched):
            return None
        payload = payloads.Payload(payloads.UNKNOWN)
    return Shellcode(
        chain=(*_names(steps), payload.name),
        sha256=hashlib.sha256(code).hexdigest(),
        decoded=plain,
        c2=payload.c2,
        urls=payload.urls,
        user_agent=payload.user_agent,
        command=payload.command,
        notes=(*(step.note for step in steps if step.note), *payload.notes),
    )


def _read(code: bytes, may_undo: bool) -> tuple[payloads.Payload | None, encoders.Step | None]:
    """The payload that the code is, or what its outermost encoder hides."""
    if may_undo and encoders.begins_with_decoder(code) and (step := encoders.undo(code)):
        return None, step
    payload = payloads.read(code)
    if not may_undo or (payload and payload.name != payloads.UNKNOWN):
        return payload, None
    return payload, encoders.undo(code)


_analyse_short = lru_cache(maxsize=2048)(_analyse)


def _names(steps: list[encoders.Step]) -> tuple[str, ...]:
    """The encoders' names; several rounds of one are `name x2`."""
    if len(steps) < 2:
        return tuple([step.name for step in steps])
    groups = [(name, len(list(same))) for name, same in groupby(step.name for step in steps)]
    return tuple(name if count == 1 else f"{name} x{count}" for name, count in groups)
