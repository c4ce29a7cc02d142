"""Runs the service: python -m app"""

import asyncio
import ctypes
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext

import uvicorn

from app import lab, listening, memory, readiness, saved, seed, settings, tls
from app.enrichment import late, sources
from app.main import create_app

# `docker stop` kills after 10 s.
_DRAIN_SECONDS = 7
_GIVE_UP_SECONDS = 8  # on clients that do not even send their search

log = logging.getLogger("dsdl_hunt")


class _Server(uvicorn.Server):
    """Says where it listens, and lets searches go on for a while when it is stopped."""

    def __init__(self, config: uvicorn.Config, stop_searches: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop_searches = stop_searches

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().call_later(_DRAIN_SECONDS, self._stop_searches)
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        scheme = "https" if self.config.is_ssl else "http"
        for server in self.servers:
            for listener in server.sockets:
                host, port = listener.getsockname()[:2]
                host = f"[{host}]" if ":" in host else host
                log.info("listening on %s://%s:%d", scheme, host, port)


def main() -> int:
    """Entry point; exit code 2 if the service cannot start as it is set up."""
    logging.basicConfig(format="%(levelname)s: %(message)s")
    log.setLevel(logging.INFO)
    os.umask(0o002)  # a volume outlives its container: the next may run with another user id
    try:
        config = settings.load()
        if config.develops:
            lab.check()
        seed.seed(config.folders)
        saved.restore_abandoned(config.folders.models)
        certificate, key = tls.certificate(config) if config.https else (None, None)
        sockets = listening.on(config.host, config.port)
        log.info("%s", readiness.features())
        for warning in readiness.warnings():
            log.warning("%s", warning)
    except (settings.SettingsError, OSError) as error:
        print(f"dsdl-hunt does not start: {error}", file=sys.stderr)
        return 2
    _forget_token()
    memory.keep_buffers()
    listening.allow_many()
    for ending in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again once it has ended all searches.
        signal.signal(ending, lambda *_: sys.exit(0))
    late.take_over()
    app = create_app(config)
    threading.Thread(target=sources.keep_indexed, name="feeds", daemon=True).start()
    threading.Thread(target=late.keep_asking, name="lookups", daemon=True).start()
    server = _Server(
        uvicorn.Config(
            app,
            timeout_graceful_shutdown=_GIVE_UP_SECONDS,
            ssl_certfile=certificate,
            ssl_keyfile=str(key) if key else None,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
        ),
        app.state.stop_searches,
    )
    with lab.beside() if config.develops else nullcontext():
        server.run(sockets)
    return 0 if server.started else 1


def _forget_token() -> None:
    """Model code inherits the environment, but has no use for the token.

    Overwritten where it stands, it does not show in /proc/<pid>/environ either.
    """
    libc = ctypes.CDLL(None)
    libc.getenv.restype = ctypes.c_void_p
    if place := libc.getenv(b"api_token"):
        ctypes.memset(place, ord("*"), len(os.environb[b"api_token"]))
    os.environ.pop("api_token", None)


if __name__ == "__main__":
    sys.exit(main())
