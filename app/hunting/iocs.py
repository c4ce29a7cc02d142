"""Indicators of compromise (IoCs) in text: refanged, canonical, in order of first appearance."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

import re2

from app.hunting import hosts, names_in_code, paths, urls
from app.hunting.features import CANDIDATE, Scanned, scan

KINDS = (
    "ipv4", "ipv6", "url", "domain", "email", "md5", "sha1", "sha256", "path", "registry",
)  # fmt: skip
Iocs = dict[str, dict[str, None]]  # kind -> its values; a dict keeps order and drops repetitions

MAX_IOCS = 5_000  # taken from one text
MAX_MATCHES = 50_000  # of one pattern in one text that are looked at

_SHORT = 1024  # bytes of a text whose IoCs are remembered: many scripts differ in shellcode only
_LOOKED_INTO = frozenset(["url", "candidate", "path", "registry", "defanged"])
_CUT_OFF = "cut off"
_HASHES = {32: "md5", 40: "sha1", 64: "sha256"}
_CANDIDATES = re2.compile(CANDIDATE.encode())
_LOCAL_PART = re.compile(rb"[A-Za-z0-9._%+-]{1,64}\Z")
_PRODUCTS = (
    b"mozilla|chrome|chromium|headlesschrome|firefox|safari|edge?|edg[a-z]|opr|opera|msie|trident"
    b"|applewebkit|version|electron|curl|wget|python-[a-z]+|java|go-http-client|winhttp"
)
# What a version number follows; names of services (termsrv/, cifs/, /dev/tcp/) are no products.
_BEFORE_VERSION = re.compile(rb"(?i)(?:version|release|build|(?<![a-z0-9_])(?:ver|rv))\Z")
_PRODUCT = re.compile(
    rb"(?:\b(?i:" + _PRODUCTS + rb")|[A-Z][a-z][\w+-]{0,30}|[\w-]{1,30}\.[\w.-]{1,30})/\Z"
)
_TCP = re.compile(rb"(?i)/(?:tcp|udp)/\Z")
_IN_PATH = re.compile(rb"[\\/][\w. ()+-]*/\Z")
_OPTION_LETTER = re.compile(rb"(?:(?:^|[\s\"'])[-/][A-Za-uw-z]|\\[nrt])\Z")
# Hashes of passwords, keys and numbers of components are no hashes of files.
_BEFORE_SECRET = re.compile(
    rb"(?i)(?:[/-](?:rc4|ntlm|nthash|nt|lm|aes(?:128|256)?|des(?:_cbc_md5)?|hashes|h|key|krbkey"
    rb"|password|pass|pwd|p|embedding)[\s:=\"']{1,3}|[0-9a-f]{32}:|(?:\A|[\s\"']):)\Z"
)
_AND_HASH = re.compile(rb":[0-9A-Fa-f]{32}")
_HEXTETS = re.compile(r"(?:[23][0-9a-f]{3}|f[cdef][0-9a-f]{2}):")


def _without_escapes(match: re.Match[bytes]) -> bytes:
    """A URL of a JSON text: http:\\/\\/host\\/path."""
    return re.sub(rb"\\{1,3}/", b"/", match.group())


_REFANG = (
    (re2.compile(rb"(?i)\b[a-z]{2,5}:(?:\\{1,3}/){2}[^\s\"'<>]+"), _without_escapes),
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
    if scanned.features.isdisjoint(_LOOKED_INTO):
        return True
    pairs = _in_short(scanned) if len(scanned.raw) <= _SHORT else _in(scanned)
    for kind, value in pairs:
        found[kind][value] = None
    return len(pairs) < MAX_IOCS


def add_url(url: str, found: Iocs) -> bool:
    """Add a URL and its host; False if it is none, or has more in it."""
    raw = url.encode()
    if next(urls.spans(raw), None) != (0, len(raw)):
        return False
    for kind, value in _of_url(raw, 0, len(raw), whole=True):
        found[kind][value] = None
    return True


def _in(scanned: Scanned) -> list[tuple[str, str]]:
    if "defanged" in scanned.features:
        plain = scan(refang(scanned.raw))
        scanned = Scanned(plain.raw, plain.features | (scanned.features & {_CUT_OFF}))
    return list(islice(_iocs(*scanned), MAX_IOCS))


_in_short = lru_cache(maxsize=4096)(_in)


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
        for start, end in islice(urls.spans(raw), MAX_MATCHES):
            spans.append((start, end))
            yield from _of_url(raw, start, end, end != open_end)
    if "candidate" in features:
        yield from _candidates(raw, spans, open_end)
    if "path" in features:
        yield from (("path", path) for path in paths.paths(raw))
    if "registry" in features:
        yield from (("registry", key) for key in paths.keys(raw))


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
        word = raw[start:end]
        if word[-1:].isdigit() and word.count(b".") == 3 and word.replace(b".", b"").isdigit():
            yield from _address(raw, start, end)
        elif b"." in word:
            yield from _name(raw, start, end)
        elif b":" in word:
            yield from _address6(raw, start, end)
        else:
            yield from _hash(raw, start, end)


def _address(raw: bytes, start: int, end: int) -> Iterator[tuple[str, str]]:
    """A dotted quad that is no part of a longer number or name, nor a version."""
    before, after = raw[max(start - 40, 0) : start], raw[end : end + 2]
    if after[:1].isalnum() or after[:1] == b"_" or (after[:1] == b"." and after[1:].isalnum()):
        return
    if before and _is_version(before, after):
        return
    if value := hosts.ipv4(_text(raw[start:end])):
        yield "ipv4", value


def _is_version(before: bytes, after: bytes) -> bool:
    """Whether a dotted quad between these is a version, or part of a name or a path."""
    last = before[-1:]
    if last.isalpha():
        return not _OPTION_LETTER.search(before)
    if last.isdigit() or last in b"._" or (last == b"-" and before[-2:-1].isalpha()):
        return True
    if before.endswith(b"=="):
        return True  # a package's version
    if last not in b"\\/":
        return bool(_BEFORE_VERSION.search(before.rstrip(b" \t=:'\"(,")[-8:]))
    if before[-2:] in (b"\\\\", b"//") or _TCP.search(before):
        return False
    if last == b"\\" or after[:1] in (b"/", b"\\"):
        return True
    return bool(_PRODUCT.search(before) or _IN_PATH.search(before))


def _address6(raw: bytes, start: int, end: int) -> Iterator[tuple[str, str]]:
    """An IPv6 address; short words around a double colon are rather members of code."""
    if raw[end : end + 1].isalnum() or raw[max(start - 1, 0) : start] in (b":", b"."):
        return
    text = _text(raw[start:end])
    groups = [group for group in text.split(":") if group]
    if len(groups) < 3 and not _HEXTETS.match(text):
        return
    if len(groups) == 8 and all(len(group) == 2 for group in groups):
        return  # a hardware address or a fingerprint
    if value := hosts.ipv6(text):
        yield "ipv6", value


def _hash(raw: bytes, start: int, end: int) -> Iterator[tuple[str, str]]:
    """A hash, unless it is that of a password."""
    word = raw[start:end]
    if word.isdigit() or word.isalpha() or _AND_HASH.match(raw[end : end + 33]):
        return
    if not _BEFORE_SECRET.search(raw[max(start - 40, 0) : start]):
        yield _HASHES[len(word)], _text(word).lower()


def _name(raw: bytes, start: int, end: int) -> Iterator[tuple[str, str]]:
    """A domain, or the e-mail address that it ends, unless it is code."""
    before, after = raw[start - 1 : start] if start else b"", raw[end : end + 2]
    word = _text(raw[start:end])
    name = hosts.domain(word)
    if name is None or after[:1] in (b"-", b"_", b"("):
        return
    if after[:1] == b"@" and raw[start - 2 : start] != b"\\\\":
        return  # a local part; \\host@SSL is a WebDAV server
    if after[:1] == b"." and (after[1:].isalnum() or after[1:] in (b"_", b"-", b"$", b"*")):
        return
    if before == b"@" and (local := _LOCAL_PART.search(raw[max(start - 65, 0) : start - 1])):
        yield "email", f"{_text(local.group())}@{name}"
        yield "domain", name
    elif zone := names_in_code.constant_zone(raw, start, end):
        if constant := hosts.domain(_text(zone)):
            yield "domain", constant
    elif not names_in_code.is_code(raw, start, end):
        yield "domain", name
