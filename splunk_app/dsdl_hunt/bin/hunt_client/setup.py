"""What the setup page has stored: dsdl_hunt.conf, and the token in storage/passwords.

The splunkd of a search head gives both to the user of the search, with the session key of the
search. On an indexer the first comes with the knowledge bundle, and the token is in a file.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from splunklib import binding

from hunt_client import HuntError, bundle

APP = "dsdl_hunt"
REALM = "dsdl_hunt"
STANZA = "container"


@dataclass(frozen=True)
class Setup:
    """See README/dsdl_hunt.conf.spec."""

    url: str
    ca_path: str
    timeout: float
    rows: int
    requests: int
    distributed: bool
    token: str = field(repr=False)


def read(searchinfo: Any) -> Setup:
    """For the machine that this runs on: a search head, or an indexer of a distributed search.

    Raises HuntError if splunkd does not answer, or if something is missing or no number.
    """
    if bundle.is_here():
        stanza = bundle.stanza(APP, STANZA)
        return _setup(stanza, bundle.secret(stanza.get("token_path", "")))
    splunkd = _splunkd(searchinfo.splunkd_uri, searchinfo.session_key)
    stanza = _entries(splunkd, f"configs/conf-{APP}/{STANZA}")[0]["content"]
    return _setup(stanza, _token(_entries(splunkd, "storage/passwords")))


def _setup(stanza: dict[str, Any], token: str) -> Setup:
    return Setup(
        url=str(stanza.get("url") or "").strip(),
        ca_path=str(stanza.get("ca_path") or "").strip(),
        timeout=_number(stanza, "timeout", 1, 86_400),
        rows=_number(stanza, "rows", 1, 1_000_000),
        requests=_number(stanza, "requests", 1, 64),
        distributed=str(stanza.get("distributed")).lower() in ("1", "true"),
        token=_sound(token.strip()),
    )


def _sound(token: str) -> str:
    """Raises HuntError for what no header may have; it does not say the token."""
    if token.isascii() and token.isprintable():
        return token
    raise HuntError(
        "the token for the container has line feeds or other characters that no token has: give "
        "its api_token on the setup page"
    )


def _splunkd(uri: str, session_key: str) -> binding.Context:
    parts = urlsplit(uri)
    return binding.Context(
        scheme=parts.scheme,
        host=parts.hostname,
        port=parts.port,
        token=session_key,
        owner="nobody",
        app=APP,
    )


def _entries(splunkd: binding.Context, path: str) -> list[dict[str, Any]]:
    try:
        response = splunkd.get(path, output_mode="json", count=0)
    except binding.HTTPError as error:
        raise HuntError(
            f"splunkd answers {error.status} to {path}: may your role use the app {APP}? To read "
            "the token it needs the capability list_storage_passwords"
        ) from error
    except OSError as error:
        raise HuntError(f"splunkd does not answer to {path}: {error}") from error
    entries: list[dict[str, Any]] = json.loads(response.body.read())["entry"]
    return entries


def _token(passwords: list[dict[str, Any]]) -> str:
    for entry in passwords:
        if entry["content"].get("realm") == REALM and entry["content"].get("clear_password"):
            return str(entry["content"]["clear_password"])
    raise HuntError(
        "there is no token for the container, or your role may not read it (capability "
        "list_storage_passwords): give its api_token on the setup page"
    )


def _number(stanza: dict[str, Any], name: str, lowest: int, highest: int) -> int:
    text = str(stanza.get(name, ""))
    if not (text.isdigit() and lowest <= int(text) <= highest):
        raise HuntError(f"{APP}.conf: {name} = {text!r} is no number from {lowest} to {highest}")
    return int(text)
