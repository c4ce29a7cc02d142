"""Asks the service on this machine whether it lives: python -m app.health (exit code 0 or 1)

For the container's HEALTHCHECK. Uses the standard library only, as it runs every few seconds.
"""

import http.client
import os
import ssl
import sys

_SECONDS = 5


def lives(port: int, https: bool) -> bool:
    """Whether GET /healthz answers 200."""
    connection = _connection(port, https)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connection(port: int, https: bool) -> http.client.HTTPConnection:
    if not https:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    # It is this machine, whatever names its certificate has; nothing secret is sent.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=_SECONDS, context=context)


def main() -> int:
    https = (os.environ.get("ENABLE_HTTPS") or "true").lower() in ("true", "1", "yes", "on")
    return 0 if lives(int(os.environ.get("PORT") or 5000), https) else 1


if __name__ == "__main__":
    sys.exit(main())
