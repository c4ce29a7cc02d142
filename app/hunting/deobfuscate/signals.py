"""`needs`: whether a text looks as if something were hidden in it, told in one linear pass.

The patterns are those of hiding *constants*. What only decodes data that the script downloads
(the RC4 of an Empire stager) or copies (a loop over shellcode) is no sign.
"""

from __future__ import annotations

import re
import string
from functools import cache, lru_cache

import re2

from app.hunting.scanner import Scanner

_DASH = r"[-\x{2013}-\x{2015}]"
_QUOTE = r"['\"\x{2018}-\x{201e}]"
_SPACE = r"(?:\s|`\r?\n|<#[^#]*#>)*"

_SIGNS = {
    "hidden": (
        r"\w`[c-eg-mo-qsuw-z]|`[c-eg-mo-qsuw-z]\w",  # N`ew-Ob`ject
        r"\bpo?w?e?r?s?h?e?l?l?\^|\w\^\w+\^\w|%\w+:[~\w]",  # p^owershell, %COMSPEC:~0,1%
        r"\bset\s+\"?[^=\s]+=.*&",  # set x=...&&call %x%
        rf"(?:{_QUOTE}|\)|\$\w+)\s*{_DASH}f\s*(?:{_QUOTE}|[(\[$@])",  # '{1}{0}' -f 'b','a'
        rf"{_DASH}[ic]?replace|\breplace['\")]*\s*[(.]",
        rf"{_DASH}[ic]?split|\bsplit['\")]*\s*[(.]|::\W*(?:join|concat|format)",
        rf"::\W*reverse|\[\s*{_DASH}\s*\d+\s*\.\.|\.\.\s*0\s*\]|righttoleft|\blength\s*\)?\s*\.\.",
        r"\[\s*char\s*\]\s*[^)\s|]|\[\s*char\s*\[\s*\]\s*\]\s*[(@\s]*[\d'\"\[]",
        rf"{_DASH}as\s*(?:\[|['\"$])|\[\s*type\s*\]|::\W*to(?:u?int|s?byte|char)",
        rf"{_DASH}bxor\s*[('\"]*\s*\d|{_DASH}bnot",
        r"\[\s*-?\d+\s*,\s*-?\d+|['\")]\s*\[\s*-?\d+\s*(?:\]|\.\.)",  # 'abc'[2,1]
        r"\$[\w:]+\s*\[\s*\d+\s*\]\s*\+",  # $ShellId[1]+$ShellId[13]
        r"&\s*\(|(?:^|[\s;|{(=])\.\s*\(|\|\s*[&.]\s*[('\"$]",  # & ( ... )
        r"\.\s*\(\s*['\"]|\.\s*['\"][\w{]|\.\s*invoke\w*['\")]*\s*\(",  # .('Down'+'load')
        r"\b(?:gcm|gal|[sn]al|gv|sv|nv)\s+['\"\w]+\s*[)\w'\"]|alias:|variable:",
        r"(?:get|set|new)-(?:command|alias|variable)",
        r"\$env:\w+\s*=|\bset-item|\bsi\s+['\"]?(?:variable|env)",
        r"\$\{(?:[^e}]|e[^n}])|\$[({]?\w+[)}]?\$[({\w]|\)\$\(",  # ${weird name}, "$a$b"
        r"executioncontext|scriptblock\]|invokescript|newscriptblock|expandstring|addscript",
        r"securestring|createdecryptor|get(?:string|chars)['\")]*\s*\(\s*[\[(@'\"]",
        r"\.\s*(?:insert|remove|substring|pad(?:left|right)|trim\w*|tochararray)\s*\(",
        r"\.\s*to(?:lower|upper)|stringbuilder|arraylist|generic\.list|\$matches",
        r"collections\.(?:queue|stack)|['\"]\s*\|\s*convertfrom-|convertfrom-\w+\s+['\"]",
        r"\bswitch\s*(?:-\w+\s*)?\(\s*[\d'\"@]",
        r"\[xml\]\s*['\"(]|join-string|out-string\s+-s|pscustomobject\]\s*@|decrypt[ce][bc]",
        r"\[\s*(?:[\w.]+\.)?regex\s*\]|urldecode|htmldecode|unescapedata|enumerable\]",
        r"\[string\]::new|new-object\s+(?:-typename\s+)?(?:system\.)?string\b|['\"]\s*\*\s*\d",
        r"\+=\s*['\"\[$]",  # $s += $t[$i]
    ),
    # 'a'+'b', $a+'b', $a['x']+'b', "http://$host/"
    "sum": (
        rf"{_QUOTE}\s*\)*{_SPACE}\+{_SPACE}\(*\s*(?:{_QUOTE}|\$)",
        rf"\$(?:global:|script:|local:)?\w+\s*\+\s*(?:{_QUOTE}|\()",
        r"['\"]\]\s*\+\s*['\"$(]|\$\w+\.\w+\s*\+\s*['\"$(]|://[^'\"\s]*\$",
    ),
    "variables": (r"\$\w+\s*\+\s*\$\w+\s*(?:[^\w\s\[.]|$)",),  # $a+$b
    "join": (rf"{_DASH}join",),
    "command": (rf"(?:{_DASH}|/)e[nc]?\w*['\",\s]+(?:\$\w|[a-z0-9+/]{{8}})",),  # -enc SQBFAFgA
    "stream": (r"(?:deflate|gzip|zlib)stream",),
    "key": (rf"{_DASH}bxor",),
    "base64": (r"frombase64",),
    "getstring": (r"getstring['\")]*\s*\(\s*\$",),
    "list": (r"(?:\d{1,3}\s*,\s*){8}|(?:0x[0-9a-f]{1,2}\s*,\s*){8}",),
}
_NAMES = tuple(_SIGNS)
# How loaders of shellcode find API functions by reflection: it splits, indexes, casts and invokes,
# and hides nothing.
_LOADER = b"GlobalAssemblyCache"
_REFLECTION = re.compile(
    rb"(?i)\.split\('\\++'\)\[-1\]|\[type\]\s*+\$\w++\s*+=\s*+\[void\]|\.invoke\(\s*+[$\[]"
)
_PAYLOAD = re2.compile(rb"(?i)frombase64string\s*\(\s*['\"]+")
_LONG = 400  # bytes of a payload that the script decodes, not a text that it hides
_BASE64 = (string.ascii_letters + string.digits + "+/=").encode()


