"""Members and indexes: `.Length`, `.Replace(...)`, `::FromBase64String(...)`, `[1, 3]`."""

from __future__ import annotations

from ..literals import BARE_MEMBER
from ..syntax import nodes
from ..values import (
    UNKNOWN,
    Ambient,
    Char,
    NamedValue,
    TypeName,
    UnresolvedError,
    Value,
    known,
    to_bool,
    to_char,
    to_int,
    to_list,
    to_text,
    unwrapped,
)
from . import array_members, launchers, object_members, statics, text_members
from .blocks import invoke
from .casts import cast, type_name
from .code_members import block_member, engine_member
from .dispatch import UNKNOWABLE, evaluate, handles
from .objects import Engine, MethodGroup
from .run import Run, ScriptBlock
from .variables import variable_value


@handles(nodes.Postfix)
def _postfix(node: nodes.Postfix, run: Run) -> Value:
    effects = run.effects
    beginning: Value = UNKNOWN
    begun, end = node.start, node.target.end
    value = _target(node.target, run)
    for step in node.steps:
        try:
            following = _step(step, value, run)
        except UNKNOWABLE:
            following = UNKNOWN
        if following is UNKNOWN and value is not UNKNOWN and end != node.target.end:
            beginning, begun = value, end
        value, end = following, step.end
    if value is UNKNOWN and run.effects == effects:
        run.source.note_beginning(node.start, node.end, begun, beginning)
    return value


def _target(node: nodes.Node, run: Run) -> Value:
    """The object; a variable that is one is not written out."""
    if isinstance(node, nodes.Variable):
        return variable_value(node.name, run)
    return evaluate(node, run)


def _step(step: nodes.Member | nodes.Index, value: Value, run: Run) -> Value:
    if isinstance(step, nodes.Index):
        position = evaluate(step.index, run)
        return index(known(value), known(position))
    arguments = None
    if step.arguments is not None:
        arguments = [evaluate(argument, run) for argument in step.arguments]
    name = _member_name(step.name, run)
    try:
        return member(known(value), name, arguments, run, step.static)
    except UNKNOWABLE:
        if arguments is not None:
            _handed_over(name, arguments, run)
        raise


_FILLING = frozenset(("read", "receive", "nextbytes", "getbytes", "copyto", "copy"))


def _handed_over(name: str, arguments: list[Value], run: Run) -> None:
    """An unknown method gets the arguments: byte arrays may be code, texts command lines."""
    run.effects += 1
    for argument in arguments:
        run.found_bytes(argument)
        if not isinstance(argument, (list, bytearray)) or name in _FILLING:
            run.lose(argument)
    if name in ("start", "exec", "run", "shellexecute", "create"):
        texts = [to_text(item) for item in arguments if isinstance(item, str)]
        launchers.start(" ".join(texts), run)


def _member_name(node: nodes.Node, run: Run) -> str:
    """The member's name in lower case, `?` if it is not known.

    One that is computed is noted in its plain form.
    """
    value = evaluate(node, run)
    if not isinstance(value, str):
        return "?"
    if run.source.text[node.start : node.end] != value and BARE_MEMBER.match(value):
        run.source.note_word(node.start, node.end, value)
    return value.lower()


def member(
    target: Value, name: str, arguments: list[Value] | None, run: Run, static: bool = False
) -> Value:
    """The value of a property, or of a method call where there are arguments."""
    if static:
        return _static(target, name, arguments, run)
    if name == "gettype" and arguments == []:
        return TypeName(_type_of(target))
    if name in ("foreach", "where") and arguments:
        return _for_each(target, name, arguments[0], run)
    if isinstance(target, str):
        return _text_member(target, name, arguments, run)
    return _other_member(target, name, arguments, run)


def _for_each(target: Value, name: str, action: Value, run: Run) -> Value:
    """`.ForEach({ ... })`, `.ForEach([type])` and `.Where({ ... })`"""
    found: list[Value] = []
    for item in to_list(target):
        if isinstance(action, TypeName):
            found.append(cast(action.name, item, run))
        elif isinstance(action, ScriptBlock):
            outputs = invoke(action, run, {"_": item, "psitem": item}, is_child=False)
            if name == "foreach":
                found += outputs
            elif to_bool(unwrapped(outputs)):
                found.append(item)
        else:
            raise UnresolvedError
    return found


