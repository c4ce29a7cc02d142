"""Decoders that find their own address, set up registers and loop over the encoded bytes.

shikata_ga_nai: any registers, any FPU instruction, any order of its blocks, and a loop whose
end is itself encoded. fnstenv_mov, call4_dword_xor, countdown, jmp_call_additive and the
polymorphic xor likewise, as they differ only in the loop.
Source: Metasploit Framework, modules/encoders/x86.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from app.hunting.shellcode import x86
from app.hunting.shellcode.encoders.steps import Step, xor

SEARCHED = 512  # bytes in which a decoder may begin
_BEFORE_GET_PC = 24  # bytes of set-up that may stand ahead of it
FNSTENV = b"\xd9\x74\x24\xf4"  # fnstenv [esp-12]
_GET_PC = (
    FNSTENV,
    b"\xe8\xff\xff\xff\xff",  # call $+4
    b"\xe8\x00\x00\x00\x00",  # call $+5
    b"\x5e\x56\x31\x1e\xad",  # jmp_call_additive: pop esi; push esi; xor [esi], ebx; lodsd
)
_SHIKATA_LOOP = 11  # bytes: xor, add, add/sub 4 in any order, loop
_LOOP_BACK = b"\xe2\xf5"
_MASK = 0xFFFFFFFF


class _Loop(NamedTuple):
    """xor [base + displacement], key: where it stands, its length, and what it works on."""

    at: int
    length: int
    start: int | None
    key: bytes
    state: x86.State

    def following(self, size: int) -> bytes:
        begin = self.at + self.length
        return self.state.code[begin : begin + size]


def undo(code: bytes) -> Step | None:
    """Decode the outermost decoder loop of `code`; None if there is none."""
    tried = set()
    for start in _starts(code):
        state = x86.run(code, start)
        result = (state.at, *state.registers)
        if result in tried:
            continue
        tried.add(result)
        if step := _undo_loop(code, state):
            return step
    return None


def _starts(code: bytes) -> Iterator[int]:
    """Where decoders may begin: at the front, or some way ahead of where one gets its address."""
    yield 0
    for pattern in _GET_PC:
        if (found := code.find(pattern, 1, SEARCHED)) > 0:
            yield from range(max(found - _BEFORE_GET_PC, 1), found + 1)


def _undo_loop(code: bytes, state: x86.State) -> Step | None:
    if state.code.startswith(b"\x30\x4c\x0e\x07\xe2\xfa", state.at):
        return _undo_countdown(code, state)
    loop = _dword_loop(state)
    if loop is None:
        return None
    following = loop.following(4)
    if following[:1] == b"\xad":
        return _undo_jump_call(code, loop)
    if following[:1] == b"\x03" or (following[3:4] == b"\x03" and following[0] == 0x83):
        return _undo_shikata(code, loop)
    return _undo_plain(code, loop)


def _dword_loop(state: x86.State) -> _Loop | None:
    """xor [r+d], r or xor [r+d], imm32 where the state stopped."""
    opcode, modrm = state.byte(0), state.byte(1)
    mode, base = modrm >> 6, modrm & 7
    if opcode not in (0x31, 0x81) or mode == 3 or base == 4 or (mode == 0 and base == 5):
        return None
    if opcode == 0x81 and modrm >> 3 & 7 != 6:
        return None
    size, displacement = _displacement(state, mode)
    address = state.registers[base]
    start = None if address is None else address + displacement
    if opcode == 0x81:
        key: int | None = state.integer(2 + size)
        size += 4
    else:
        key = state.registers[modrm >> 3 & 7]
    if key is None:
        return None
    return _Loop(state.at, 2 + size, start, key.to_bytes(4, "little"), state)


def _displacement(state: x86.State, mode: int) -> tuple[int, int]:
    """The size and value of a displacement."""
    if mode == 0:
        return 0, 0
    return (1, state.signed_byte(2)) if mode == 1 else (4, state.signed(2))


def _undo_shikata(code: bytes, loop: _Loop) -> Step | None:
    """xor with additive feedback over everything behind the first part of the loop."""
    begin = loop.at - 3 if _adjusts_first(loop) else loop.at
    end = begin + _SHIKATA_LOOP
    # Without the decoder's address (a register that the exploit sets), four starts are possible.
    starts = range(end - 4, end) if loop.start is None else [loop.start]
    count = loop.state.registers[1]
    for start in starts:
        if not loop.at + loop.length < start <= end:
            continue
        tail = code[:start] + _without_feedback(code[start : end + 4], loop.key, count)
        if tail[end - 2 : end] == _LOOP_BACK:
            plain = _without_feedback(code[start:], loop.key, count)
            return Step("shikata_ga_nai", plain[end - start :])
    return None


def _adjusts_first(loop: _Loop) -> bool:
    """Whether the loop begins with add r, 4 or sub r, -4 ahead of the xor."""
    before = loop.state.code[max(loop.at - 3, 0) : loop.at]
    return before[:1] == b"\x83" and before[2:] in (b"\x04", b"\xfc") and before[1] >= 0xC0


def _without_feedback(data: bytes, key: bytes, count: int | None) -> bytes:
    """Undo xor with additive feedback over `count` dwords (None: all); the rest stays."""
    size = len(data) // 4 if count is None else min(count, len(data) // 4)
    feedback = int.from_bytes(key, "little")
    plain = []
    for encoded in struct.unpack_from(f"<{size}I", data):
        word = encoded ^ feedback
        plain.append(word)
        feedback = feedback + word & _MASK
    return struct.pack(f"<{size}I", *plain) + data[size * 4 :]


def _undo_jump_call(code: bytes, loop: _Loop) -> Step | None:
    """The same feedback, up to a dword that decodes to zero."""
    if loop.start is None or not 0 <= loop.start <= len(code):
        return None
    plain = _without_feedback(code[loop.start :], loop.key, None)
    size = len(plain) // 4
    words = struct.unpack_from(f"<{size}I", plain)
    end = words.index(0) if 0 in words else size
    return Step("jmp_call_additive", plain[: end * 4]) if end else None


def _undo_plain(code: bytes, loop: _Loop) -> Step | None:
    """The same key for every dword."""
    end = loop.at + loop.length
    if loop.start is None or not end < loop.start < min(end + 64, len(code)):
        return None
    if loop.state.byte(0) == 0x31:
        name = "xor_poly"
    else:
        name = "fnstenv_mov" if loop.state.get_pc == "fpu" else "call4_dword_xor"
    return Step(name, xor(code[loop.start :], loop.key))


def _undo_countdown(code: bytes, state: x86.State) -> Step | None:
    """Byte number i (from 1) xor i: the loop counts ecx down to 1."""
    address, count = state.registers[6], state.registers[1]
    if address is None:
        return None
    data = code[address + 8 :]
    size = len(data) if count is None else min(count, len(data))
    key = bytes((*range(1, 256), 0))
    return Step("countdown", xor(data[:size], key) + data[size:]) if size else None
