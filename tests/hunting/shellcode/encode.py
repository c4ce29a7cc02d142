"""Encoders as Metasploit implements them, with every choice that they make left to the caller."""

import struct

from hypothesis import strategies as st

FPU = (
    [b"\xd9" + bytes([second]) for second in (*range(0xE8, 0xEF), *range(0xC0, 0xD1))]
    + [b"\xd9\xe1", b"\xd9\xf6", b"\xd9\xf7", b"\xd9\xe5"]
    + [first + bytes([second]) for first in (b"\xda", b"\xdb") for second in range(0xC0, 0xE0)]
    + [b"\xdd" + bytes([second]) for second in range(0xC0, 0xC8)]
)
FNSTENV = b"\xd9\x74\x24\xf4"
CLEAR_ECX = (b"\x31\xc9", b"\x29\xc9", b"\x33\xc9", b"\x2b\xc9")
_REGISTERS = (0, 2, 3, 5, 6, 7)  # all but ecx, the counter, and esp
_MASK = 0xFFFFFFFF


def with_feedback(data: bytes, key: int) -> bytes:
    """xor with additive feedback: every dword of plaintext is added to the key."""
    words = []
    for word in struct.unpack(f"<{len(data) // 4}I", data):
        words.append(word ^ key)
        key = key + word & _MASK
    return struct.pack(f"<{len(words)}I", *words)


def xor(data: bytes, key: bytes) -> bytes:
    return bytes(byte ^ key[index % len(key)] for index, byte in enumerate(data))


def padded(data: bytes, size: int) -> bytes:
    return data + b"\x90" * (-len(data) % size)


