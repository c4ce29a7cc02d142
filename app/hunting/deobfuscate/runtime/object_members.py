"""Methods and properties of the .NET objects in objects.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..values import (
    UNKNOWN,
    NamedValue,
    TypeName,
    UnresolvedError,
    Value,
    known,
    to_bytes,
    to_int,
    to_text,
)
from . import crypto, regex_members
from .objects import (
    Builder,
    Cipher,
    Credential,
    Hasher,
    KeyDerivation,
    Pattern,
    SecureString,
    Sink,
    Stream,
    TextEncoding,
    TextReader,
    Transform,
)
from .patterns import Match
from .run import Run

ObjectMethod = Callable[[Run, Any, list[Value]], Value]


def decoded(run: Run, encoding: TextEncoding, data: bytes) -> str:
    """Bytes as text, as .NET does it: what is not text becomes a replacement character."""
    run.budget.produce(len(data))
    run.step("bytes")
    if encoding.codec == "ascii":
        return data.decode("latin-1").translate(_NOT_ASCII)
    return data.decode(encoding.codec, "replace")


_NOT_ASCII = dict.fromkeys(range(128, 256), "?")


def encoded(run: Run, encoding: TextEncoding, text: str) -> bytearray:
    run.budget.produce(2 * len(text))
    return bytearray(text.encode(encoding.codec, "replace"))


def _get_string(run: Run, encoding: TextEncoding, arguments: list[Value]) -> Value:
    return decoded(run, encoding, _slice(arguments))


def _get_chars(run: Run, encoding: TextEncoding, arguments: list[Value]) -> Value:
    from .casts import cast

    return cast("char[]", decoded(run, encoding, _slice(arguments)), run)


def _get_bytes(run: Run, encoding: TextEncoding, arguments: list[Value]) -> Value:
    text = arguments[0]
    if isinstance(text, list):
        text = "".join(map(to_text, text))
    return encoded(run, encoding, to_text(known(text)))


def _slice(arguments: list[Value]) -> bytes:
    """(bytes[, offset, count])"""
    data = to_bytes(known(arguments[0]))
    if len(arguments) < 3:
        return bytes(data)
    start, count = to_int(arguments[1]), to_int(arguments[2])
    if start < 0 or count < 0:
        raise UnresolvedError
    return bytes(data[start : start + count])


def _read_all(run: Run, reader: TextReader, arguments: list[Value]) -> Value:
    content, reader.content = reader.content, ""
    return content


def _read_line(run: Run, reader: TextReader, arguments: list[Value]) -> Value:
    if not reader.content:
        return None
    line, _, reader.content = reader.content.partition("\n")
    return line.removesuffix("\r")


def _stream_read(run: Run, stream: Stream, arguments: list[Value]) -> Value:
    """Read(buffer, offset, count)"""
    buffer, start, count = arguments[0], to_int(arguments[1]), to_int(arguments[2])
    if not isinstance(buffer, bytearray) or start < 0 or count < 0:
        raise UnresolvedError
    chunk = stream.read(min(count, len(buffer) - start))
    buffer[start : start + len(chunk)] = chunk
    return len(chunk)


def _stream_write(run: Run, stream: Stream, arguments: list[Value]) -> Value:
    chunk = _slice(arguments)
    run.budget.produce(len(chunk))
    stream.write(chunk)
    return None


def _stream_byte(run: Run, stream: Stream, arguments: list[Value]) -> Value:
    return (stream.read(1) or [-1])[0]


def _stream_copy(run: Run, stream: Stream, arguments: list[Value]) -> Value:
    target = arguments[0]
    if not isinstance(target, Stream):
        raise UnresolvedError
    run.budget.produce(len(stream.data))
    target.write(stream.read())
    return None


def _stream_bytes(run: Run, stream: Stream, arguments: list[Value]) -> Value:
    run.budget.produce(len(stream.data))
    return stream.data.copy()


def _close(run: Run, sink: Sink, arguments: list[Value]) -> Value:
    sink.close()
    return None


def _seek(run: Run, stream: Stream, arguments: list[Value]) -> Value:
    stream.position = min(max(to_int(arguments[0]), 0), len(stream.data))
    return stream.position


def _append(run: Run, builder: Builder, arguments: list[Value]) -> Value:
    text = "".join(map(to_text, map(known, arguments[:1])))
    run.budget.produce(len(builder.text) + len(text))
    builder.text += text
    return builder


def _append_char(run: Run, secret: SecureString, arguments: list[Value]) -> Value:
    run.budget.produce(len(secret.content))
    secret.content += to_text(known(arguments[0]))
    return None


def _create_decryptor(run: Run, cipher: Cipher, arguments: list[Value]) -> Value:
    key, vector = [*arguments, None, None][:2]
    return crypto.decryptor(cipher, known(key), known(vector), run)


def _decrypt(mode: str) -> ObjectMethod:
    """DecryptCbc(data, iv[, padding]) and DecryptEcb(data, padding)"""

    def decrypted(run: Run, cipher: Cipher, arguments: list[Value]) -> Value:
        data, *more = map(known, arguments)
        vector = more.pop(0) if mode == "cbc" else None
        settings = {**cipher.settings, "mode": mode, "padding": more[0] if more else "pkcs7"}
        transform = crypto.decryptor(Cipher(cipher.algorithm, settings), None, vector, run)
        return bytearray(transform.apply(bytes(to_bytes(data))))

    return decrypted


def _compute_hash(run: Run, hasher: Hasher, arguments: list[Value]) -> Value:
    data = arguments[0]
    return crypto.digest(hasher, data.read() if isinstance(data, Stream) else _slice(arguments))


def _derive(run: Run, derivation: KeyDerivation, arguments: list[Value]) -> Value:
    return crypto.derived(derivation, to_int(arguments[0]), run)


def _nothing(run: Run, target: Any, arguments: list[Value]) -> Value:
    return None


def _itself(run: Run, target: Any, arguments: list[Value]) -> Value:
    return target


_CLOSING = dict.fromkeys(("close", "dispose", "flush", "flushfinalblock", "clear"), _nothing)

METHODS: dict[type, dict[str, ObjectMethod]] = {
    TextEncoding: {"getstring": _get_string, "getchars": _get_chars, "getbytes": _get_bytes},
    TextReader: {**_CLOSING, "readtoend": _read_all, "readline": _read_line},
    Stream: {
        **_CLOSING,
        "read": _stream_read,
        "write": _stream_write,
        "readbyte": _stream_byte,
        "copyto": _stream_copy,
        "toarray": _stream_bytes,
        "getbuffer": _stream_bytes,
        "seek": _seek,
    },
    Sink: {
        "write": _stream_write,
        **dict.fromkeys(("close", "dispose", "flushfinalblock"), _close),
    },
    Builder: {"append": _append, "tostring": lambda run, builder, arguments: builder.text},
    SecureString: {
        **_CLOSING,
        "appendchar": _append_char,
        "makereadonly": _nothing,
        "copy": _itself,
    },
    Credential: {"getnetworkcredential": _itself},
    Pattern: regex_members.METHODS,
    Match: {"tostring": lambda run, match, arguments: match.text},
    Cipher: {
        **_CLOSING,
        "createdecryptor": _create_decryptor,
        "decryptcbc": _decrypt("cbc"),
        "decryptecb": _decrypt("ecb"),
    },
    Transform: {
        **_CLOSING,
        "transformfinalblock": lambda run, transform, arguments: bytearray(
            transform.apply(_slice(arguments))
        ),
    },
    Hasher: {**_CLOSING, "computehash": _compute_hash},
    KeyDerivation: {**_CLOSING, "getbytes": _derive},
    TypeName: {"tostring": lambda run, name, arguments: name.name},
}

PROPERTIES: dict[type, dict[str, Callable[[Any], Value]]] = {
    Stream: {
        "length": lambda stream: len(stream.data),
        "position": lambda stream: stream.position,
    },
    Builder: {"length": lambda builder: len(builder.text)},
    SecureString: {"length": lambda secret: len(secret.content)},
    Credential: {
        "password": lambda credential: credential.password,
        "username": lambda credential: credential.user,
        "securepassword": lambda credential: SecureString(credential.password),
    },
    Match: {
        "value": lambda match: match.text,
        "index": lambda match: match.start,
        "length": lambda match: len(match.text),
        "success": lambda match: True,
        "groups": lambda match: [NamedValue(group, group) for group in match.groups],
        "captures": lambda match: [NamedValue(match.text, match.text)],
    },
    NamedValue: {
        "name": lambda entry: entry.name,
        "key": lambda entry: entry.name,
        "definition": lambda entry: entry.value,
        "value": lambda entry: entry.value,
    },
    Cipher: {
        "key": lambda cipher: cipher.settings.get("key", UNKNOWN),
        "iv": lambda cipher: cipher.settings.get("iv", UNKNOWN),
    },
    TypeName: {
        "name": lambda name: name.name.rpartition(".")[2],
        "fullname": lambda name: name.name,
    },
}


def set_property(target: Value, name: str, value: Value) -> bool:
    """`$object.Name = value`; False if the object has no such setting."""
    if isinstance(target, dict):
        target[name] = value
    elif isinstance(target, Cipher):
        target.settings[name] = value
    elif isinstance(target, Stream) and name == "position":
        target.position = min(max(to_int(value), 0), len(target.data))
    else:
        return False
    return True
