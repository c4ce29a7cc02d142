"""Indicators of compromise (IoCs) in text: refanged, canonical, in order of first appearance."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

import re2

from app.hunting import hosts, names_in_code, urls
from app.hunting.features import CANDIDATE, SHORT, Scanned, scan

KINDS = (
    "ipv4", "ipv6", "url", "domain", "email", "md5", "sha1", "sha256", "path", "registry",
)  # fmt: skip
Iocs = dict[str, dict[str, None]]  # kind -> its values; a dict keeps order and drops repetitions

MAX_IOCS = 5_000  # taken from one text
MAX_MATCHES = 50_000  # of one pattern in one text that are looked at

_CUT_OFF = "cut off"
_HASHES = {32: "md5", 40: "sha1", 64: "sha256"}
_CANDIDATES = re2.compile(CANDIDATE)
_LOCAL_PART = re.compile(rb"[A-Za-z0-9._%+-]{1,64}\Z")
_PATHS = re2.compile(
    rb"(?i)(?:\b[a-z]:[\\/]|%[a-z_()0-9]+%\\|\$\{?env:\w+\}?\\|\\\\[\w.-]+\\)"
    rb"[^\s\"'<>|?*;,`)(\]\[\x{2018}-\x{201e}\x00-\x1f:&]+"
)
_REGISTRY = re2.compile(
    rb"(?i)\b(?:HKLM|HKCU|HKCR|HKU|HKCC|HKEY_(?:LOCAL_MACHINE|CURRENT_USER|CLASSES_ROOT|USERS"
    rb"|CURRENT_CONFIG)):?\\[^\s\"'<>|?*;,`)(\x{2018}-\x{201e}\x00-\x1f&]+"
)
_HIVES = {
    "HKEY_LOCAL_MACHINE": "HKLM",
    "HKEY_CURRENT_USER": "HKCU",
    "HKEY_CLASSES_ROOT": "HKCR",
    "HKEY_USERS": "HKU",
    "HKEY_CURRENT_CONFIG": "HKCC",
}
_SHELLS = ("powershell.exe", "pwsh.exe", "cmd.exe")
_QUOTED_REST = re.compile(r"(?: [^\"'<>|?*;,`\u2018-\u201e\x00-\x1f]*)?(?=[\"'\u2018-\u201e])")
_VARIABLE_END = re.compile(r"(?<!\A)\\\$\w*\Z")  # what follows is known at run time only
_BEFORE_VERSION = re.compile(rb"(?i)(?:version\W{0,3}|\bv|\brv:|[a-z]/)\Z")

_REFANG = (
    (re2.compile(rb"(?i)\bh(?:xx|\*\*)p(s?)\b"), rb"http\1"),
    (re2.compile(rb"(?i)\bfxp(s?)\b"), rb"ftp\1"),
    (re2.compile(rb"(?i)\s?[\[({](?:\.|dot)[\])}]\s?"), b"."),
    (re2.compile(rb"(?i)[\[({](?:@|at)[\])}]"), b"@"),
    (re2.compile(rb"[\[({](://|:|/)[\])}]"), rb"\1"),
)


def extract(*texts: str) -> Iocs:
    """The IoCs of all texts, by kind (see KINDS)."""
    found: Iocs = {kind: {} for kind in KINDS}
    for text in texts:
        add_from(scan(text.encode("utf-8", "replace")), found)
    return found


def add_from(scanned: Scanned, found: Iocs) -> bool:
    """Add the IoCs of one text to `found`; False if there are more than are taken."""
    pairs = _in_short(scanned) if len(scanned.raw) <= SHORT else _in(scanned)
    for kind, value in pairs:
        found[kind][value] = None
    return len(pairs) < MAX_IOCS


def _in(scanned: Scanned) -> list[tuple[str, str]]:
    if "defanged" in scanned.features:
        plain = scan(refang(scanned.raw))
        scanned = Scanned(plain.raw, plain.features | (scanned.features & {_CUT_OFF}))
    return list(islice(_iocs(*scanned), MAX_IOCS))


_in_short = lru_cache(maxsize=16_384)(_in)  # see SHORT


def cut_off(scanned: Scanned) -> Scanned:
    """The same text as one whose end is missing: a name at its end may be half a name."""
    return Scanned(scanned.raw, scanned.features | {_CUT_OFF})


def refang(raw: bytes) -> bytes:
    """Undo the usual ways of making indicators harmless: hxxp, [.], (dot), [:], [at]."""
    for pattern, plain in _REFANG:
        raw = pattern.sub(plain, raw, MAX_IOCS)
    return raw


def _iocs(raw: bytes, features: frozenset[str]) -> Iterator[tuple[str, str]]:
    spans = []
    open_end = len(raw.rstrip()) if _CUT_OFF in features else -1
    if "url" in features:
        for match in islice(urls.FIND.finditer(raw), MAX_MATCHES):
            spans.append(match.span())
            yield from _of_url(raw, match.start(), match.end(), match.end() != open_end)
    if "candidate" in features:
        yield from _candidates(raw, spans, open_end)
    if "path" in features:
        yield from _paths(raw)
    if "registry" in features:
        for match in islice(_REGISTRY.finditer(raw), MAX_MATCHES):
            yield "registry", _registry_key(_text(match.group()))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _of_url(raw: bytes, start: int, end: int, whole: bool) -> Iterator[tuple[str, str]]:
    """A URL and its host; of one that is cut off without a path only a host before a port."""
    before, after = raw[max(start - 8, 0) : start], _text(raw[end : end + 512])
    for url in urls.in_text(_text(raw[start:end]), before, after):
        whole = whole or url.text.count("/") > 2
        if whole:
            yield "url", url.text
        if url.kind != "name" and (whole or url.port is not None):
            yield url.kind, url.host


def _candidates(
    raw: bytes, spans: list[tuple[int, int]], open_end: int
) -> Iterator[tuple[str, str]]:
    """Addresses, names and hashes that stand outside of the URLs' spans."""
    ends = iter([*spans, (len(raw) + 1, len(raw) + 1)])
    span = next(ends)
    for match in islice(_CANDIDATES.finditer(raw), MAX_MATCHES):
        start, end = match.span()
        while start >= span[1]:
            span = next(ends)
        if start >= span[0] or end == open_end:
            continue
        word = match.group()
        if word[-1:].isdigit() and word.count(b".") == 3 and word.replace(b".", b"").isdigit():
            yield from _address(raw, start, end)
        elif b"." in word:
            yield from _name(raw, start, end)
        elif b":" in word:
            yield from _address6(raw, start, end)
        elif not (word.isdigit() or word.isalpha()):
            yield _HASHES[len(word)], _text(word).lower()