def shikata_ga_nai(
    code: bytes,
    key: int,
    *,
    fpu: bytes = b"\xd9\xc0",
    clear: bytes = b"\x31\xc9",
    key_register: int = 0,
    address_register: int = 3,
    key_position: int = 0,
    order: int = 0,
) -> bytes:
    """One round. key_position: after how many of the other blocks the key is set (0 to 5);
    order: which of the six orders the loop's instructions have."""
    cutoff = 4 - len(code) % 4
    words = (len(code) + cutoff) // 4
    count = (
        b"\xb1" + bytes([words]) if words < 256
        else b"\x66\xb9" + struct.pack("<H", words) if words < 65536
        else b"\xb9" + struct.pack("<I", words)
    )  # fmt: skip
    blocks = [fpu, FNSTENV, bytes([0x58 + address_register]), clear, count]
    blocks.insert(key_position, bytes([0xB8 + key_register]) + struct.pack("<I", key))
    head = b"".join(blocks)
    fpu_at = len(b"".join(blocks[: blocks.index(fpu)]))
    end = len(head) + 11
    modrm = 0x40 + address_register + 8 * key_register
    distance = end - fpu_at - cutoff
    adjust = bytes([0x83, (0xE8, 0xC0)[order // 3] + address_register, (0xFC, 4)[order // 3]])
    first, second = bytes([0x31, modrm, distance]), bytes([0x03, modrm, distance])
    late_first, late_second = first[:2] + bytes([distance - 4]), second[:2] + bytes([distance - 4])
    loop = (
        first + second + adjust,
        first + adjust + late_second,
        adjust + late_first + late_second,
    )[order % 3]
    stub = head + loop + b"\xe2\xf5"
    return stub[:-cutoff] + with_feedback(stub[-cutoff:] + code, key)


@st.composite
def shikata_choices(draw: st.DrawFn) -> dict[str, object]:
    """Keyword arguments of shikata_ga_nai, but for the code."""
    key_register, address_register = draw(st.permutations(_REGISTERS))[:2]
    return {
        "key": draw(st.integers(0, _MASK)),
        "fpu": draw(st.sampled_from(FPU)),
        "clear": draw(st.sampled_from(CLEAR_ECX)),
        "key_register": key_register,
        "address_register": address_register,
        "key_position": draw(st.integers(0, 5)),
        "order": draw(st.integers(0, 5)),
    }


def fnstenv_mov(code: bytes, key: bytes) -> bytes:
    data = padded(code, 4)
    count = b"\x31\xc9\xb1" + bytes([len(data) // 4 & 0xFF])
    loop = b"\x81\x73\x13" + key + b"\x83\xeb\xfc\xe2\xf4"
    return count + b"\xd9\xee" + FNSTENV + b"\x5b" + loop + xor(data, key)


def call4_dword_xor(code: bytes, key: bytes) -> bytes:
    data = padded(code, 4)
    count = b"\x33\xc9\x66\x81\xe9" + struct.pack("<H", -(len(data) // 4) & 0xFFFF)
    loop = b"\x5e\x81\x76\x0e" + key + b"\x83\xee\xfc\xe2\xf4"
    return count + b"\xe8\xff\xff\xff\xff\xc0" + loop + xor(data, key)


def jmp_call_additive(code: bytes, key: int) -> bytes:
    """The data ends with a dword that decodes to zero."""
    stub = b"\xeb\x0c\x5e\x56\x31\x1e\xad\x01\xc3\x85\xc0\x75\xf7\xc3\xe8\xef\xff\xff\xff"
    data = with_feedback(padded(code, 4) + bytes(4), key)
    return b"\xfc\xbb" + struct.pack("<I", key) + stub + data


def countdown(code: bytes) -> bytes:
    count = b"\x31\xc9\x66\xb9" + struct.pack("<H", len(code) - 1)
    loop = b"\x5e\x30\x4c\x0e\x07\xe2\xfa"
    data = bytes(byte ^ (index + 1 & 0xFF) for index, byte in enumerate(code))
    return count + b"\xe8\xff\xff\xff\xff\xc1" + loop + data


def xor_poly(code: bytes, key: bytes) -> bytes:
    """push the registers; call $+5; pop; sub 5; nop; the loop without ecx; pop the registers"""
    data = padded(code, 4)
    head = b"\x53\x56\x57\xe8\x00\x00\x00\x00\x5b\x83\xeb\x05\x90\x90\x56\x5e"
    head += b"\x6a\x00\x5e\x90\x90\x90\x81\xc6" + struct.pack("<I", len(data) // 4) + b"\xbf" + key
    tail = b"\x83\xc3\x04\x90\x90\x90\x83\xee\x01\x75\xf2\x5f\x5e\x5b"
    distance = len(head) + 3 + len(tail) - 3
    return head + b"\x31\x7b" + bytes([distance]) + tail + xor(data, key)


def x64_xor(code: bytes, key: bytes) -> bytes:
    data = padded(code, 8)
    count = b"\x48\x31\xc9\x48\x81\xe9" + struct.pack("<i", -(len(data) // 8))
    loop = b"\x48\x31\x58\x27\x48\x2d\xf8\xff\xff\xff\xe2\xf4"
    return count + b"\x48\x8d\x05\xef\xff\xff\xff\x48\xbb" + key + loop + xor(data, key)


_DYNAMIC_X86 = bytes.fromhex(
    "eb285989cb89de803961740341ebf84189cf6681396262740f8a0330014143803b6175ee89f3ebeaffe7e8d3ffffff"
)
_DYNAMIC_X64 = bytes.fromhex(
    "eb34594889cb4889de803941740548ffc1ebf648ffc14889cf668139424274148a03300148ffc148ffc3803b4175ea"
    "4889f3ebe5ffe7e8c7ffffff"
)


def xor_dynamic(code: bytes, key: bytes, *, x64: bool = False) -> bytes:
    """The key ends with A or a, the data with BB or bb, so neither may contain those."""
    stub = _DYNAMIC_X64 if x64 else _DYNAMIC_X86
    return stub + key + (b"A" if x64 else b"a") + xor(code, key) + (b"BB" if x64 else b"bb")


def alphabetic(code: bytes, *, upper: bool = False) -> bytes:
    """Two letters a byte, of which the second must be a letter or digit; then AA."""
    stub = (
        b"VTX30VX4AP0A3HH0A00ABAABTAAQ2AB2BB0BBXP8ACJJI"
        if upper
        else b"jAXP0A0AkAAQ2AB2BB0BBABXP8ABuJI"
    )
    letters = b"BCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    data = bytearray()
    for byte in code:
        second = next(
            char for char in letters if char & 0xF == byte & 0xF and (char ^ byte) >> 4 != 1
        )
        high = (byte ^ second) >> 4
        data += bytes([high + (0x50 if high == 0 else 0x40), second])
    return b"\x89\xe1\xdb\xd2\xd9\x71\xf4\x59IIIIIIIIICCCCCCCQZ" + stub + bytes(data) + b"AA"
