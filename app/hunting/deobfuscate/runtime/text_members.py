"""Methods and properties of [string], [char] and numbers."""

from __future__ import annotations

from collections.abc import Callable

from ..budget import Budget
from ..values import Ambient, UnresolvedError, Value, known, to_char, to_int, to_list, to_text
from .formatting import format_text
from .run import Run

Method = Callable[[Run, str, list[Value]], Value]
_MAX_SEPARATORS = 64
_SIZE_OF_PIECE = 32  # bytes of a list item and a short string
_WHITE = " \t\n\r\f\v\xa0\u3000\u2028\u2029\u0085"
# What may be done with the machine's own text (see Ambient): take a part of it, or itself.
OF_AMBIENT = frozenset(
    ("tostring", "tolower", "toupper", "tochararray", "substring", "chars", "length", "remove")
)


def _replace(run: Run, text: str, arguments: list[Value]) -> Value:
    old, new = to_text(known(arguments[0])), to_text(known(arguments[1]))
    if not old:
        raise UnresolvedError
    run.budget.produce(len(text) + text.count(old) * len(new))
    run.step("replace")
    return text.replace(old, new)


def _split(run: Run, text: str, arguments: list[Value]) -> Value:
    """Split(separators[, count][, options]): a string is a set of characters."""
    separators = to_list(arguments[0]) if arguments else []
    words = [to_text(known(item)) for item in separators]
    options = [to_text(item).lower() for item in arguments[1:] if isinstance(item, str)]
    counts = [to_int(item) for item in arguments[1:] if isinstance(item, int)]
    run.budget.produce(len(text))
    is_set = not (options and isinstance(arguments[0], list))
    pieces = _pieces(text, words, is_set, run.budget)
    if counts and len(pieces) > counts[0]:
        raise UnresolvedError
    run.step("split")
    remove_empty = any("removeempty" in option or option == "1" for option in options)
    return [piece for piece in pieces if piece or not remove_empty]


def _pieces(text: str, words: list[str], is_set: bool, budget: Budget) -> list[str]:
    if is_set:
        words = list(dict.fromkeys("".join(words) or _WHITE))
    first, *others = [word for word in words if word] or [" "]
    if len(others) > _MAX_SEPARATORS:
        raise UnresolvedError
    for other in others:
        text = text.replace(other, first)
    budget.produce(_SIZE_OF_PIECE * text.count(first))
    return text.split(first)


def _substring(run: Run, text: str, arguments: list[Value]) -> Value:
    start = to_int(arguments[0])
    end = start + to_int(arguments[1]) if len(arguments) > 1 else len(text)
    if not 0 <= start <= end <= len(text):
        raise UnresolvedError
    run.budget.produce(end - start)
    run.step("slice")
    return str(text)[start:end]


def _insert(run: Run, text: str, arguments: list[Value]) -> Value:
    position, new = to_int(arguments[0]), to_text(known(arguments[1]))
    if not 0 <= position <= len(text):
        raise UnresolvedError
    run.budget.produce(len(text) + len(new))
    run.step("insert")
    return text[:position] + new + text[position:]


def _remove(run: Run, text: str, arguments: list[Value]) -> Value:
    start = to_int(arguments[0])
    end = start + to_int(arguments[1]) if len(arguments) > 1 else len(text)
    if not 0 <= start <= end <= len(text):
        raise UnresolvedError
    run.step("remove")
    return str(text)[:start] + str(text)[end:]


def _pad(method: Callable[[str, int, str], str]) -> Method:
    def padded(run: Run, text: str, arguments: list[Value]) -> Value:
        width = to_int(arguments[0])
        run.budget.produce(max(width, 0))
        return method(text, width, str(to_char(arguments[1])) if len(arguments) > 1 else " ")

    return padded


def _trim(method: Callable[[str, str], str]) -> Method:
    def trimmed(run: Run, text: str, arguments: list[Value]) -> Value:
        words = [to_text(known(item)) for argument in arguments for item in to_list(argument)]
        return method(text, "".join(words) or _WHITE)

    return trimmed


def _find(method: Callable[[str, str], int]) -> Method:
    def found(run: Run, text: str, arguments: list[Value]) -> Value:
        if len(arguments) != 1:
            raise UnresolvedError
        return method(text, to_text(known(arguments[0])))

    return found


def _to_string(run: Run, text: str, arguments: list[Value]) -> Value:
    return text if isinstance(text, Ambient) else str(text)


def _cased(method: Callable[[str], str]) -> Method:
    def cased(run: Run, text: str, arguments: list[Value]) -> Value:
        return Ambient(method(text)) if isinstance(text, Ambient) else method(text)

    return cased


def _char_array(run: Run, text: str, arguments: list[Value]) -> Value:
    run.budget.produce(8 * len(text))
    return [to_char(char) for char in text]


def _char_at(run: Run, text: str, arguments: list[Value]) -> Value:
    return to_char(text[to_int(arguments[0])])


METHODS: dict[str, Method] = {
    "replace": _replace,
    "split": _split,
    "substring": _substring,
    "insert": _insert,
    "remove": _remove,
    "padleft": _pad(str.rjust),
    "padright": _pad(str.ljust),
    "trim": _trim(str.strip),
    "trimstart": _trim(str.lstrip),
    "trimend": _trim(str.rstrip),
    "indexof": _find(str.find),
    "lastindexof": _find(str.rfind),
    "contains": _find(lambda text, part: part in text),
    "startswith": _find(str.startswith),
    "endswith": _find(str.endswith),
    "equals": _find(str.__eq__),
    "tolower": _cased(str.lower),
    "tolowerinvariant": _cased(str.lower),
    "toupper": _cased(str.upper),
    "toupperinvariant": _cased(str.upper),
    "tochararray": _char_array,
    "getenumerator": _char_array,
    "chars": _char_at,
    "get_chars": _char_at,
    "tostring": _to_string,
    "normalize": _to_string,
    "clone": _to_string,
    "get_length": lambda run, text, arguments: len(text),
}


def number_method(run: Run, name: str, number: Value, arguments: list[Value]) -> Value:
    """A method of [int]: ToString with its format."""
    if name != "tostring" or len(arguments) > 1:
        raise UnresolvedError
    specification = to_text(arguments[0]) if arguments else ""
    return format_text(f"{{0:{specification}}}", [number], run.budget)
