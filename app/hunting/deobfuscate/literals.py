"""How values are written in the readable script."""

from __future__ import annotations

import re

_DOUBLE_QUOTED_SPECIALS = re.compile('[`$"\u201c\u201d\u201e]')
_SINGLE_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
BARE_WORD = re.compile(r"[A-Za-z_][\w.:\\/-]*\Z")
BARE_MEMBER = re.compile(r"[A-Za-z_]\w*\Z")


def quoted(text: str) -> str:
    """A single-quoted string literal."""
    return "'" + _SINGLE_QUOTES.sub(r"\g<0>\g<0>", text) + "'"


def embedded(text: str) -> str:
    """The text as it stands inside a double-quoted string."""
    return _DOUBLE_QUOTED_SPECIALS.sub(r"`\g<0>", text)


def literal(value: object) -> str:
    """A string, number or list of strings as PowerShell writes it."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple) and len(value) == 1:
        return quoted(str(value[0]))
    if isinstance(value, tuple):
        return "@(" + ",".join(quoted(str(item)) for item in value) + ")"
    return str(value)
