"""RDAP (RFC 9082, 9083): who an address is registered for. The last resort: one request each.

It tells the network's name and country; the autonomous system only where a registry adds it. The
registries send a client on to each other, so the hosts that may be asked are given.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson
import requests

from app.enrichment.network import Answers, Network, clean

SOURCE = "rdap"
REGISTRIES = (
    "rdap.arin.net",
    "rdap.db.ripe.net",
    "rdap.apnic.net",
    "rdap.lacnic.net",
    "rdap.registro.br",
    "rdap.afrinic.net",
)
_ORIGINS = ("arin_originas0_originautnums", "lacnic_originAutnum", "nicbr_autnum")
_MAX_REDIRECTS = 3
_MAX_BYTES = 1 << 20
_HEADERS = {"Accept": "application/rdap+json", "User-Agent": "dsdl-hunt"}


@dataclass(frozen=True)
class Rdap:
    """The service to ask first, and the hosts that it may send on to."""

    url: str = "https://rdap.arin.net/registry/ip/"
    hosts: tuple[str, ...] = REGISTRIES


class _NoAnswerError(Exception):
    """There is none, for this address or for all."""


def ask(addresses: Sequence[str], service: Rdap, seconds: float) -> Answers:
    """What the registries know of these addresses, as far as they answer within `seconds`.

    Ends at the first failure: whoever refuses or is out of reach is not asked again and again.
    """
    answers = Answers()
    deadline = time.monotonic() + seconds
    thread = threading.Thread(
        target=_ask_all, args=(addresses, service, deadline, answers), daemon=True
    )
    thread.start()
    thread.join(seconds)  # `requests` bounds every wait, but not their sum
    missing = len(addresses) - len(answers.found)
    error = answers.error or f"no answer about {missing} of {len(addresses)} addresses in time"
    return Answers(dict(answers.found), error if missing else "")


def _ask_all(addresses: Sequence[str], service: Rdap, deadline: float, answers: Answers) -> None:
    with requests.Session() as session:
        for address in addresses:
            if time.monotonic() >= deadline:
                return
            try:
                answers.found[address] = _ask_one(session, address, service, deadline)
            except (requests.RequestException, _NoAnswerError, ValueError) as error:
                answers.error = f"{urlsplit(service.url).hostname}: {error}"
                return


def _ask_one(
    session: requests.Session, address: str, service: Rdap, deadline: float
) -> Network | None:
    url = service.url + address
    first = urlsplit(url)
    for _ in range(_MAX_REDIRECTS + 1):
        place = urlsplit(url)
        if place.scheme != first.scheme or place.hostname not in (first.hostname, *service.hosts):
            raise _NoAnswerError(f"sent on to {place.scheme}://{place.hostname}: not to be asked")
        timeout = max(deadline - time.monotonic(), 0.001)
        with session.get(
            url, headers=_HEADERS, timeout=timeout, allow_redirects=False, stream=True
        ) as response:
            if not response.is_redirect:
                return _answer(response)
            url = urljoin(url, response.headers["location"])
    raise _NoAnswerError(f"sent on more than {_MAX_REDIRECTS} times")


def _answer(response: requests.Response) -> Network | None:
    if response.status_code == requests.codes.not_found:
        return None
    if response.status_code != requests.codes.ok:
        raise _NoAnswerError(f"answered with status {response.status_code}")
    body = response.raw.read(_MAX_BYTES, decode_content=True)
    document = orjson.loads(body)
    if not isinstance(document, dict):
        raise _NoAnswerError("answered with no RDAP object")
    return _network(document)


def _network(document: Mapping[str, Any]) -> Network:
    numbers: list[str] = []
    for name in _ORIGINS:
        origins = document.get(name, [])
        numbers += [str(one) for one in (origins if isinstance(origins, list) else [origins])]
    return Network(
        " ".join(number.removeprefix("AS") for number in numbers),
        clean(document.get("country") or ""),
        clean(document.get("name") or ""),
        SOURCE,
    )
