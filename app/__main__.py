"""Runs the service: python -m app"""

import logging
import os
import signal
import socket
import sys
from contextlib import nullcontext

import uvicorn

from app import lab, memory, readiness, saved, seed, settings, tls
from app.main import create_app

log = logging.getLogger("dsdl_hunt")


class _Server(uvicorn.Server):
    """Says where it listens, and nothing else."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        scheme = "https" if self.config.is_ssl else "http"
        for server in self.servers:
            for listener in server.sockets:
                host, port = listener.getsockname()[:2]
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
        log.info("%s", readiness.features())
        for warning in readiness.warnings():
            log.warning("%s", warning)
    except (settings.SettingsError, OSError) as error:
        print(f"dsdl-hunt does not start: {error}", file=sys.stderr)
        return 2
    os.environ.pop("api_token", None)  # model code inherits the environment, but has no use for it
    memory.keep_buffers()
    for ending in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again once it has ended all searches.
        signal.signal(ending, lambda *_: sys.exit(0))
    server = _Server(
        uvicorn.Config(
            create_app(config),
            host=config.host,
            port=config.port,
            ssl_certfile=certificate,
            ssl_keyfile=str(key) if key else None,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
        )
    )
    with lab.beside() if config.develops else nullcontext():
        server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
