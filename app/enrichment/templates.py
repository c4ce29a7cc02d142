"""The placeholders of a provider's request: {value}, {value:base64url}, {kind}, {secret:NAME}."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

_PLACEHOLDER = re.compile(r"\{(value|value:base64url|kind|secret:[a-z][a-z0-9_]*)\}")
_LOOKS_LIKE_ONE = re.compile(r"\{[A-Za-z_]+(?::[^{}\s]*)?\}")


def names(template: Any) -> Iterator[str]:
    """The placeholders in a text, or in all texts of a JSON value, without their braces.

    Raises ValueError for what looks like a placeholder and is none.
    """
    for text in _texts(template):
        for found in _LOOKS_LIKE_ONE.findall(text):
            if not _PLACEHOLDER.fullmatch(found):
                raise ValueError(
                    f"{found!r} is no placeholder: use {{value}}, {{value:base64url}}, {{kind}}"
                    " or {secret:name}"
                )
            yield found[1:-1]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def of_observable(value: str, kind: str) -> dict[str, str]:
    """What stands for the placeholders of an observable; `kind` is the provider's word for it."""
    unpadded = base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")
    return {"value": value, "value:base64url": unpadded, "kind": kind}


def fill(template: Any, values: Mapping[str, str]) -> Any:
    """The text, or the JSON value with every text in it, with its placeholders filled."""
    if isinstance(template, str):
        return _filled(template, values, str)
    if isinstance(template, Mapping):
        return {key: fill(item, values) for key, item in template.items()}
    if isinstance(template, list | tuple):
        return [fill(item, values) for item in template]
    return template


def fill_url(template: str, values: Mapping[str, str]) -> str:
    """The URL with its placeholders filled and percent-encoded. A secret that it begins with is
    the URL of the user's own server and stands as it is."""
    own = own_server(template, values)
    rest = template[template.index("}") + 1 :] if own else template
    return own + _filled(rest, values, _encoded)


def own_server(template: str, values: Mapping[str, str]) -> str:
    """The URL of the user's own server, if the template begins with it; else ""."""
    start = _PLACEHOLDER.match(template)
    return values[start[1]].rstrip("/") if start else ""


def _encoded(value: str) -> str:
    return quote(value, safe="")


def _filled(text: str, values: Mapping[str, str], encode: Callable[[str], str]) -> str:
    return _PLACEHOLDER.sub(lambda found: encode(values[found[1]]), text)
