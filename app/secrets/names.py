"""The names of secrets: which ones are known, and how each may be spelled."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


def known() -> dict[str, str]:
    """The secrets that DSDL Hunt can use, and what for."""
    return {name: entry["use"] for name, entry in _entries().items()}


def spellings(name: str) -> tuple[str, ...]:
    """The names under which a secret is looked for in the environment and among files.

    DSDL's own are exact: SPLUNK_ACCESS_TOKEN, for one, is Splunk Observability's variable, and
    must not reach a search head as `splunk_access_token`.
    """
    if _entries().get(name, {}).get("exact"):
        return (name,)
    return tuple(dict.fromkeys((name, name.upper())))


@cache
def _entries() -> dict[str, dict[str, Any]]:
    text = Path(__file__).with_name("names.yaml").read_text(encoding="utf-8")
    entries: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return entries
