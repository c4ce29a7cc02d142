"""What the layers of a command line come to: its status, indicators, contacts and family."""

import re
from collections.abc import Generator, Iterable
from typing import NamedTuple

from app.hunting import c2, hosts, iocs, signatures
from app.hunting.features import scan
from app.hunting.iocs import Iocs
from app.hunting.layers import Layer, Work, ancestors

_NOT_CLASSIFIED = signatures.Classification("", ())
_ADDRESS_AND_PORT = re.compile(r"(?:tcp|udp)://([0-9.]{7,15}):[0-9]{1,5}")


class Decoded(NamedTuple):
    """What one command line turned out to be. models/powershell_ioc.yaml explains them."""

    command_line: str
    status: str = "none"
    error: str = ""
    validated: str = ""
    final: str = ""
    chain: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()
    iocs: Iocs = {}  # noqa: RUF012 (a default that nobody writes to)
    c2: tuple[str, ...] = ()
    family: str = ""
    techniques: tuple[str, ...] = ()


def summary(command_line: str, work: Work) -> Generator[None, None, Decoded]:
    found: Iocs = {kind: {} for kind in iocs.KINDS}
    for scanned in work.texts:
        if not iocs.add_from(scanned, found):
            work.problems.append(f"more than {iocs.MAX_IOCS} indicators in one layer")
    yield
    found["url"] = _without_beginnings(found["url"], built=bool(work.evaluated))
    contacts = c2.contacts(work.texts, found)
    for code in work.payloads:
        _add_contacts(found, (*code.c2, *code.urls))
        contacts |= dict.fromkeys(code.c2)
        if code.chain[-1].endswith("unknown"):
            found["sha256"][code.sha256] = None
    known = _NOT_CLASSIFIED
    if work.hidden:
        yield
        known = _classified(command_line, work)
        yield
    path = _path(work.layers)
    texts = [work.layers[index].text for index in path if work.layers[index].text]
    return Decoded(
        command_line=command_line,
        status=_status(work),
        error=_error(work),
        validated=_validated(work.layers),
        final=texts[-1] if len(texts) > 1 else "",
        chain=tuple([work.layers[index].step for index in path]),
        layers=tuple(work.layers),
        iocs=found,
        c2=tuple(contacts),
        family=known.family,
        techniques=known.techniques,
    )


def _add_contacts(found: Iocs, contacts: Iterable[str]) -> None:
    """Add the addresses, names and URLs of shellcode's contacts."""
    for contact in dict.fromkeys(contacts):
        if (plain := _ADDRESS_AND_PORT.fullmatch(contact)) and (address := hosts.ipv4(plain[1])):
            found["ipv4"][address] = None
        elif not iocs.add_url(contact, found):
            iocs.add_from(scan(contact.encode()), found)


def _without_beginnings(urls: dict[str, None], built: bool) -> dict[str, None]:
    """The URLs without the constants from which longer ones are built.

    Such a constant has no path; if the script was found to build texts, it may end anywhere.
    """
    if len(urls) < 2:
        return urls
    bases = [url for url in urls if built or url.count("/") == 2]
    parts = {url for url in bases if any(_goes_on(url, other) for other in urls)}
    return {url: None for url in urls if url not in parts}


def _goes_on(beginning: str, url: str) -> bool:
    following = url[len(beginning) : len(beginning) + 1]
    return url.startswith(beginning) and (following.isalnum() or following in _INSIDE_URL)


_INSIDE_URL = frozenset("/.-_:%?=&~+#")


def _classified(command_line: str, work: Work) -> signatures.Classification:
    """What the signatures say of the whole."""
    texts = (work.cut.get(index) or layer.text for index, layer in enumerate(work.layers))
    script = "\n".join(texts)
    payloads = tuple(step for code in work.payloads for step in code.chain)
    return signatures.classify(command_line, script, payloads)


def _error(work: Work) -> str:
    if not work.problems:
        return work.failed
    return "; ".join(dict.fromkeys([work.failed, *work.problems])).strip("; ")


def _status(work: Work) -> str:
    if work.layers:
        return "partial" if work.problems or work.failed else "decoded"
    return "error" if work.failed else "none"


def _validated(layers: list[Layer]) -> str:
    """What PowerShell was given: the texts of the outermost encoded layers."""
    outer = [layer.text for layer in layers if layer.parent < 0 and layer.step.startswith(_OUTER)]
    return "\n".join(outer)


_OUTER = ("base64", "gzip", "zlib", "deflate")


def _path(layers: list[Layer]) -> list[int]:
    """The indices from the outermost layer to the one that matters: shellcode, else the deepest."""
    if len(layers) < 2:
        return list(range(len(layers)))
    last = max(range(len(layers)), key=lambda index: _rank(layers[index], index))
    return list(ancestors(layers, last))[::-1]


def _rank(layer: Layer, index: int) -> tuple[bool, int, int]:
    return layer.step.startswith("shellcode"), layer.depth, -index
