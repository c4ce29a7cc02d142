"""Calls a container as DSDL does: urllib, one request a search, the raw token as Authorization."""

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any

from app.spl import SplError

_SECONDS = 900  # without a sign of life; MLTK lets a fit take 600


@dataclass(frozen=True)
class Container:
    """Where the container listens (https://host:port), its token, and whom to trust besides the
    authorities that the system trusts: a certificate file."""

    url: str
    token: str = field(repr=False)
    certificate: Path | None = None

    def search(self, command: str, data: str, meta: dict[str, Any]) -> dict[str, Any]:
        """POST /fit or /apply: the answer. Raises SplError for one that reports an error."""
        body = json.dumps({"data": data, "meta": meta}).encode()
        answer = _json(self._request(f"/{command}", body), self.url)
        if answer.get("status") == "error":
            raise SplError(str(answer.get("message")))
        return answer

    def summary(self) -> dict[str, Any]:
        """GET /summary, which answers with JSON within a JSON string. Raises SplError."""
        return _json(self._request("/summary"), self.url)

    def _request(self, path: str, body: bytes | None = None) -> bytes:
        if not self.url.startswith(("https://", "http://")):
            raise SplError(f"URL {self.url!r}: write https://host:port")
        headers = {"Authorization": self.token}
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.url.rstrip("/") + path, body, headers)  # noqa: S310
        opener = _opener(self.certificate)
        try:
            with opener.open(request, timeout=_SECONDS) as response:
                return bytes(response.read())
        except urllib.error.HTTPError as error:
            with error:
                raise SplError(_refusal(error, self.url)) from error
        except (OSError, HTTPException, ValueError) as error:
            raise SplError(_unreachable(error, self.url)) from error


def _opener(certificate: Path | None) -> urllib.request.OpenerDirector:
    context = ssl.create_default_context()
    try:
        if certificate:
            context.load_verify_locations(certificate)
    except OSError as error:
        raise SplError(f"cannot use the certificate {str(certificate)!r}: {error}") from error
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirects())


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token to where it does not belong."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


def _json(body: bytes, url: str) -> dict[str, Any]:
    try:
        answer = json.loads(body)
        answer = json.loads(answer) if isinstance(answer, str) else answer
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise SplError(f"unable to read JSON response from {url}: {body[:200]!r}")
    return answer


def _refusal(error: urllib.error.HTTPError, url: str) -> str:
    if error.code == 401:
        return f"{url} refuses the token: use the api_token that the service was started with"
    return f"{url} answers {error.code} {error.reason}: is this the URL of the container?"


def _unreachable(error: Exception, url: str) -> str:
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return (
            f"the certificate of {url} is not to be trusted ({reason.verify_message}): name the "
            "service's certificate with --ca SRV_DIR/app/tls/cert.pem"
        )
    return f"cannot reach {url}: {reason}. Does the service run there? Give its URL with --url"
