"""Team Cymru's IP to ASN mapping by bulk whois: all addresses of a search in one connection.

Protocol (team-cymru.com/ip-asn-mapping): TCP 43; the client sends `begin`, `verbose`, one address
a line, `end`; the server answers with lines of seven columns, in any order, and closes:

    AS | IP | BGP Prefix | CC | Registry | Allocated | AS Name
    20473   | 192.0.2.1        | 192.0.2.0/24        | US | arin     | 2014-03-13 | AS-CHOOPA, US
    NA      | 192.0.2.2        | NA                  |    | other    |            | NA
"""

import ipaddress
import selectors
import socket
import threading
import time
from collections.abc import Iterable, Mapping, Sequence

from app.enrichment.network import Answers, Network, clean, split_country

SOURCE = "cymru"
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_COLUMNS = 7
_MAX_LINE = 1_024
_QUIET = 0.5  # seconds of silence after the last address is answered that end the conversation
_CHUNK = 65_536


def ask(addresses: Sequence[str], server: tuple[str, int], seconds: float) -> Answers:
    """What Team Cymru knows of these addresses, as far as it answers within `seconds`.

    Asks about every address that is given: it is the caller who knows what may leave.
    """
    if not addresses:
        return Answers()
    conversation = _Conversation(addresses, server, time.monotonic() + seconds)
    # A thread, since the resolver of host names knows no timeout.
    thread = threading.Thread(target=conversation.hold, daemon=True)
    thread.start()
    thread.join(seconds)
    answers = Answers(parse(list(conversation.lines), addresses), conversation.error)
    missing = len(set(addresses) - answers.found.keys())
    if missing and not answers.error:
        answers.error = f"no answer about {missing} of {len(addresses)} addresses in {seconds:g} s"
    return answers


class _Conversation:
    """One connection. `lines` and `error` can be read while it is held."""

    def __init__(self, addresses: Sequence[str], server: tuple[str, int], deadline: float) -> None:
        self.lines: list[str] = []
        self.error = ""
        self._count = len(addresses)
        self._server = server
        self._deadline = deadline
        self._unsent = "\r\n".join(("begin", "verbose", *addresses, "end", "")).encode("ascii")
        self._received = b""
        self._left = (self._count + 64) * _MAX_LINE

    def hold(self) -> None:
        """Ask, and collect the answers until the server closes, falls silent or time is up."""
        host, port = self._server
        try:
            with socket.create_connection(self._server, self._remaining()) as connection:
                connection.setblocking(False)
                self._talk(connection)
        except OSError as error:
            self.error = f"{host}:{port}: {error}"

    def _remaining(self) -> float:
        return max(self._deadline - time.monotonic(), 0.001)

    def _talk(self, connection: socket.socket) -> None:
        """Send and receive at once: the server answers before it has read everything."""
        with selectors.DefaultSelector() as selector:
            both = selectors.EVENT_READ | selectors.EVENT_WRITE
            selector.register(connection, both)
            while time.monotonic() < self._deadline:
                events = selector.select(self._patience())
                ready = events[0][1] if events else 0
                if ready & selectors.EVENT_READ and not self._receive(connection):
                    return
                if ready & selectors.EVENT_WRITE:
                    self._unsent = self._unsent[connection.send(self._unsent[:_CHUNK]) :]
                    if not self._unsent:
                        selector.modify(connection, selectors.EVENT_READ)
                if not ready and len(self.lines) >= self._count:
                    return

    def _patience(self) -> float:
        remaining = self._remaining()
        return min(remaining, _QUIET) if len(self.lines) >= self._count else remaining

    def _receive(self, connection: socket.socket) -> bool:
        """Take what is there; False at the end. A line that is cut off is not taken."""
        data = connection.recv(_CHUNK)
        self._left -= len(data)
        *lines, rest = (self._received + data).split(b"\n")
        self.lines += [line.decode("utf-8", "replace") for line in lines]
        self._received = rest[:_MAX_LINE]
        return bool(data) and self._left > 0


def parse(lines: Iterable[str], addresses: Iterable[str]) -> dict[str, Network | None]:
    """The answers in `lines` about these addresses. Lines that are no answers are left out.

    Of several prefixes around an address the longest counts; several systems that announce it
    are all told.
    """
    asked = {ipaddress.ip_address(address): address for address in addresses}
    best: dict[str, tuple[int, list[Network]]] = {}
    for line in lines:
        columns = [clean(column) for column in line.split("|", _COLUMNS - 1)]
        address = _asked(columns[1], asked) if len(columns) == _COLUMNS else None
        if address is not None:
            length, networks = _length(columns[2]), _networks(columns)
            known = best.get(address, (-2, []))
            if length == known[0]:
                known[1].extend(networks)
            elif length > known[0]:
                best[address] = (length, networks)
    return {address: _joined(networks) for address, (_, networks) in best.items()}


def _asked(text: str, asked: Mapping[Address, str]) -> str | None:
    """The address as it was asked for; None for anything else."""
    try:
        return asked.get(ipaddress.ip_address(text))
    except ValueError:
        return None


def _length(prefix: str) -> int:
    length = prefix.rpartition("/")[2]
    return int(length) if length.isascii() and length.isdigit() else -1


def _networks(columns: Sequence[str]) -> list[Network]:
    numbers = [number for number in columns[0].split() if number.isascii() and number.isdigit()]
    name, country = split_country(columns[6])
    return [Network(number, columns[3] or country, name, SOURCE) for number in numbers]


def _joined(networks: Sequence[Network]) -> Network | None:
    if not networks:
        return None
    if len(networks) == 1:
        return networks[0]
    return Network(
        " ".join(dict.fromkeys(network.asn for network in networks)),
        " ".join(dict.fromkeys(network.country_code for network in networks)),
        "; ".join(dict.fromkeys(network.description for network in networks)),
        SOURCE,
    )
