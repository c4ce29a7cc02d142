"""Windows paths and registry keys as they stand in commands: where they end, canonical form."""

import re
from collections.abc import Iterator
from itertools import islice

import re2

MAX_MATCHES = 50_000  # of one pattern in one text that are looked at
_WINDOW = 300  # bytes that are looked at for the rest of a path with blanks

_END = rb"\s\"'<>|?*;,`)(\]\[\x{2018}-\x{201e}\x00-\x1f:&"
_PATHS = re2.compile(
    rb"(?i)(?:\b[a-z]:[\\/]|%[a-z_()0-9]+%\\|\$env:\w+\\|\$\{env:[\w()]+\}\\"
    rb"|\\\\[\w.-]+(?:@ssl)?(?:@\d+)?\\)"
    rb"(?:[^" + _END + rb"]|\([\w .-]{1,16}\))+"
)
_KEYS = re2.compile(
    rb"(?i)\b(?:HKLM|HKCU|HKCR|HKU|HKCC|HKEY_(?:LOCAL_MACHINE|CURRENT_USER|CLASSES_ROOT|USERS"
    rb"|CURRENT_CONFIG))(?:\\+|:\\*)[\w*{][^\s\"'<>|?;,`)(\]\x{2018}-\x{201e}\x00-\x1f&:]*"
)
_HIVES = {
    "HKEY_LOCAL_MACHINE": "HKLM",
    "HKEY_CURRENT_USER": "HKCU",
    "HKEY_CLASSES_ROOT": "HKCR",
    "HKEY_USERS": "HKU",
    "HKEY_CURRENT_CONFIG": "HKCC",
}
_SHELLS = re.compile(r"(?i)\\(?:(?:powershell|pwsh|cmd)(?:\.exe)?)\Z")
# The hosts that a doubled backslash within a registry key or a path seems to name.
_NO_HOSTS = frozenset(b"software system sam security windows users microsoft".split())
_BEFORE_UNC = frozenset(b" \t\r\n\"'=(,;|&<>@[{:`")
_QUOTED_REST = {
    quote: re.compile(rf"[^{quote}<>|?*;`\x00-\x1f]*(?={quote})") for quote in ("'", '"')
}
# Folders with blanks in a path without quotes: the blanks lead to a backslash. Words exclude
# blanks, and each round ends with a backslash, so that there is one way to match.
_FOLDERS = re.compile(
    r"(?:(?: (?![-/])[^\s\\/:\"'<>|?*;,`=&]+){1,4}\\"
    r"(?:[^\s\\/:\"'<>|?*;,`)(&]|\([\w.-]{1,16}\))*)+"
)
_KEY_PART = re.compile(
    r" (?:NT|Settings|Explorer|Defender|Server|Script Host|Framework Setup|Shell Folders|Panel"
    r"|File Execution Options|Folders|Setup|Components|Manager|Providers?)"
    r"(?:\\[^\s\"'<>|;,`)(\]&:]*)?(?=[\s\"'<>|;,`)(\]&:]|\Z)"
)
_EXTENSION = re.compile(r"\.[A-Za-z]\w{0,4}\Z")
_ARGUMENTS = re.compile(r"(?i)(?<=\.(?:exe|com|bat|cmd|ps1|vbs|hta|dll|scr|msi))[ ,].*| [-/]\w.*")
_STREAM = re.compile(r":[A-Za-z_$][\w.$-]*")
_OPTION_AND_UNC = re.compile(rb"[-/][A-Za-z]:\\\\")  # /i:\\host\share
_VARIABLE_END = re.compile(r"(?<!\A)\\\$\w*\Z")  # what follows is known at run time only


def paths(raw: bytes) -> Iterator[str]:
    """The Windows paths in a text, other than those of the shells themselves."""
    for match in islice(_PATHS.finditer(raw), MAX_MATCHES):
        start, end = match.span()
        if _OPTION_AND_UNC.match(raw, max(start - 1, 0)):
            start += 2
        if raw[start : start + 2] == b"\\\\" and not _is_unc(raw, start):
            continue
        value = _text(raw[start:end])
        before = _text(raw[max(start - 1, 0) : start])
        value += _rest_of_path(value, before, _text(raw[end : end + _WINDOW]))
        value = _canonical(value)
        if value and not _SHELLS.search(value):
            yield value


def keys(raw: bytes) -> Iterator[str]:
    """The registry keys in a text, the hive's name in short."""
    for match in islice(_KEYS.finditer(raw), MAX_MATCHES):
        start, end = match.span()
        before = _text(raw[max(start - 1, 0) : start])
        rest = _rest_of_key(before, _text(raw[end : end + _WINDOW]))
        yield _registry_key(_text(match.group()) + rest)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _is_unc(raw: bytes, start: int) -> bool:
    """Whether two backslashes begin a host's name rather than stand for one in a longer path."""
    host, _, rest = raw[start + 2 : start + 80].partition(b"\\")
    escaped = rest.startswith(b"\\") and raw[max(start - 2, 0) : start] != b"\\\\"
    if escaped or host.lower() in _NO_HOSTS:
        return False
    before = raw[max(start - 6, 0) : start].rstrip(b"\\")
    return not before or (before[-1] in _BEFORE_UNC and not _ends_with_hive(before))


def _ends_with_hive(before: bytes) -> bool:
    return before[-5:-1].lower().lstrip(b" ").startswith(b"hk") and before.endswith(b":")


def _rest_of_path(value: str, before: str, after: str) -> str:
    """What belongs to a path beyond a blank, a bracket or (alternate data streams) a colon."""
    if _EXTENSION.search(value) and (stream := _STREAM.match(after)):
        return stream.group()
    if before in _QUOTED_REST and (quoted := _QUOTED_REST[before].match(after)):
        return quoted.group().partition(":")[0]
    if _EXTENSION.search(value):
        return ""
    folders = _FOLDERS.match(after)
    return folders.group() if folders else ""


def _rest_of_key(before: str, after: str) -> str:
    """The same for a registry key; outside of quotes only well-known names have blanks."""
    if before in _QUOTED_REST and (quoted := _QUOTED_REST[before].match(after)):
        return _ARGUMENTS.sub("", quoted.group().partition(":")[0])
    rest = ""
    while following := _KEY_PART.match(after, len(rest)):
        rest += following.group()
    return rest


def _canonical(value: str) -> str:
    """Single backslashes (but for the two that begin a UNC path), no punctuation at the end."""
    value = _ARGUMENTS.sub("", value)
    unc = value.startswith("\\\\")
    body = re.sub(r"[\\/]+", r"\\", value)
    body = _VARIABLE_END.sub("", body).rstrip(".:!\\ ")
    if unc:
        return "\\" + body
    return body if len(body) > 3 else ""


def _registry_key(value: str) -> str:
    hive, _, key = value.replace(":", "\\", 1).partition("\\")
    hive = hive.upper()
    return f"{_HIVES.get(hive, hive)}\\" + re.sub(r"\\+", r"\\", key).strip("\\ .")
