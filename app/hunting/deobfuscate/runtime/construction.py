"""New-Object and [type]::new(): the classes whose objects are known."""

from __future__ import annotations

from collections.abc import Callable

from app.hunting.encodings import decompress

from ..budget import MAX_VALUE
from ..values import (
    Ambient,
    UnresolvedError,
    Value,
    known,
    to_bytes,
    to_char,
    to_int,
    to_list,
    to_text,
)
from . import crypto
from .object_members import decoded
from .objects import (
    Builder,
    Credential,
    Pattern,
    Pointer,
    SecureString,
    Sink,
    Stream,
    TextEncoding,
    TextReader,
    Transform,
)
from .run import Run

Constructor = Callable[[Run, list[Value]], Value]
_CODECS = {
    "ascii": "ascii",
    "utf8": "utf-8",
    "unicode": "utf-16-le",
    "bigendianunicode": "utf-16-be",
    "utf7": "utf-7",
    "utf32": "utf-32-le",
    "default": "cp1252",
    "latin1": "latin-1",
}
_CODE_PAGES = {
    "us-ascii": "ascii",
    "utf-8": "utf-8",
    "utf-16": "utf-16-le",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
    "20127": "ascii",
    "65001": "utf-8",
    "1200": "utf-16-le",
    "1201": "utf-16-be",
    "28591": "latin-1",
    "1252": "cp1252",
}


def create(name: str, arguments: list[Value], run: Run) -> Value:
    """An object of the type (see type_name). Raises UnresolvedError if the class is not known."""
    for argument in arguments:
        known(argument)
    if constructor := _CONSTRUCTORS.get(name):
        return constructor(run, arguments)
    if not arguments and (made := crypto.algorithm(name)):
        return made
    if name.endswith("[]") and len(arguments) == 1:
        size = to_int(arguments[0])
        run.budget.produce(8 * max(size, 0))
        return bytearray(size) if name == "byte[]" else [None] * size
    raise UnresolvedError


def text_encoding(name: str) -> TextEncoding | None:
    """The encoding that a property of [Text.Encoding] or a code page's name stands for."""
    codec = _CODECS.get(name) or _CODE_PAGES.get(name)
    return TextEncoding(codec) if codec else None


def _flattened(arguments: list[Value]) -> Value:
    """`(,$bytes)` and `$bytes` mean the same to a constructor of one argument."""
    value: Value = arguments
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value


def _memory_stream(run: Run, arguments: list[Value]) -> Value:
    value = _flattened(arguments)
    if isinstance(value, list) and value and isinstance(value[0], bytearray):
        places = [to_int(item) for item in value[1:3] if not isinstance(item, bool)]
        start, count = places if len(places) == 2 else (0, len(value[0]))
        return Stream(value[0][start : start + count])
    if isinstance(value, int) or not arguments:
        return Stream()
    return Stream(bytearray(to_bytes(value)))


def _inflater(kind: str) -> Constructor:
    def inflated(run: Run, arguments: list[Value]) -> Value:
        source = arguments[0]
        if not isinstance(source, Stream):
            source = Stream(to_bytes(source))
        if len(arguments) > 1 and to_text_of_enum(arguments[1]) == "compress":
            raise UnresolvedError
        data = source.read()
        if kind == "zlib":
            data = data[2:]
        found = decompress(data, min(MAX_VALUE, 64 + 1100 * len(data)), raw=True)
        if found is None:
            raise UnresolvedError
        run.budget.produce(len(found[1].data))
        run.step(kind)
        return Stream(bytearray(found[1].data))

    return inflated


def to_text_of_enum(value: Value) -> str:
    """An enum's value in lower case, whether it comes as the enum or as text."""
    return str(value).lower() if isinstance(value, Ambient) else to_text(value).lower()


def _crypto_stream(run: Run, arguments: list[Value]) -> Value:
    source, transform, *mode = arguments
    if not isinstance(source, Stream) or not isinstance(transform, Transform):
        raise UnresolvedError
    if mode and to_text_of_enum(mode[0]) in ("write", "1"):
        return Sink(target=source, transform=transform)
    return Stream(bytearray(transform.apply(source.read())))


