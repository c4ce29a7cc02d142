"""The outline of a reverse_tcp stager, as Metasploit lays it out, with nothing in it that runs.

Its first instruction returns, and fillers stand where the code would be that finds the functions:
only what an analyst reads is there (a sockaddr and the hashes of the functions that it is for).
Source: https://github.com/rapid7/metasploit-framework, external/source/shellcode/windows/x86
"""

from ipaddress import IPv4Address

_RETURN, _FILLER = b"\xc3", b"\x90"
_ENTRY = b"\xfc\xe8\x82\x00\x00\x00"
_LOAD_LIBRARY, _CONNECT, _RECV = (
    value.to_bytes(4, "little") for value in (0x0726774C, 0x6174A599, 0x5FC8D902)
)


def layout(address: str) -> bytes:
    """The outline for `host:port`."""
    host, port = address.split(":")
    return b"".join(
        (
            _RETURN,
            _ENTRY,
            _FILLER * 16,
            b"\x68ws2_",
            _call(_LOAD_LIBRARY),
            b"\x68" + IPv4Address(host).packed,
            b"\x68\x02\x00" + int(port).to_bytes(2, "big"),
            b"\x89\xe6\x6a\x10\x56\x57",
            _call(_CONNECT),
            _call(_RECV),
        )
    )


def _call(function: bytes) -> bytes:
    """push hash; call ebp"""
    return b"\x68" + function + b"\xff\xd5"
