"""Cmdlets that make objects: New-Object and the SecureString conversions."""

from __future__ import annotations

import json

from ..values import UnresolvedError, Value, known, to_bytes, to_text, unwrapped
from . import crypto
from .casts import type_name
from .construction import create
from .invocation import Invocation, cmdlet
from .objects import Cipher, SecureString


@cmdlet("new-object")
def _new_object(invocation: Invocation) -> Value:
    bound = invocation.bound("typename argumentlist property", "strict")
    given = bound.get("argumentlist")
    arguments = given if isinstance(given, list) else [] if given is None else [given]
    made = create(type_name(to_text(known(bound.get("typename")))), arguments, invocation.run)
    settings = bound.get("property")
    if isinstance(settings, dict) and isinstance(made, Cipher):
        made.settings.update(settings)
    return made


@cmdlet("convertfrom-json")
def _from_json(invocation: Invocation) -> Value:
    argument = invocation.bound("inputobject").get("inputobject")
    text = "".join(to_text(known(item)) for item in invocation.items(argument))
    invocation.run.budget.produce(16 * len(text))
    try:
        return _lowered(json.loads(text))
    except RecursionError:
        raise UnresolvedError from None


def _lowered(value: Value) -> Value:
    """JSON objects as hashtables, whose keys are in lower case."""
    if isinstance(value, dict):
        return {key.lower(): _lowered(item) for key, item in value.items()}
    return [_lowered(item) for item in value] if isinstance(value, list) else value


@cmdlet("convertto-securestring")
def _to_secure_string(invocation: Invocation) -> Value:
    bound = invocation.bound("string securekey key", "asplaintext force")
    text = to_text(known(unwrapped(invocation.items(bound.get("string")))))
    if bound.get("asplaintext"):
        return SecureString(text)
    key = bound["key"] if "key" in bound else bound.get("securekey")
    if isinstance(key, SecureString):
        secret = key.content.encode("utf-16-le")
    else:
        secret = bytes(to_bytes(known(key)))
    invocation.run.step("securestring")
    return SecureString(crypto.reveal(text, secret))


@cmdlet("convertfrom-securestring")
def _from_secure_string(invocation: Invocation) -> Value:
    bound = invocation.bound("securestring key securekey", "asplaintext")
    secret = unwrapped(invocation.items(bound.get("securestring")))
    if not isinstance(secret, SecureString) or not bound.get("asplaintext"):
        raise UnresolvedError
    return secret.content