def _other_member(target: Value, name: str, arguments: list[Value] | None, run: Run) -> Value:
    if isinstance(target, MethodGroup):
        return _group_member(target, name, arguments, run)
    if isinstance(target, (list, bytearray)):
        return _array_member(target, name, arguments, run)
    if isinstance(target, dict):
        return array_members.table_member(name, target, arguments)
    if isinstance(target, ScriptBlock):
        return block_member(target, name, arguments, run)
    if isinstance(target, Engine):
        return engine_member(target, name, arguments, run)
    if isinstance(target, (int, float)) and arguments is not None:
        return text_members.number_method(run, name, target, arguments)
    return _object_member(target, name, arguments, run)


def _group_member(group: MethodGroup, name: str, arguments: list[Value] | None, run: Run) -> Value:
    if name != "invoke" or arguments is None:
        raise UnresolvedError
    is_static = isinstance(group.target, TypeName)
    return member(group.target, group.name, arguments, run, is_static)


def _type_of(value: Value) -> str:
    for kind, name in _TYPES.items():
        if isinstance(value, kind):
            return name
    raise UnresolvedError


_TYPES: dict[type, str] = {
    Char: "char",
    str: "string",
    bool: "boolean",
    int: "int32",
    float: "double",
    bytearray: "byte[]",
    list: "object[]",
    dict: "collections.hashtable",
}


def _static(target: Value, name: str, arguments: list[Value] | None, run: Run) -> Value:
    if isinstance(target, str) and not isinstance(target, Ambient):
        target = TypeName(type_name(target))
    if not isinstance(target, TypeName):
        raise UnresolvedError
    if arguments is not None:
        return statics.call(target.name, name, arguments, run)
    try:
        return statics.get(target.name, name)
    except UnresolvedError:
        return MethodGroup(target, name)


def _text_member(text: str, name: str, arguments: list[Value] | None, run: Run) -> Value:
    if isinstance(text, Ambient) and name not in text_members.OF_AMBIENT:
        raise UnresolvedError
    if arguments is None:
        if name == "length":
            return len(text)
        if name in ("value", "name"):
            return text
        if name in text_members.METHODS:
            return MethodGroup(text, name)
        raise UnresolvedError
    return text_members.METHODS[name](run, text, arguments)


def _array_member(
    array: list[Value] | bytearray, name: str, arguments: list[Value] | None, run: Run
) -> Value:
    if arguments is None and name in array_members.SIZES:
        return len(array)
    if arguments is not None and name in array_members.METHODS:
        return array_members.METHODS[name](run, array, arguments)
    run.budget.spend(len(array))
    return unwrapped([member(known(item), name, arguments, run) for item in array])


def _object_member(target: Value, name: str, arguments: list[Value] | None, run: Run) -> Value:
    kind = type(target)
    if arguments is not None:
        return object_members.METHODS[kind][name](run, target, arguments)
    if name in ("count", "length") and name not in object_members.PROPERTIES.get(kind, {}):
        return 1
    return object_members.PROPERTIES[kind][name](target)


def index(target: Value, position: Value) -> Value:
    """`[i]`, or `[i, j]`, which is an array; a place that does not exist holds nothing."""
    if isinstance(target, NamedValue):
        target = target.value
    if isinstance(target, dict):
        return target.get(to_text(position).lower())
    if isinstance(target, (int, float)):
        target = [target]
    if not isinstance(target, (str, list, bytearray)):
        raise UnresolvedError
    if isinstance(position, list):
        found = [_element(target, to_int(place)) for place in position]
        return [element for element in found if element is not None]
    return _element(target, to_int(position))


def _element(target: str | list[Value] | bytearray, place: int) -> Value:
    if not -len(target) <= place < len(target):
        return None
    element = target[place]
    return to_char(str(element)) if isinstance(target, str) else element


def assign_member(target: nodes.Postfix, value: Value, run: Run) -> None:
    """`$object.Name = value` and `$array[i] = value`."""
    holder = _target(target.target, run)
    for step in target.steps[:-1]:
        try:
            holder = _step(step, holder, run)
        except UNKNOWABLE:
            holder = UNKNOWN
    last = target.steps[-1]
    if isinstance(last, nodes.Index):
        _assign_element(holder, evaluate(last.index, run), value, run)
        return
    name = _member_name(last.name, run)
    if not object_members.set_property(holder, name, value):
        run.effects += 1
        run.found_bytes(value)
        if name == "arguments" and isinstance(value, str):
            launchers.start(f"powershell {value}", run)


def _assign_element(holder: Value, position: Value, value: Value, run: Run) -> None:
    if isinstance(holder, dict):
        holder[to_text(known(position)).lower()] = value
    elif position is UNKNOWN or (value is UNKNOWN and isinstance(holder, bytearray)):
        run.lose(holder)
    elif isinstance(holder, bytearray):
        holder[to_int(position)] = to_int(value)
    elif isinstance(holder, list):
        holder[to_int(position)] = value
