"""Asks an Azure Key Vault, and says in our words what went wrong.

The texts of the SDK's errors are not passed on: they quote answers of servers. The SDK is imported
when a vault is used, which most installations never do.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from app.secrets.errors import AbsentError, NotHereError, UnavailableError
from app.secrets.keyvault import Fetch, Version
from app.secrets.secret import Secret

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError, HttpResponseError
    from azure.identity import DefaultAzureCredential

# The pauses between attempts are ours (keyvault.py): the SDK would sleep a whole Retry-After.
_NETWORK = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 10}
_METHODS = ("environment", "workload_identity", "managed_identity", "cli")
_NOT_FOR_SERVICES = (
    "shared_token_cache",
    "visual_studio_code",
    "powershell",
    "developer_cli",
    "broker",
)
_NETWORK_REASONS = {
    "CERTIFICATE_VERIFY_FAILED": (
        "its certificate is not trusted; REQUESTS_CA_BUNDLE names a private CA's file"
    ),
    "Failed to resolve": "its name is not known",
    "Connection refused": "the connection is refused",
    "timed out": "no answer in time",
    "ProxyError": "the proxy does not let it through",
    "SSLError": "TLS fails",
}
_WORD = re.compile(r"[A-Za-z]{1,64}\Z")
_ENTRA_CODE = re.compile(r"AADSTS\d{4,8}")


@dataclass(frozen=True)
class Identity:
    """Which Azure identity to use, beyond what the SDK's own variables (AZURE_*) say.

    `tenant` is the one that holds the vault, `authority` the host that gives tokens, `methods`
    those of azure-identity's names that may be tried (none: all that a service can use).
    """

    tenant: str = ""
    authority: str = ""
    methods: tuple[str, ...] = ()


def credential(
    identity: Identity, environment: Mapping[str, str] = os.environ
) -> "DefaultAzureCredential":
    """Service principal, workload identity, managed identity or `az login`: the first there is."""
    from azure.identity import DefaultAzureCredential

    settings: dict[str, Any] = dict(_NETWORK)
    if not environment.get("AZURE_TOKEN_CREDENTIALS"):
        unused = [name for name in _METHODS if name not in (identity.methods or _METHODS)]
        for name in (*unused, *_NOT_FOR_SERVICES):
            settings[f"exclude_{name}_credential"] = True
    if identity.tenant:
        own = environment.get("AZURE_TENANT_ID")
        settings["workload_identity_tenant_id"] = own or identity.tenant
        settings["additionally_allowed_tenants"] = [identity.tenant]
    if environment.get("AZURE_AUTHORITY_HOST"):
        # Named by the operator: whether Microsoft's public cloud knows that host is not asked.
        settings["disable_instance_discovery"] = True
    elif identity.authority:
        settings["authority"] = identity.authority
    return DefaultAzureCredential(**settings)


def fetcher(url: str, identity: Callable[[], "DefaultAzureCredential"]) -> Fetch:
    """Gives the secrets of the vault at a URL. Nothing is imported or asked before the first."""

    @lru_cache(maxsize=1)
    def client() -> Any:
        from azure.keyvault.secrets import SecretClient

        return SecretClient(url, identity(), **_NETWORK)

    def fetch(name: str, version: str) -> Version:
        from azure.core.exceptions import AzureError

        failure: Exception
        try:
            return _version(url, client().get_secret(name, version or None))
        except AzureError as error:
            failure = _failure(url, name, error)
        except ValueError:  # how the SDK refuses settings, and challenges of other domains
            failure = UnavailableError(
                f"{url}: its demand for a token, or an AZURE_* variable, cannot be trusted"
            )
        except (AttributeError, KeyError, TypeError):  # how it fails over malformed answers
            failure = UnavailableError(f"{url} gives an answer that is none of a Key Vault")
        # Outside of the handler, so that the SDK's error, with its frames and texts, is gone.
        raise failure

    return fetch


def _version(url: str, secret: Any) -> Version:
    if not secret.value:
        raise NotHereError(f"{url}/secrets/{secret.name} is empty")
    about = secret.properties
    return Version(Secret(secret.value), about.version or "", about.expires_on)


def _failure(url: str, name: str, error: "AzureError") -> NotHereError | UnavailableError:
    from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

    status = getattr(error, "status_code", None)
    if isinstance(error, ClientAuthenticationError) and _is_from_elsewhere(url, error):
        return UnavailableError(f"{url}: {_no_identity(error)}")
    if isinstance(error, HttpResponseError) and status:
        return _refusal(url, name, error, status)
    reason = _network_reason(str(error)) or type(error).__name__
    return UnavailableError(f"{url} cannot be reached ({reason})")


def _refusal(
    url: str, name: str, error: "HttpResponseError", status: int
) -> NotHereError | UnavailableError:
    code = _code(error)
    if status == 404:
        return AbsentError(f"{url}/secrets/{name} does not exist, or is deleted")
    if status == 403:
        hint = "is disabled" if code == "SecretDisabled" else "is not for this service's identity"
        return NotHereError(f"{url}/secrets/{name} {hint} (HTTP 403{code and ' ' + code})")
    if status == 429:
        return UnavailableError(f"{url} is asked too often (HTTP 429)", _retry_after(error))
    if status == 401:
        return UnavailableError(f"{url} does not accept this service's identity (HTTP 401)")
    if status == 400:
        return NotHereError(f"{url}/secrets/{name} cannot be asked for (HTTP 400)")
    return UnavailableError(f"{url} does not work (HTTP {status})", _retry_after(error))


def _is_from_elsewhere(url: str, error: "HttpResponseError") -> bool:
    """Whether an authentication error is that of whom tokens come from, not of the vault."""
    asked = getattr(getattr(error.response, "request", None), "url", "")
    return not asked.startswith(f"{url}/")


def _no_identity(error: "AzureError") -> str:
    if code := _ENTRA_CODE.search(error.message):
        return f"Microsoft Entra refuses this service's identity ({code[0]})"
    if reason := _network_reason(error.message):
        return f"the service that gives tokens cannot be reached ({reason})"
    return (
        "this service has no Azure identity that works: give it a managed or workload identity,"
        " or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
    )


def _network_reason(text: str) -> str:
    """What is wrong on the way, as far as the SDK's words tell it; "" if they do not."""
    return next((reason for sign, reason in _NETWORK_REASONS.items() if sign in text), "")


def _code(error: "HttpResponseError") -> str:
    """Key Vault's word for a refusal: a plain word, or nothing."""
    inner = getattr(error.error, "innererror", None) or {}
    code = str(inner.get("code") or "")
    return code if _WORD.match(code) else ""


def _retry_after(error: "HttpResponseError") -> float | None:
    headers = getattr(error.response, "headers", {})
    text = str(headers.get("Retry-After", "")).strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
