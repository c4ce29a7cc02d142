import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.hunting.shellcode import x86

EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI = range(8)
STOP = b"\x0f\x05"


@pytest.mark.parametrize(
    ("code", "register", "value"),
    [
        ("b878563412", EAX, 0x12345678),  # mov eax, imm32
        ("31c9b147", ECX, 0x47),  # xor ecx, ecx; mov cl, imm8
        ("29c966b93412", ECX, 0x1234),  # sub ecx, ecx; mov cx, imm16
        ("33d283ea80", EDX, 0x80),  # sub edx, -128
        ("2bdb81c310000000", EBX, 0x10),  # add ebx, imm32
        ("31c96681e9e0ff", ECX, 0x20),  # sub cx, -0x20
        ("83e000", EAX, 0),  # and eax, 0
        ("31c083f0ff", EAX, 0xFFFFFFFF),  # xor eax, -1
        ("6a055e", ESI, 5),  # push 5; pop esi
        ("68785634125f", EDI, 0x12345678),  # push imm32; pop edi
        ("6a0558505b", EBX, 5),  # push; pop eax; push eax; pop ebx
        ("31c04040ffc048", EAX, 2),  # inc in both forms, dec
        ("6a0758ffc8", EAX, 6),
        ("6a095889c6", ESI, 9),  # mov esi, eax
        ("6a09588bf0", ESI, 9),  # the other encoding
        ("6a09588d7004", ESI, 13),  # lea esi, [eax+4]
        ("6a09588d30", ESI, 9),  # lea esi, [eax]
        ("8d0d05000000", ECX, 5),  # lea ecx, [5]
        ("6bc900", ECX, 0),  # imul ecx, ecx, 0
        ("6a03586bc005", EAX, 15),  # imul eax, eax, 5
        ("90d9c0d97424f45b", EBX, 1),  # nop; fld; fnstenv; pop ebx
        ("e8000000005e", ESI, 5),  # call $+5; pop esi
        ("e8ffffffffc05e", ESI, 5),  # call $+4; inc eax; pop esi
        ("eb035e0f05e8f8ffffff", ESI, 10),  # jmp; call back; pop esi
        ("89d8", EAX, None),  # mov eax, ebx
        ("40", EAX, None),
        ("6681c00100", EAX, None),
        ("83c001", EAX, None),
        ("58", EAX, None),
    ],
)
def test_constants_are_carried(code: str, register: int, value: int | None) -> None:
    assert x86.run(bytes.fromhex(code) + STOP).registers[register] == value


@pytest.mark.parametrize(
    ("code", "at"),
    [
        ("0f05", 0),
        ("9090314b0f", 2),  # xor [ebx+15], ecx
        ("90d97424f490817313", 6),  # xor [ebx+19], imm32
        ("83430401", 0),  # add [ebx+4], 1
        ("31c3", 0),  # xor ebx, eax
        ("668b00", 0),
        ("8d842400000000", 0),  # lea eax, [esp]
        ("8903", 0),  # mov [ebx], eax
        ("6b0005", 0),
        ("d900", 0),  # fld [eax]
        ("ff00", 0),
        ("ebfe", 0),  # jmp to itself
        ("90ebfd", 0),
    ],
)
def test_stops_at_what_is_not_known(code: str, at: int) -> None:
    assert x86.run(bytes.fromhex(code)).at == at


@given(st.binary(max_size=200), st.integers(0, 250))
def test_any_bytes_are_read_within_bounds(code: bytes, start: int) -> None:
    state = x86.run(code, start)
    assert 0 <= state.at <= len(code)
    assert all(value is None or 0 <= value <= 0xFFFFFFFF for value in state.registers[:4])
