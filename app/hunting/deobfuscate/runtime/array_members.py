"""Methods and properties of arrays, byte arrays, lists and hashtables."""

from __future__ import annotations

from collections.abc import Callable

from ..values import UnresolvedError, Value, known, to_int, to_list, to_text
from .run import Run

ArrayMethod = Callable[[Run, list[Value] | bytearray, list[Value]], Value]


def _add(run: Run, array: list[Value] | bytearray, arguments: list[Value]) -> Value:
    run.budget.produce(8)
    if isinstance(array, list):
        array.append(arguments[0])
        return None
    raise UnresolvedError


def _push(run: Run, array: list[Value] | bytearray, arguments: list[Value]) -> Value:
    """A Stack lists first what came last."""
    run.budget.produce(8)
    array.insert(0, arguments[0])  # type: ignore[arg-type]
    return None


def _pop(run: Run, array: list[Value] | bytearray, arguments: list[Value]) -> Value:
    return array.pop(0)


def _add_range(run: Run, array: list[Value] | bytearray, arguments: list[Value]) -> Value:
    items = to_list(arguments[0])
    run.budget.produce(8 * len(items))
    if isinstance(array, list):
        array.extend(items)
        return None
    raise UnresolvedError


def _reverse(run: Run, array: list[Value] | bytearray, arguments: list[Value]) -> Value:
    run.step("reverse")
    array.reverse()
    return None


def _get_value(run: Run, array: list[Value] | bytearray, arguments: list[Value]) -> Value:
    return array[to_int(arguments[0])]


def _set_value(run: Run, array: list[Value] | bytearray, arguments: list[Value]) -> Value:
    array[to_int(arguments[1])] = arguments[0]  # type: ignore[call-overload]
    return None


def _copied(run: Run, array: list[Value] | bytearray, arguments: list[Value]) -> Value:
    run.budget.produce(8 * len(array))
    return array.copy()


def _index_of(run: Run, array: list[Value] | bytearray, arguments: list[Value]) -> Value:
    wanted = known(arguments[0])
    return next((index for index, item in enumerate(array) if item == wanted), -1)


def _clear(run: Run, array: list[Value] | bytearray, arguments: list[Value]) -> Value:
    array.clear()
    return None


def _get_range(run: Run, array: list[Value] | bytearray, arguments: list[Value]) -> Value:
    start, count = map(to_int, arguments)
    return array[start : start + count]


def _copy_to(run: Run, array: list[Value] | bytearray, arguments: list[Value]) -> Value:
    target, start = arguments[0], to_int(arguments[1])
    if not isinstance(target, (list, bytearray)) or not 0 <= start <= len(target) - len(array):
        raise UnresolvedError
    for place, item in enumerate(array, start):
        _set_value(run, target, [item, place])
    return None


METHODS: dict[str, ArrayMethod] = {
    "add": _add,
    "addrange": _add_range,
    "append": _add,
    "enqueue": _add,
    "push": _push,
    "pop": _pop,
    "dequeue": _pop,
    "peek": lambda run, array, arguments: array[0],
    "reverse": _reverse,
    "getvalue": _get_value,
    "get": _get_value,
    "get_item": _get_value,
    "setvalue": _set_value,
    "toarray": _copied,
    "clone": _copied,
    "getenumerator": _copied,
    "getrange": _get_range,
    "indexof": _index_of,
    "contains": lambda run, array, arguments: _index_of(run, array, arguments) != -1,
    "copyto": _copy_to,
    "clear": _clear,
    "tostring": lambda run, array, arguments: "System.Object[]",
}
SIZES = frozenset(("length", "count", "longlength"))


def table_member(name: str, table: dict[str, Value], arguments: list[Value] | None) -> Value:
    """A method or property of a hashtable, or one of its entries."""
    if name in ("add", "set_item") and arguments is not None:
        table[to_text(arguments[0]).lower()] = arguments[1]
        return None
    if name in ("item", "get_item") and arguments is not None:
        return table[to_text(arguments[0]).lower()]
    if name in table:
        return table[name]
    if name == "keys":
        return list(table)
    if name == "values":
        return list(table.values())
    if name == "count":
        return len(table)
    if name in ("containskey", "contains") and arguments:
        return to_text(arguments[0]).lower() in table
    raise UnresolvedError
