"""Parameters of a command, read from the text that a log gives for them."""

import hashlib
import json
import re
from typing import Any

# What stands between the names excludes what begins one, so no position is read twice.
_PAIR = re.compile(r"(?:^|(?<=[\s;,&]))[-/]{0,2}([A-Za-z_]\w{0,63})[=:]([^\s;,&]{0,256})")
_SWITCH = re.compile(r"(?:^|(?<=\s))[-/]{1,2}([A-Za-z_][\w-]{0,63})(?:\s+([^\s/-]\S{0,255}))?")
_NAME, _VALUE = "Name", "Value"
MAX_PARAMETERS = 256  # of one event
MAX_NAME = 200  # characters of a command or of a parameter's name that a model keeps


def read(text: str) -> dict[str, str]:
    """Names and values of a command's parameters, at most MAX_PARAMETERS.

    Takes JSON, as an object or as a list of {"Name": ..., "Value": ...} (Exchange, Office 365),
    and text: `name=value` and `-name value`.
    """
    named = _from_json(text) if text[:1] in ("[", "{") else None
    if named is None:
        named = dict(_PAIR.findall(text)) or dict(_SWITCH.findall(text))
    return dict(list(named.items())[:MAX_PARAMETERS])


def digest(value: str) -> str:
    """What stands for a value in a saved model: values may be secrets, and long."""
    return hashlib.blake2b(value.encode("utf-8", "replace"), digest_size=8).hexdigest()


def short(name: str) -> str:
    """What stands for the name of a command or a parameter: itself, or where it is longer than
    MAX_NAME its beginning and a digest of all of it."""
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 17]}#{digest(name)}"


def _from_json(text: str) -> dict[str, str] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(data, dict):
        return {short(str(name)): _text(value) for name, value in data.items()}
    pairs = [entry for entry in data if isinstance(entry, dict) and _NAME in entry]
    return {short(str(entry[_NAME])): _text(entry.get(_VALUE)) for entry in pairs}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
