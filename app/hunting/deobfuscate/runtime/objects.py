"""The .NET objects that obfuscated scripts make, reduced to what they hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..session import session
from ..values import UNKNOWN, Value


@dataclass(slots=True, eq=False)
class Stream:
    """Bytes and a position: MemoryStream, and what comes out of DeflateStream and its like."""

    data: bytearray = field(default_factory=bytearray)
    position: int = 0

    def read(self, count: int | None = None) -> bytes:
        end = len(self.data) if count is None else self.position + count
        chunk = bytes(self.data[self.position : end])
        self.position += len(chunk)
        return chunk

    def write(self, chunk: bytes) -> None:
        self.data[self.position : self.position + len(chunk)] = chunk
        self.position += len(chunk)


@dataclass(frozen=True, slots=True)
class MethodGroup:
    """A method that is not called: `'text'.Replace`, `[Convert]::FromBase64String`.

    As text it is how PowerShell describes the method.
    """

    target: Value
    name: str

    @property
    def text(self) -> Value:
        return session().signatures.get(self.name, UNKNOWN)


@dataclass(slots=True, eq=False)
class TextReader:
    """StreamReader and StringReader."""

    content: str


@dataclass(slots=True, eq=False)
class Builder:
    """StringBuilder."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """[Text.Encoding]: the name of a Python codec."""

    codec: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """[regex]"""

    text: str
    ignore_case: bool
    single_line: bool = False
    right_to_left: bool = False


@dataclass(slots=True, eq=False)
class SecureString:
    content: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """The address of unprotected text, as [Marshal] hands it out."""

    content: str


@dataclass(frozen=True, slots=True)
class Credential:
    user: str
    password: str


@dataclass(slots=True, eq=False)
class Cipher:
    """A symmetric algorithm: `aes`, `tripledes`, `des` or `rc2`, and its settings by name."""

    algorithm: str
    settings: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transform:
    """A decryptor with its key: bytes in, bytes out."""

    apply: Callable[[bytes], bytes]


@dataclass(slots=True, eq=False)
class Sink(Stream):
    """A CryptoStream that is written to: it passes everything on when it is closed."""

    target: Stream = field(default_factory=Stream)
    transform: Transform = field(default_factory=lambda: Transform(bytes))

    def close(self) -> None:
        pending, self.data = bytes(self.data), bytearray()
        if pending:
            self.target.write(self.transform.apply(pending))


@dataclass(frozen=True, slots=True)
class Hasher:
    """A hash algorithm by its hashlib name."""

    name: str


@dataclass(frozen=True, slots=True)
class KeyDerivation:
    """Rfc2898DeriveBytes."""

    password: bytes
    salt: bytes
    iterations: int
    hash_name: str


@dataclass(frozen=True, slots=True)
class Engine:
    """What runs and expands text: $ExecutionContext, its InvokeCommand, [powershell]::Create()."""
