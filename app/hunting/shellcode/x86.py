"""What the straight start of 32-bit x86 code leaves in the registers.

Constants are carried from instruction to instruction until the first one that is not known here
(for a decoder: its loop). Nothing is emulated: there is no memory, and every instruction is read
at most once. Addresses are offsets into the code.

Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

MAX_INSTRUCTIONS = 64
_WINDOW = 1024  # bytes of the code that are looked at
_MASK = 0xFFFFFFFF


@dataclass(slots=True)
class State:
    """Registers in the order of their numbers (eax, ecx, edx, ebx, esp, ebp, esi, edi) and the
    values pushed; None = unknown. `at`: the offset of the first instruction that was not read.
    `get_pc`: how the code learns its own address ('fpu', 'call' or '')."""

    code: bytes
    at: int
    registers: list[int | None] = field(default_factory=lambda: [None] * 8)
    stack: list[int | None] = field(default_factory=list)
    fpu: int = 0
    get_pc: str = ""

    def byte(self, offset: int) -> int:
        return self.code[self.at + offset]

    def signed_byte(self, offset: int) -> int:
        return (self.byte(offset) ^ 0x80) - 0x80

    def integer(self, offset: int, size: int = 4) -> int:
        start = self.at + offset
        return int.from_bytes(self.code[start : start + size], "little")

    def signed(self, offset: int) -> int:
        return (self.integer(offset) ^ 0x80000000) - 0x80000000


# An instruction's effect: changes the state and returns the instruction's length (jumps: the
# distance to their target), 0 if it is not known.
Effect = Callable[[State], int]


def run(code: bytes, start: int = 0) -> State:
    """Follow `code` from `start` to the first instruction that is not known."""
    window = code[:_WINDOW]
    state = State(window + bytes(16), start)
    seen: set[int] = set()
    while 0 <= state.at < len(window) and len(seen) < MAX_INSTRUCTIONS and state.at not in seen:
        effect = _EFFECTS[state.code[state.at]]
        length = effect(state) if effect else 0
        if not length:
            break
        seen.add(state.at)
        state.at += length
    if not 0 <= state.at < len(window):
        state.at = len(window)  # where there are only zeros to read
    return state


def _nothing(state: State) -> int:
    return 1


def _move_long(state: State) -> int:
    state.registers[state.byte(0) & 7] = state.integer(1)
    return 5


def _move_byte(state: State) -> int:
    register = state.byte(0) & 7
    if register < 4 and (value := state.registers[register]) is not None:
        state.registers[register] = value & ~0xFF | state.byte(1)
    return 2


def _word(state: State) -> int:
    """The operand-size prefix: mov r16, imm16 and arithmetic with imm16."""
    opcode, modrm = state.byte(1), state.byte(2)
    if opcode & 0xF8 == 0xB8:
        _set_word(state, opcode & 7, state.integer(2, 2))
        return 4
    if opcode == 0x81 and modrm >= 0xC0:
        value = _calculated(state.registers[modrm & 7], modrm >> 3 & 7, state.integer(3, 2))
        _set_word(state, modrm & 7, value)
        return 5
    return 0


def _set_word(state: State, register: int, value: int | None) -> None:
    old = state.registers[register]
    known = old is not None and value is not None
    state.registers[register] = (old or 0) & ~0xFFFF | (value or 0) & 0xFFFF if known else None


def _clear(state: State) -> int:
    """xor r, r and sub r, r, in both encodings."""
    modrm = state.byte(1)
    if modrm < 0xC0 or modrm & 7 != modrm >> 3 & 7:
        return 0
    state.registers[modrm & 7] = 0
    return 2


def _move_register(state: State) -> int:
    modrm = state.byte(1)
    if modrm < 0xC0:
        return 0
    target, source = modrm & 7, modrm >> 3 & 7
    if state.byte(0) == 0x8B:
        target, source = source, target
    state.registers[target] = state.registers[source]
    return 2


def _arithmetic(state: State) -> int:
    """add, or, and, sub, xor, cmp of a register and a constant."""
    modrm = state.byte(1)
    if modrm < 0xC0:
        return 0
    short = state.byte(0) == 0x83
    operand = state.signed_byte(2) if short else state.integer(2)
    register = modrm & 7
    state.registers[register] = _calculated(state.registers[register], modrm >> 3 & 7, operand)
    return 3 if short else 6


def _calculated(value: int | None, operation: int, operand: int) -> int | None:
    if operation == 4 and operand == 0:
        return 0
    if value is None:
        return None
    results = {
        0: value + operand,
        1: value | operand,
        4: value & operand,
        5: value - operand,
        6: value ^ operand,
        7: value,
    }
    result = results.get(operation)
    return None if result is None else result & _MASK


def _increment(state: State) -> int:
    _add(state, state.byte(0) & 7, 1 if state.byte(0) < 0x48 else -1)
    return 1


def _increment_long(state: State) -> int:
    """inc r and dec r in their two-byte form."""
    modrm = state.byte(1)
    if modrm & 0xF0 != 0xC0:
        return 0
    _add(state, modrm & 7, 1 if modrm < 0xC8 else -1)
    return 2


def _add(state: State, register: int, amount: int) -> None:
    value = state.registers[register]
    state.registers[register] = None if value is None else value + amount & _MASK


def _push(state: State) -> int:
    state.stack.append(state.registers[state.byte(0) & 7])
    return 1


def _push_constant(state: State) -> int:
    short = state.byte(0) == 0x6A
    state.stack.append((state.signed_byte(1) if short else state.integer(1)) & _MASK)
    return 2 if short else 5


def _pop(state: State) -> int:
    state.registers[state.byte(0) & 7] = state.stack.pop() if state.stack else None
    return 1


def _float(state: State) -> int:
    """Any FPU instruction without a memory operand, or fnstenv [esp-12].

    The latter stores the address of the former where the next pop finds it.
    """
    if state.code.startswith(b"\xd9\x74\x24\xf4", state.at):
        state.stack.append(state.fpu)
        state.get_pc = "fpu"
        return 4
    if state.byte(1) < 0xC0:
        return 0
    state.fpu = state.at
    return 2


def _call(state: State) -> int:
    state.stack.append(state.at + 5)
    state.get_pc = "call"
    return 5 + state.signed(1)


def _jump(state: State) -> int:
    return 2 + state.signed_byte(1)


def _load_address(state: State) -> int:
    """lea r, [imm32], lea r, [r+imm8] and lea r, [r]."""
    modrm = state.byte(1)
    target, base, mode = modrm >> 3 & 7, modrm & 7, modrm >> 6
    if mode == 0 and base == 5:
        state.registers[target] = state.integer(2)
        return 6
    if mode > 1 or base == 4:
        return 0
    state.registers[target] = state.registers[base]
    _add(state, target, state.signed_byte(2) if mode else 0)
    return 3 if mode else 2


def _multiply(state: State) -> int:
    """imul r, r, imm8."""
    modrm = state.byte(1)
    if modrm < 0xC0:
        return 0
    value, factor = state.registers[modrm & 7], state.signed_byte(2)
    known = value is not None or factor == 0
    state.registers[modrm >> 3 & 7] = (value or 0) * factor & _MASK if known else None
    return 3


def _table() -> list[Effect | None]:
    effects: list[Effect | None] = [None] * 256
    groups: list[tuple[Effect, list[int] | range]] = [
        (_nothing, [0x90, 0x9B, 0xF5, 0xF8, 0xF9, 0xFC, 0xFD]),
        (_increment, range(0x40, 0x50)),
        (_push, range(0x50, 0x58)),
        (_pop, range(0x58, 0x60)),
        (_move_byte, range(0xB0, 0xB8)),
        (_move_long, range(0xB8, 0xC0)),
        (_float, range(0xD8, 0xE0)),
        (_clear, [0x29, 0x2B, 0x31, 0x33]),
        (_word, [0x66]),
        (_push_constant, [0x68, 0x6A]),
        (_multiply, [0x6B]),
        (_arithmetic, [0x81, 0x83]),
        (_move_register, [0x89, 0x8B]),
        (_load_address, [0x8D]),
        (_call, [0xE8]),
        (_jump, [0xEB]),
        (_increment_long, [0xFF]),
    ]
    for effect, opcodes in groups:
        for opcode in opcodes:
            effects[opcode] = effect
    return effects


_EFFECTS = _table()
