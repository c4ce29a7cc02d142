"""URLs that a text only mentions: in comments, user agents, referrers, namespaces, licences."""

import re

import re2

# Strings are matched so that what looks like a comment within one is none. They end with their
# line, lest a stray quotation mark hides all that follows.
_STRING = r"\"(?:[^\"\n\\`]|[\\`][^\n])*\"|'[^'\n]*'"
_COMMENTS = "|".join(
    (
        r"<#(?:[^#]|#+[^>#])*#+>",
        r"<!--(?:[^-]|-[^-])*-->",
        r"(?:^|[\s;{}()|&,])#[^\n]*",
        r"(?:^|[&:])[ \t]*@?(?i:rem)[ \t][^\n]*",
        r"^[ \t]*'[^'\n]*$",
        r"(?:^[ \t]*//|[\s;{}]//[ \t])[^\n]*",
        r"(?:^|[\s;{}()])/\*(?:[^*]|\*+[^*/])*\*+/",
    )
)
_CODE = re2.compile(f"(?m)({_STRING})|{_COMMENTS}".encode())
_VALUES = re2.compile(
    b"(?i)"
    rb"[;(]\s*\+https?://[^\s)\"';]+"  # a crawler's user agent, and any other's remarks
    rb"|\w/\d[\w.]*;?\s*\([^()\"'\n]*://[^()\"'\n]*\)"
    rb"|\breferr?er['\"]?[\s:=,]+['\"]?https?://[^\s'\"]+"
    rb"|['\"]origin(?:['\"]\s*[:=,]\s*['\"]|:\s*)https?://[^\s'\"]+"
    rb"|\bxmlns(?::[\w-]+)?\s*=\s*['\"][^'\"]*['\"]"
    rb"|schemalocation\s*=\s*['\"][^'\"]*['\"]"
    rb"|\blicen[sc]e[sd]?\b[^\n\"'/=($]{0,80}https?://[^\s'\"<>]+"
)


def without_mentions(raw: bytes) -> bytes:
    """The text without comments, and without values that merely name a URL."""
    rest: bytes = _VALUES.sub(b" ", _CODE.sub(_string_or_blank, raw))
    return rest


def _string_or_blank(match: re.Match[bytes]) -> bytes:
    string: bytes | None = match.group(1)
    return string or b" "