def _stream_reader(run: Run, arguments: list[Value]) -> Value:
    source = arguments[0]
    if not isinstance(source, Stream):
        raise UnresolvedError
    given = [argument for argument in arguments[1:] if isinstance(argument, TextEncoding)]
    data = source.read()
    if data.startswith(b"\xef\xbb\xbf"):
        return TextReader(decoded(run, TextEncoding("utf-8"), data[3:]))
    if data.startswith(b"\xff\xfe"):
        return TextReader(decoded(run, TextEncoding("utf-16-le"), data[2:]))
    return TextReader(decoded(run, given[0] if given else TextEncoding("utf-8"), data))


def _string(run: Run, arguments: list[Value]) -> Value:
    value = _flattened(arguments)
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], int):
        run.budget.produce(max(value[1], 0))
        return str(to_char(value[0])) * value[1]
    characters = to_list(value)
    run.budget.produce(len(characters))
    return "".join(map(to_char, characters)) if not isinstance(value, str) else value


def _credential(run: Run, arguments: list[Value]) -> Value:
    user, password = arguments[0], arguments[1]
    if isinstance(password, SecureString):
        password = password.content
    return Credential(to_text(user), to_text(password))


def _pattern(run: Run, arguments: list[Value]) -> Value:
    options = to_text_of_enum(arguments[1]) if len(arguments) > 1 else ""
    return regex(to_text(arguments[0]), options)


def regex(text: str, options: str) -> Pattern:
    """A regular expression with its RegexOptions, by name or as a number in text."""
    flags = int(options) if options.isdecimal() else 0
    return Pattern(
        text,
        ignore_case="ignorecase" in options or bool(flags & 1),
        single_line="singleline" in options or bool(flags & 16),
        right_to_left="righttoleft" in options or bool(flags & 64),
    )


def _builder(run: Run, arguments: list[Value]) -> Value:
    return Builder("".join(to_text(item) for item in arguments if isinstance(item, str)))


def _list(run: Run, arguments: list[Value]) -> list[Value]:
    value = _flattened(arguments)
    return [] if isinstance(value, int) else list(to_list(value)) if arguments else []


def _stack(run: Run, arguments: list[Value]) -> Value:
    return _list(run, arguments)[::-1]


def _pointer(run: Run, arguments: list[Value]) -> Value:
    if not isinstance(arguments[0], Pointer):
        raise UnresolvedError
    return arguments[0]


_CONSTRUCTORS: dict[str, Constructor] = {
    "io.memorystream": _memory_stream,
    "io.compression.deflatestream": _inflater("deflate"),
    "io.compression.gzipstream": _inflater("gzip"),
    "io.compression.zlibstream": _inflater("zlib"),
    "security.cryptography.cryptostream": _crypto_stream,
    "io.streamreader": _stream_reader,
    "io.stringreader": lambda run, arguments: TextReader(to_text(arguments[0])),
    "string": _string,
    "text.asciiencoding": lambda run, arguments: TextEncoding("ascii"),
    "text.utf8encoding": lambda run, arguments: TextEncoding("utf-8"),
    "text.unicodeencoding": lambda run, arguments: TextEncoding("utf-16-le"),
    "text.utf7encoding": lambda run, arguments: TextEncoding("utf-7"),
    "text.stringbuilder": _builder,
    "text.regularexpressions.regex": _pattern,
    "collections.arraylist": _list,
    "collections.queue": _list,
    "collections.stack": _stack,
    **{
        f"collections.generic.{kind}[{element}]": maker
        for element in ("byte", "char", "string", "object", "int32")
        for kind, maker in (("list", _list), ("queue", _list), ("stack", _stack))
    },
    "collections.hashtable": lambda run, arguments: {},
    "security.securestring": lambda run, arguments: SecureString(""),
    "management.automation.pscredential": _credential,
    "pscredential": _credential,
    "net.networkcredential": _credential,
    "security.cryptography.rfc2898derivebytes": lambda run, arguments: crypto.key_derivation(
        arguments
    ),
    "intptr": _pointer,
}
