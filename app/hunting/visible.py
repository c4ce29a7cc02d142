"""Untrusted text made safe to look at: nothing in it steers a terminal or reorders a line."""

_KEPT = "\n\t"
_SYMBOLS = {code: 0x2400 + code for code in range(32) if chr(code) not in _KEPT}  # ␛ for escape
_SYMBOLS |= {0x7F: 0x2421}
_HIDDEN = [*range(0x80, 0xA0), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_TABLE = _SYMBOLS | dict.fromkeys(_HIDDEN, 0xFFFD)


def visible(text: str) -> str:
    """The text with control characters and bidirectional marks as symbols.

    Line breaks and tabs stay. Source of the marks: Unicode Technical Report 36.
    """
    return text.replace("\r\n", "\n").translate(_TABLE)
