"""Cmdlets that set and find variables, aliases, commands and items of drives."""

from __future__ import annotations

from ..values import UNKNOWN, NamedValue, UnresolvedError, Value, known, to_list, to_text, unwrapped
from . import lookups
from .invocation import Invocation, cmdlet
from .run import ScriptBlock


@cmdlet("set-variable", "new-variable")
def _set_variable(invocation: Invocation) -> Value:
    bound = invocation.bound(
        "name value option scope visibility description", "force passthru whatif"
    )
    value = bound["value"] if "value" in bound else invocation.whole_input()
    for name in to_list(known(bound.get("name"))):
        invocation.run.set(_plain_name(name), value)
    invocation.run.step("variables")
    return None


def _plain_name(name: Value) -> str:
    text = to_text(known(name)).lower()
    return text.removeprefix("variable:").lstrip("\\/")


@cmdlet("get-variable")
def _get_variable(invocation: Invocation) -> Value:
    bound = invocation.bound("name scope include exclude", "valueonly")
    found = lookups.variables_like(to_text(known(bound.get("name"))), invocation.run)
    invocation.run.step("variables")
    if not bound.get("valueonly"):
        return found
    return unwrapped([entry.value for entry in to_list(found) if isinstance(entry, NamedValue)])


@cmdlet("get-item", "get-childitem")
def _get_item(invocation: Invocation) -> Value:
    bound = invocation.bound("path literalpath filter", "force recurse")
    path = bound.get("path", bound.get("literalpath"))
    return lookups.item_like(to_text(known(path)), invocation.run)


@cmdlet("get-content")
def _get_content(invocation: Invocation) -> Value:
    found = _get_item(invocation)
    return known(found.value) if isinstance(found, NamedValue) else UNKNOWN


@cmdlet("set-item", "new-item", "set-content")
def _set_item(invocation: Invocation) -> Value:
    bound = invocation.bound("path value", "force passthru")
    drive, colon, name = to_text(known(bound.get("path"))).lower().partition(":")
    name = name.lstrip("\\/")
    if not colon or drive not in ("variable", "env", "alias", "function"):
        raise UnresolvedError
    value = bound["value"] if "value" in bound else invocation.whole_input()
    if drive == "alias":
        invocation.run.aliases[name] = to_text(known(value)).lower()
    elif drive == "function" and isinstance(value, ScriptBlock):
        invocation.run.functions[name] = value
    else:
        invocation.run.set(name if drive == "variable" else f"env:{name}", value)
    invocation.run.step("variables")
    return None


@cmdlet("remove-variable", "remove-item", "clear-variable")
def _remove(invocation: Invocation) -> Value:
    invocation.run.effects += 1
    return None


@cmdlet("set-alias", "new-alias")
def _set_alias(invocation: Invocation) -> Value:
    bound = invocation.bound("name value option scope description", "force passthru")
    name, value = to_text(known(bound["name"])), to_text(known(bound["value"]))
    invocation.run.aliases[name.lower()] = value.lower()
    invocation.run.step("alias")
    return None


@cmdlet("get-command")
def _get_command(invocation: Invocation) -> Value:
    bound = invocation.bound("name module commandtype totalcount", "all syntax")
    invocation.run.step("lookup")
    return lookups.commands_like(to_text(known(bound.get("name"))), invocation.run)


@cmdlet("get-alias")
def _get_alias(invocation: Invocation) -> Value:
    bound = invocation.bound("name definition")
    invocation.run.step("lookup")
    return lookups.aliases_like(to_text(known(bound.get("name"))), invocation.run)
