"""Tells code (types, members, files) from domain names that stand without a scheme."""

import re
from functools import cache
from importlib.resources import files

import yaml

_CODE_BEFORE = b"$[])}.-_&%*`"
_CODE_AFTER = b"([=_-"
_PROGID = re.compile(
    rb"(?i)(?:createobject|activexobject|getobject|-com(?:object)?|progid)[\s(:=\"'\\]*\Z"
)
_DOLLAR = re.compile(rb"(?i)\$(?:env:)?\Z")
# An option whose value is a file rather than a host.
_FILE_OPTION = re.compile(
    rb"(?i)\s[-/]{1,2}(?:o|out[\w-]*|c|d|data[\w-]*|e|i|in\w*|k|key|cert|config)\s+[\"']?\Z"
)


@cache
def _words() -> dict[str, frozenset[str]]:
    lists = yaml.safe_load(files(__package__).joinpath("names_in_code.yaml").read_text("utf-8"))
    return {name: frozenset(words.split()) for name, words in lists.items()}


@cache
def _network_command() -> re.Pattern[bytes]:
    """What stands before a host's name: a command, its options, and a variable part."""
    commands = "|".join(sorted(_words()["network_commands"]))
    return re.compile(
        rf"(?i)(?:\A|[\s\"'|;&(/\\`@])(?:{commands})(?:\.exe)?[\"']?"
        r"(?:\s+[-/][\w-]+(?:[=:]\S+)?(?:\s+[^\s/-]\S*)?)*\s+[\"']?[$\w.:{}()%-]*\Z".encode()
    )


def is_code(raw: bytes, start: int, end: int) -> bool:
    """Whether the dotted name at raw[start:end] is code rather than a domain name."""
    if _stands_in_code(raw, start, end) or _is_key(raw, start, end):
        return True
    before = raw[max(start - 40, 0) : start]
    if _PROGID.search(before):
        return True
    name = raw[start:end].decode("ascii", "replace")
    return _reads_as_code(name, _is_quoted(raw, start, end)) and not _is_argument(raw, start)


def constant_zone(raw: bytes, start: int, end: int) -> bytes:
    """The constant end of a name with a variable part ($x.example.com), b'' if it is code."""
    dollar = _DOLLAR.search(raw[max(start - 5, 0) : start])
    zone = raw[start:end].partition(b".")[2] if dollar else raw[start:end]
    if b"." not in zone:
        return b""
    if not (dollar or raw[max(start - 2, 0) : start] in (b").", b"}.", b"%.")):
        return b""
    if raw[end : end + 1] not in (b'"', b"'", b"/") and not _is_argument(raw, start):
        return b""
    return b"" if _reads_as_code(zone.decode("ascii", "replace"), quoted=False) else zone


def _is_argument(raw: bytes, start: int) -> bool:
    """Whether the name at `start` is a host that a command is to talk to."""
    before = raw[max(start - 80, 0) : start]
    return bool(_network_command().search(before)) and not _FILE_OPTION.search(before)


def _is_key(raw: bytes, start: int, end: int) -> bool:
    """Whether a name is a key of a JSON text; names of sites are keys there, too."""
    if raw[start - 1 : start] != b'"' or raw[end : end + 4].lstrip(b"\\")[:2] != b'":':
        return False
    return raw[start:end].rpartition(b".")[2].lower() not in (b"com", b"net", b"org")


def _is_quoted(raw: bytes, start: int, end: int) -> bool:
    return raw[start - 1 : start] in (b'"', b"'") and raw[end : end + 1] in (b'"', b"'", b":", b"/")


def _stands_in_code(raw: bytes, start: int, end: int) -> bool:
    """By the characters around it: $x.name, [Time.Day], x.y(), path\\x.com, a::b.c, x.y = 1."""
    before = raw[max(start - 2, 0) : start]
    after = raw[end : end + 3]
    if before[-1:] and before[-1:] in _CODE_BEFORE:
        return True
    if before[-1:] in (b"\\", b"/") and before not in (b"\\\\", b"//"):
        return True
    if before == b"::" or after[:2] == b"::" or after[:1] == b"]":
        return True
    follows = after.lstrip()[:1]
    return bool(follows) and (after[:1] in _CODE_AFTER or follows == b"=")


def _reads_as_code(name: str, quoted: bool) -> bool:
    """By its words: CamelCase ends, .NET vocabulary, file names and members of objects."""
    *labels, top = name.split(".")
    words = _words()
    if not (top.islower() or name.isupper() or _is_title(labels, top, words)):
        return True
    if not quoted and name.lower() in words["programs"]:
        return True
    labels = [label.lower() for label in labels]
    top = top.lower()
    if top != "com" and words["vocabulary"].issuperset([*labels, top]):
        return True
    ends = words["vocabulary"] | words["members"] | words["file_extensions"]
    if labels[0] in words["roots"] and top in ends - {"com", "net", "org"}:
        return True
    if len(labels) > 1:
        return False
    if quoted:
        return top in words["file_extensions"]
    return top in words["members"] or top in words["file_extensions"]


def _is_title(labels: list[str], top: str, words: dict[str, frozenset[str]]) -> bool:
    """Whether a name is rather a site's in capitals (Example.Com) than a namespace."""
    named = {label.lower() for label in labels}
    return top.lower() in ("com", "org") and not words["vocabulary"].issuperset(named)
