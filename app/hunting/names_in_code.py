"""Tells code (types, members, files) from domain names that stand without a scheme."""

from functools import cache
from importlib.resources import files

import yaml

_CODE_BEFORE = b"$[])}.-_&%*`"
_CODE_AFTER = b"([=_-"


@cache
def _words() -> dict[str, frozenset[str]]:
    lists = yaml.safe_load(files(__package__).joinpath("names_in_code.yaml").read_text("utf-8"))
    return {name: frozenset(words.split()) for name, words in lists.items()}


def is_code(raw: bytes, start: int, end: int) -> bool:
    """Whether the dotted name at raw[start:end] is code rather than a domain name."""
    return _stands_in_code(raw, start, end) or _reads_as_code(
        raw[start:end].decode("ascii", "replace"), _is_quoted(raw, start, end)
    )


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
    if not (top.islower() or name.isupper()):
        return True
    words = _words()
    if not quoted and name.lower() in words["programs"]:
        return True
    labels = [label.lower() for label in labels]
    top = top.lower()
    if top != "com" and words["vocabulary"].issuperset([*labels, top]):
        return True
    if len(labels) > 1:
        return False
    if quoted:
        return top in words["file_extensions"]
    return top in words["members"] or top in words["file_extensions"]
