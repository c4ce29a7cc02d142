import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.hunting.shellcode import analyse, encoders
from tests.hunting.shellcode import assemble, encode

CODE = assemble.reverse_tcp("192.0.2.7", 4444)
C2 = ("tcp://192.0.2.7:4444",)
KEY = bytes.fromhex("b6d3174f")
KEY8 = bytes.fromhex("0102f3a4557619e8")
KEYS = st.binary(min_size=4, max_size=4)
REPEATED = st.lists(st.integers(1, 255), min_size=1, max_size=64).map(bytes)

Encode = Callable[[bytes], bytes]


@given(st.binary(min_size=1, max_size=1300), encode.shikata_choices())
def test_shikata_ga_nai_with_any_choices_comes_back(
    code: bytes, choices: dict[str, object]
) -> None:
    step = encoders.undo(encode.shikata_ga_nai(code, **choices))
    assert step == encoders.Step("shikata_ga_nai", code)


@given(st.lists(encode.shikata_choices(), min_size=1, max_size=6))
def test_shikata_ga_nai_in_rounds_gives_the_c2(rounds: list[dict[str, object]]) -> None:
    code = CODE
    for choices in rounds:
        code = encode.shikata_ga_nai(code, **choices)
    found = analyse(code)
    assert found is not None
    name = "shikata_ga_nai" + (f" x{len(rounds)}" if len(rounds) > 1 else "")
    assert (found.chain, found.c2) == ((name, "metasploit/reverse_tcp"), C2)
    assert found.decoded == CODE


@pytest.mark.parametrize("size", [1, 1008, 1010, 300_000])
def test_shikata_ga_nai_counts_in_8_16_and_32_bits(size: int) -> None:
    code = random.Random(size).randbytes(size)
    step = encoders.undo(encode.shikata_ga_nai(code, 0x01020304))
    assert step == encoders.Step("shikata_ga_nai", code)


def test_shikata_ga_nai_whose_address_is_in_a_register_of_the_exploit() -> None:
    """BufferRegister: mov esi, ecx in place of fnstenv and pop."""
    whole = encode.shikata_ga_nai(CODE, 0x01020304, address_register=6, key_position=5)
    head = b"\xd9\xc0\xd9\x74\x24\xf4\x5e"
    assert whole.startswith(head)
    step = encoders.undo(b"\x89\xd6" + whole.removeprefix(head))
    assert step == encoders.Step("shikata_ga_nai", CODE)


ENCODERS: list[tuple[str, Encode]] = [
    ("shikata_ga_nai", lambda code: encode.shikata_ga_nai(code, 0xDEADBEEF)),
    ("fnstenv_mov", lambda code: encode.fnstenv_mov(code, KEY)),
    ("call4_dword_xor", lambda code: encode.call4_dword_xor(code, KEY)),
    ("jmp_call_additive", lambda code: encode.jmp_call_additive(code, 0xDEADBEEF)),
    ("countdown", encode.countdown),
    ("xor_poly", lambda code: encode.xor_poly(code, KEY)),
    ("xor_dynamic", lambda code: encode.xor_dynamic(code, b"\x91\x82\x73")),
    ("alpha_mixed", encode.alphabetic),
    ("alpha_upper", lambda code: encode.alphabetic(code, upper=True)),
    ("x64/xor", lambda code: encode.x64_xor(code, KEY8)),
    ("x64/xor_dynamic", lambda code: encode.xor_dynamic(code, b"\x91\x82\x73", x64=True)),
]
IDS = [name for name, _ in ENCODERS]


@pytest.mark.parametrize(("name", "encoder"), ENCODERS, ids=IDS)
def test_encoder_is_undone(name: str, encoder: Encode) -> None:
    found = analyse(encoder(CODE))
    assert found is not None
    assert (found.chain, found.c2) == ((name, "metasploit/reverse_tcp"), C2)
    assert found.decoded.startswith(CODE)


@pytest.mark.parametrize(("name", "encoder"), ENCODERS, ids=IDS)
@pytest.mark.parametrize("sled", [b"\x90" * 20, b"\x81\xc4\x54\xf2\xff\xff", b"\xcc\xcc\x0f\x31"])
def test_encoder_behind_other_instructions(name: str, encoder: Encode, sled: bytes) -> None:
    found = analyse(sled + encoder(CODE))
    assert found is not None
    assert (found.chain, found.c2) == ((name, "metasploit/reverse_tcp"), C2)


@pytest.mark.parametrize(("name", "encoder"), ENCODERS, ids=IDS)
def test_encoder_within_another(name: str, encoder: Encode) -> None:
    found = analyse(encode.shikata_ga_nai(encoder(CODE), 0x55AA55AA, order=4))
    assert found is not None
    outer = "shikata_ga_nai x2" if name == "shikata_ga_nai" else "shikata_ga_nai"
    assert (found.chain[0], found.chain[-1]) == (outer, "metasploit/reverse_tcp")
    assert found.c2 == C2


@pytest.mark.parametrize(("name", "encoder"), ENCODERS, ids=IDS)
def test_encoded_code_that_is_cut_off_is_still_decoded(name: str, encoder: Encode) -> None:
    found = analyse(encoder(CODE)[:-6])
    assert found is not None
    assert found.c2 == C2


@given(KEYS, st.sampled_from(["2009", "2014", "2020"]))
def test_dword_keys(key: bytes, block: str) -> None:
    code = assemble.reverse_tcp("192.0.2.7", 4444, block=block)
    for encoder in (encode.fnstenv_mov, encode.call4_dword_xor, encode.xor_poly):
        found = analyse(encoder(code, key))
        assert found is not None
        assert found.c2 == C2


@given(REPEATED, st.sampled_from(["2009", "2014", "x64"]))
def test_repeated_xor_key_is_solved_without_a_decoder(key: bytes, block: str) -> None:
    x64 = block == "x64"
    code = (
        assemble.x64_reverse_tcp("192.0.2.7", 4444)
        if x64
        else assemble.reverse_tcp("192.0.2.7", 4444, block=block)
    )
    found = analyse(encode.xor(code, key))
    assert found is not None
    assert found.chain == ("xor", f"metasploit/{'x64/' if x64 else ''}reverse_tcp")
    assert (found.c2, found.decoded) == (C2, code)
    period = next(
        n for n in range(1, 65) if encode.xor(bytes(256), key) == encode.xor(bytes(256), key[:n])
    )
    assert found.notes == (f"xor key {key[:period].hex()}",)


@given(st.binary(min_size=8, max_size=8).filter(any), st.binary(max_size=300))
def test_xor_key_is_solved_behind_an_unknown_decoder(key: bytes, decoder: bytes) -> None:
    code = assemble.x64_reverse_tcp("192.0.2.7", 4444)
    step = encoders.undo(b"\x0f\x05" + decoder + encode.xor(code, key))
    assert step is not None
    assert step.code.startswith(code)


@pytest.mark.parametrize(
    "code",
    [
        b"",
        b"\xd9\x74\x24\xf4",
        b"\x31\x43\x0f",
        CODE,
        bytes(300),
        b"\x90" * 300,
        encode.shikata_ga_nai(CODE, 1)[:20],
        b"\xfc" + encode.shikata_ga_nai(CODE, 1)[5:],  # nothing sets the key
        b"\xeb\xfe" + bytes(100),
        b"\xe8\x00\x00\x00\x80" + bytes(100),
    ],
)
def test_no_encoder(code: bytes) -> None:
    assert encoders.undo(code) is None
