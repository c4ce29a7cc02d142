"""Cmdlets that make objects: New-Object and the SecureString conversions."""

from __future__ import annotations

from ..values import UnresolvedError, Value, known, to_bytes, to_list, to_text, unwrapped
from . import crypto, documents
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
    return documents.from_json("".join(_texts(invocation, argument)), invocation.run)


@cmdlet("convertfrom-csv")
def _from_csv(invocation: Invocation) -> Value:
    bound = invocation.bound("inputobject delimiter header")
    lines = "\n".join(_texts(invocation, bound.get("inputobject"))).splitlines()
    header = [to_text(known(name)) for name in to_list(bound.get("header"))]
    delimiter = to_text(known(bound.get("delimiter", ",")))
    return documents.from_csv(lines, delimiter, header, invocation.run)


@cmdlet("convertfrom-stringdata")
def _from_string_data(invocation: Invocation) -> Value:
    argument = invocation.bound("stringdata").get("stringdata")
    return documents.from_lines("\n".join(_texts(invocation, argument)), invocation.run)


def _texts(invocation: Invocation, argument: Value) -> list[str]:
    return [to_text(known(item)) for item in invocation.items(argument)]


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
