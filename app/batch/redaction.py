"""Secrets do not get into what is stored."""

import json
import re
from urllib.parse import quote

from app import secrets

_SHORTEST = 6
_NAME = re.compile(r"(?i)token|passw|secret|api_?key|credential")
_STARS = "***"


def is_secret_name(name: str) -> bool:
    """Whether a parameter of this name would hold a secret."""
    return bool(_NAME.search(name))


def known() -> list[str]:
    """The values of all secrets that can be had, as they may stand in a text; longest first."""
    store = secrets.default()
    names = [status.name for status in store.status() if status.state == "there"]
    values = [store.get(name).reveal() for name in names]
    forms = {form for value in values if len(value) >= _SHORTEST for form in _forms(value)}
    return sorted(forms, key=len, reverse=True)


def redacted(text: str, values: list[str]) -> str:
    """A text without these values."""
    for value in values:
        text = text.replace(value, _STARS)
    return text


def _forms(value: str) -> set[str]:
    """As it is, within JSON, within JSON within JSON, and within a URL."""
    once = json.dumps(value)[1:-1]
    return {value, once, json.dumps(once)[1:-1], quote(value), quote(value, safe="")}
