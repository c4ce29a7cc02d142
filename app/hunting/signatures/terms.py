"""How one term of a signature becomes one linear-time (RE2) pattern."""

import re

import re2

# PowerShell takes typographic quotes for plain ones; a quote inside a quoted script is doubled
# or escaped with a backtick (PowerShell) or a backslash (the Windows command line).
_QUOTE = r"[`\\]?(?:''?|\"\"?|[\x{2018}-\x{201e}])"
_LITERAL_PARTS = re.compile(r"(\s+|['\"]|[=;,(){}|+])")
_SPACE = r"\s*"


def options() -> re2.Options:
    """RE2 options that every pattern of a signature is compiled with: case never matters."""
    chosen = re2.Options()
    chosen.case_sensitive = False
    chosen.log_errors = False
    return chosen


def literal_pattern(text: str) -> str:
    """RE2 source that finds `text` as PowerShell would read it, whatever its spacing and quotes.

    White space is free around =;,(){}|+ and optional where the text has it next to other
    punctuation; a quote stands for any PowerShell quote, also doubled or escaped.
    """
    parts = [part for part in _LITERAL_PARTS.split(text) if part]
    source = "".join(_part_pattern(parts, index) for index in range(len(parts)))
    return source.removeprefix(_SPACE).removesuffix(_SPACE)


def _part_pattern(parts: list[str], index: int) -> str:
    part = parts[index]
    if part.isspace():
        between_words = _ends_word(parts[:index], -1) and _ends_word(parts[index + 1 :], 0)
        return r"\s+" if between_words else _SPACE
    if part in "'\"":
        return _QUOTE
    if part in "=;,(){}|+":
        return _SPACE + re.escape(part) + _SPACE
    return re.escape(part)


def _ends_word(parts: list[str], end: int) -> bool:
    """Whether the part at this end (0 the first, -1 the last) has a word character there."""
    if not parts:
        return False
    character = parts[end][end]
    return character.isalnum() or character == "_"
