"""A Key Vault and the identity services around it, over TLS on this machine.

Speaks what is documented at https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret and
https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses.
"""

import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme

TENANT = "00000000-1111-2222-3333-444444444444"
CLIENT_SECRET = "client-secret-that-nobody-may-see"
IDENTITY_HEADER = "identity-header-that-nobody-may-see"
_SECRET = re.compile(r"/secrets/([^/]+)/?([^/]*)")


@dataclass
class Reply:
    status: int
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Azure:
    """What the services know; `replies` are given before anything else, one a request.

    `secrets` has for each name its versions, the newest last. `requests` is what was asked.
    """

    port: int = 0
    authority: Path = Path()
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    refuse_identity: bool = False
    quotes: bool = False  # what it was sent, as no identity service should

    @property
    def vault(self) -> str:
        return f"https://hunt.vault.test:{self.port}"

    @property
    def login(self) -> str:
        return f"https://login.test:{self.port}"

    @property
    def challenge(self) -> str:
        """What a request without a token is answered."""
        return (
            f'Bearer authorization="{self.login}/{TENANT}",'
            f' resource="https://vault.test:{self.port}"'
        )

    @property
    def asked(self) -> list[str]:
        """The paths of secrets that were asked for with a token."""
        return [path for path in self.requests if path.startswith("/secrets/")]

    def answer(self, host: str, method: str, url: str, headers: Any, body: str) -> Reply:
        path = urlsplit(url).path
        if host.startswith("login.test"):
            return self._login(method, path, headers, body)
        return self._vault(path, headers.get("Authorization", ""))

    def _vault(self, path: str, authorization: str) -> Reply:
        if authorization.removeprefix("Bearer ") not in self.tokens:
            return self._challenge()
        self.requests.append(path)
        if self.replies:
            return self.replies.pop(0)
        name, version = _SECRET.fullmatch(path).groups()
        versions = self.secrets.get(name, {})
        version = version or next(reversed(versions), "")
        if version not in versions:
            return error(404, "SecretNotFound")
        attributes = {"enabled": True, "created": 1, "updated": 1, **self.attributes.get(name, {})}
        if not attributes["enabled"]:
            return error(403, "Forbidden", "SecretDisabled")
        place = f"{self.vault}/secrets/{name}/{version}"
        return Reply(200, {"value": versions[version], "id": place, "attributes": attributes})

    def _challenge(self) -> Reply:
        headers = {"WWW-Authenticate": self.challenge}
        return Reply(401, error(401, "Unauthorized").document, headers)

    def _login(self, method: str, path: str, headers: Any, body: str) -> Reply:
        self.requests.append(path)
        if path.endswith("/.well-known/openid-configuration"):
            own = f"{self.login}/{TENANT}"
            return Reply(
                200,
                {
                    "issuer": f"{own}/v2.0",
                    "authorization_endpoint": f"{own}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{own}/oauth2/v2.0/token",
                },
            )
        if path == "/msi/token":
            return self._managed_identity(headers.get("X-IDENTITY-HEADER"))
        form = parse_qs(body)
        if self.refuse_identity or form.get("client_secret") != [CLIENT_SECRET]:
            text = "AADSTS7000215: Invalid client secret provided." + (body if self.quotes else "")
            return Reply(401, {"error": "invalid_client", "error_description": text})
        return Reply(
            200, {"token_type": "Bearer", "expires_in": 3600, "access_token": self._token()}
        )

    def _managed_identity(self, header: str | None) -> Reply:
        if self.refuse_identity or header != IDENTITY_HEADER:
            return Reply(400, {"statusCode": 400, "message": "no identity"})
        return Reply(
            200,
            {
                "access_token": self._token(),
                "expires_on": "4102444800",
                "resource": "https://vault.test",
                "token_type": "Bearer",
            },
        )

    def _token(self) -> str:
        self.tokens.append(f"token-that-nobody-may-see-{len(self.tokens)}")
        return self.tokens[-1]


def error(status: int, code: str, inner: str = "", **headers: str) -> Reply:
    """An error as Key Vault answers it."""
    document: dict[str, Any] = {"error": {"code": code, "message": "words of the server"}}
    if inner:
        document["error"]["innererror"] = {"code": inner}
    return Reply(status, document, {name.replace("_", "-"): text for name, text in headers.items()})


@contextmanager
def running(folder: Path) -> Iterator[Azure]:
    """A service until the end of the context; `authority` is the file of its CA."""
    azure = Azure(authority=folder / "ca.pem")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(azure.authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("*.vault.test", "login.test", "evil.test").configure_cert(context)
    server = _Server(azure, context)
    azure.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield azure
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, azure: Azure, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.azure = azure
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that do not trust the certificate go away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5
    disable_nagle_algorithm = True

    def _answered(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        azure = self.server.azure
        reply = azure.answer(self.headers["Host"], self.command, self.path, self.headers, body)
        content = b"" if reply.document is None else json.dumps(reply.document).encode()
        self.send_response(reply.status)
        for name, text in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _answered  # noqa: N815

    def log_message(self, *arguments: Any) -> None:
        """Nothing: the tests read the log."""
