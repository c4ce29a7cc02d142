"""Shares what one process knows of Key Vaults with others, which end too soon to keep it.

A request is a packet on a socket that the others inherit: what is wanted, and the socket to answer
on. So nobody gets the answer to another, and there is no address that a stranger could connect to.
"""

import contextlib
import json
import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from app.secrets.errors import AbsentError, NotHereError, UnavailableError
from app.secrets.keyvault import Vault, Version
from app.secrets.secret import Secret

log = logging.getLogger("dsdl_hunt.secrets")

_PACKET = 4096  # the most that a request takes: a URL and a name of a Key Vault
_SEND_SECONDS, _ANSWER_SECONDS = 5, 60.0


@contextlib.contextmanager
def serving(vault: Callable[[str], Vault]) -> Iterator[socket.socket]:
    """Answer for the vaults at URLs as long as the context lasts; gives the socket to ask through.

    Forks, and processes to which it is passed, can use it; a process that is executed does not
    inherit it by itself.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # Its processes share it: a time limit of Python's would be theirs, too.
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _SEND_SECONDS, 0))
    threading.Thread(target=_serve, args=(ours, vault), name="secrets", daemon=True).start()
    with theirs:
        try:
            yield theirs
        finally:
            with contextlib.suppress(OSError):  # its thread has closed it
                theirs.shutdown(socket.SHUT_RDWR)


class SharedVault:
    """A vault that another process asks. Can be used by any thread, and after a fork."""

    def __init__(self, url: str, through: socket.socket) -> None:
        self._url = url
        self._through = through
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """Why the vault could not be asked lately; "" if it could, as far as is known."""
        return self._trouble

    def get(self, name: str, version: str = "") -> Version:
        """A secret. Raises NotHereError, UnavailableError."""
        answer = self._asked({"name": name, "version": version})
        self._trouble = answer["trouble"]
        if failure := answer.get("failure"):
            raise _FAILURES[failure](answer["why"])
        expires = answer["expires"]
        at = datetime.fromisoformat(expires) if expires else None
        return Version(Secret(answer["value"]), answer["id"], at)

    def refresh(self, name: str, version: str = "") -> None:
        """Let the next `get` of a secret ask the vault, unless that has just been done."""
        with contextlib.suppress(UnavailableError):
            self._asked({"name": name, "version": version, "refresh": True})

    def _asked(self, request: dict[str, Any]) -> dict[str, Any]:
        packet = json.dumps({"vault": self._url, **request}).encode()
        mine, theirs = socket.socketpair()
        with mine:
            mine.settimeout(_ANSWER_SECONDS)
            try:
                with theirs:
                    socket.send_fds(self._through, [packet], [theirs.fileno()])
                with mine.makefile("rb") as reader:
                    answer: dict[str, Any] = json.loads(reader.read())
            except (OSError, ValueError):  # an answer may be cut off, and then has a secret in it
                answer = {}
        if not answer:
            raise UnavailableError(f"{self._url}: the service that asks it does not answer")
        return answer


_FAILURES: dict[str, type[NotHereError | UnavailableError]] = {
    failure.__name__: failure for failure in (AbsentError, NotHereError, UnavailableError)
}


def _serve(end: socket.socket, vault: Callable[[str], Vault]) -> None:
    """Until nobody can ask any more. A vault may be slow: each request has its own thread."""
    with end, contextlib.suppress(OSError):
        while True:
            packet, descriptors, _, _ = socket.recv_fds(end, _PACKET, 1)
            if not packet:
                return
            for descriptor in descriptors:
                asker = socket.socket(fileno=descriptor)
                threading.Thread(target=_reply, args=(packet, asker, vault), daemon=True).start()


def _reply(packet: bytes, asker: socket.socket, vault: Callable[[str], Vault]) -> None:
    with asker:
        try:
            answer = json.dumps(_answer(json.loads(packet), vault)).encode()
            asker.settimeout(_ANSWER_SECONDS)
            asker.sendall(answer)
        except OSError:  # it does not wait any more
            return
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("a request for a secret makes no sense (%s)", type(error).__name__)


def _answer(request: dict[str, Any], vault: Callable[[str], Vault]) -> dict[str, Any]:
    asked, key = vault(request["vault"]), (request["name"], request["version"])
    if request.get("refresh"):
        asked.refresh(*key)
        return {"trouble": asked.trouble}
    try:
        version = asked.get(*key)
    except (NotHereError, UnavailableError) as error:
        return {"failure": type(error).__name__, "why": str(error), "trouble": asked.trouble}
    expires = version.expires.isoformat() if version.expires else ""
    value = version.value.reveal()
    return {"value": value, "id": version.id, "expires": expires, "trouble": asked.trouble}