@cache
def _scanner() -> Scanner:
    return Scanner({n: "|".join(alternatives) for n, alternatives in enumerate(_SIGNS.values())})


def needs(raw: bytes) -> bool:
    """Whether `deobfuscate` could find more in a text (UTF-8) than is there for all to read.

    Encoded commands and compressed base64 that stand in the text as they are count as readable:
    they need decoding, not evaluation.
    """
    if b'\\"' in raw:  # in the quotes of a command line
        raw = raw.replace(b'\\"', b'"')
    if _LOADER in raw:
        raw = _REFLECTION.sub(b"", raw)
    signs = _signs(raw)
    if "stream" in signs and _has_long_payload(raw):
        signs -= {"stream"}
    return bool(signs & {"sum", "variables"}) or _needs_evaluation(signs)


def _has_long_payload(raw: bytes) -> bool:
    starts = (match.end() for match in _PAYLOAD.finditer(raw))
    payloads = (raw[start : start + _LONG] for start in starts)
    return any(len(text) == _LONG and not text.translate(None, _BASE64) for text in payloads)


def only_adds(script: str) -> bool:
    """Whether nothing but sums of strings could hide something."""
    signs = _signs(script.encode("utf-8", "replace"))
    return "command" not in signs and not _needs_evaluation(signs)


def adds(script: str) -> bool:
    """Whether there are sums of strings or string variables."""
    signs = _signs(script.encode("utf-8", "replace"))
    return "sum" in signs or ("variables" in signs and "key" not in signs)


def _needs_evaluation(signs: frozenset[str]) -> bool:
    if signs & {"hidden", "stream"}:
        return True
    if "key" in signs:  # a decoder: of data that is in the script?
        return bool(signs & {"base64", "list"})
    return "join" in signs or {"getstring", "list"} <= signs


def _signs(raw: bytes) -> frozenset[str]:
    return _named(_scanner().find(raw))


@lru_cache(maxsize=1024)
def _named(numbers: frozenset[int]) -> frozenset[str]:
    return frozenset(_NAMES[number] for number in numbers)
