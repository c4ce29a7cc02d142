"""`needs`: whether a text looks as if something were hidden in it, told in one linear pass.

The patterns are those of hiding *constants*. What only decodes data that the script downloads
(the RC4 of an Empire stager) or copies (a loop over shellcode) is no sign.
"""

from __future__ import annotations

import re2

_SIGNS = {
    "hidden": (
        r"\w`[c-eg-mo-qsuw-z]",  # N`ew-Ob`ject
        r"\bpo?w?e?r?s?h?e?l?l?\^|\w\^\w+\^\w|%\w+:[~\w]",  # p^owershell, %COMSPEC:~0,1%
        r"\bset\s+\"?[^=\s]+=.*&",  # set x=...&&call %x%
        r"['\")]\s*-f\s*['\"(\[$@]",  # '{1}{0}' -f 'b','a'
        r"-[ic]?replace|\breplace['\")]*\s*[(.]",
        r"-[ic]?split|\bsplit['\")]*\s*[(.]",
        r"['\"]\s*\)\s*-join|-join\s*[(@]+\s*['\"\d]|::\W*(?:join|concat|format)",
        r"::\W*reverse|\[\s*-\s*\d+\s*\.\.|\.\.\s*0\s*\]|righttoleft|\blength\s*\)?\s*\.\.",
        r"\[\s*char\s*\]\s*[^)\s|]|\[\s*char\s*\[\s*\]\s*\]\s*[(@\s]*[\d'\"\[]|-as\s*\[",
        r"::\W*to(?:u?int|s?byte|char)",
        r"-bxor\s*[('\"]*\s*\d|-bnot",
        r"\[\s*-?\d+\s*,\s*-?\d+|['\")]\s*\[\s*-?\d+\s*(?:\]|\.\.)|\]\s*-join",  # 'abc'[2,1]
        r"\$[\w:]+\s*\[\s*\d+\s*\]\s*\+",  # $ShellId[1]+$ShellId[13]
        r"&\s*\(|(?:^|[\s;|{(=])\.\s*\(|\|\s*[&.]\s*[('\"$]",  # & ( ... )
        r"\.\s*\(\s*['\"]|\.\s*['\"][\w{]|\.\s*invoke\w*['\")]*\s*\(",  # .('Down'+'load')
        r"\b(?:gcm|gal|[sn]al|gv|sv|nv)\s+['\"\w]+\s*[)\w'\"]|alias:|variable:",
        r"(?:get|set|new)-(?:command|alias|variable)",
        r"\$env:\w+\s*=|\bset-item|\bsi\s+['\"]?(?:variable|env)",
        r"\$\{(?:[^e}]|e[^n}])|\$[({]?\w+[)}]?\$[({\w]|\)\$\(",  # ${weird name}, "$a$b"
        r"executioncontext|scriptblock\]|invokescript|newscriptblock|expandstring",
        r"securestring|createdecryptor|get(?:string|chars)['\")]*\s*\(\s*[\[(@'\"]",
        r"\.\s*(?:insert|remove|substring|pad(?:left|right)|trim\w*|tochararray)\s*\(",
        r"\[\s*(?:[\w.]+\.)?regex\s*\]|urldecode|htmldecode|unescapedata",
        r"\[string\]::new|new-object\s+(?:-typename\s+)?(?:system\.)?string\b|['\"]\s*\*\s*\d",
        r"\+=\s*(?:['\"\[]|\$\w+\s*\[)",  # $s += $t[$i]
    ),
    "literals": (r"['\"]\s*\)*\s*\+\s*\(*\s*['\"]",),  # 'a'+'b'
    "variables": (
        r"\$\w+\s*\+\s*[$'\"(]|['\"]\s*\)*\s*\+\s*\$",  # $a+$b
        r"://[^'\"\s]*\$",  # "http://$host/"
    ),
    "command": (r"[-/\x{2013}-\x{2015}]e[nc]?\w*\s+['\"]*[a-z0-9+/]{8}",),  # -enc SQBFAFgA
    "stream": (r"(?:deflate|gzip|zlib)stream",),
    "key": (r"-bxor",),
    "key data": (r"frombase64|(?:\d{1,3}\s*,\s*){8}|(?:0x[0-9a-f]{1,2}\s*,\s*){8}",),
}
_NAMES = tuple(_SIGNS)
_LONG_PAYLOAD = re2.compile(rb"(?i)frombase64string\s*\(\s*['\"]+[A-Za-z0-9+/=]{400}")


def _compiled() -> re2.Set:
    patterns = re2.Set.SearchSet()
    for alternatives in _SIGNS.values():
        patterns.Add(f"(?i){'|'.join(alternatives)}")
    patterns.Compile()
    return patterns


_SET = _compiled()


def needs(script: str) -> bool:
    """Whether `deobfuscate` could find more in a text than is there for all to read.

    Encoded commands and compressed base64 that stand in the text as they are count as readable:
    they need decoding, not evaluation.
    """
    raw = script.encode("utf-8", "replace")
    signs = _signs(raw)
    if "stream" in signs and _LONG_PAYLOAD.search(raw):
        signs.discard("stream")
    return bool(signs & {"literals", "variables"}) or _is_hidden(signs)


def hides_more(script: str) -> bool:
    """Whether only evaluation can tell what is in a script whose simple sums are folded."""
    signs = _signs(script.encode("utf-8", "replace"))
    return bool(signs & {"literals", "command"}) or _is_hidden(signs)


def _is_hidden(signs: set[str]) -> bool:
    return bool(signs & {"hidden", "stream"}) or {"key", "key data"} <= signs


def _signs(raw: bytes) -> set[str]:
    return {_NAMES[index] for index in _SET.Match(raw) or ()}