def _address(raw: bytes, start: int, end: int) -> Iterator[tuple[str, str]]:
    """A dotted quad that is no part of a longer number, nor a version."""
    before, after = raw[max(start - 12, 0) : start], raw[end : end + 2]
    if after[:1].isdigit() or (after[:1] == b"." and after[1:].isdigit()):
        return
    if before[-1:].isdigit() or before[-1:] in (b".", b"_") or _BEFORE_VERSION.search(before):
        return
    if before[-1:] in (b"\\", b"/") and before[-2:] not in (b"\\\\", b"//"):
        return  # a version in a path
    if value := hosts.ipv4(_text(raw[start:end])):
        yield "ipv4", value


def _address6(raw: bytes, start: int, end: int) -> Iterator[tuple[str, str]]:
    if raw[end : end + 1].isalnum() or raw[max(start - 1, 0) : start] in (b":", b"."):
        return
    if value := hosts.ipv6(_text(raw[start:end])):
        yield "ipv6", value


def _name(raw: bytes, start: int, end: int) -> Iterator[tuple[str, str]]:
    """A domain, or the e-mail address that it ends, unless it is code."""
    before, after = raw[start - 1 : start] if start else b"", raw[end : end + 2]
    word = _text(raw[start:end])
    name = hosts.domain(word)
    if name is None or after[:1] in (b"-", b"_", b"(", b"@"):
        return
    if after[:1] == b"." and (after[1:].isalnum() or after[1:] in (b"_", b"-", b"$", b"*")):
        return
    if before == b"@" and (local := _LOCAL_PART.search(raw[max(start - 65, 0) : start - 1])):
        yield "email", f"{_text(local.group())}@{name}"
        yield "domain", name
    elif not names_in_code.is_code(raw, start, end):
        yield "domain", name


def _paths(raw: bytes) -> Iterator[tuple[str, str]]:
    for match in islice(_PATHS.finditer(raw), MAX_MATCHES):
        start, end = match.span()
        value = _text(match.group())
        before = raw[max(start - 1, 0) : start]
        if before in (b'"', b"'"):
            rest = _QUOTED_REST.match(_text(raw[end : end + 512]))
            value += rest.group() if rest else ""
        value = _windows_path(value)
        if value and not value.lower().endswith(_SHELLS):
            yield "path", value


def _windows_path(value: str) -> str:
    """Single backslashes (but for the two that begin a UNC path), no punctuation at the end."""
    unc = value.startswith("\\\\")
    body = re.sub(r"[\\/]+", r"\\", value)
    body = _VARIABLE_END.sub("", body).rstrip(".:!\\ ")
    if unc:
        return "\\" + body
    return body if len(body) > 3 else ""


def _registry_key(value: str) -> str:
    hive, _, key = value.partition("\\")
    hive = hive.rstrip(":").upper()
    return f"{_HIVES.get(hive, hive)}\\" + re.sub(r"\\+", r"\\", key).strip("\\")
