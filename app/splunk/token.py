"""How long an authentication token lasts. Splunk's are JSON Web Tokens (RFC 7519)."""

import base64
import binascii
import datetime
import json
import logging

from app.splunk.errors import SplunkError

_SOON = datetime.timedelta(days=7)
_HOW = "make a new one under Settings > Tokens and put it into splunk_access_token"

log = logging.getLogger(__name__)


def expiry(token: str) -> datetime.datetime | None:
    """When a token expires; None if it never does, or is no JSON Web Token (a session key, ...)."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        seconds = claims.get("exp") if isinstance(claims, dict) else None
        if isinstance(seconds, int | float) and seconds > 0:
            return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (binascii.Error, ValueError, OverflowError, OSError):
        return None
    return None


def warn(token: str, now: datetime.datetime | None = None) -> str:
    """Log and give a warning for a token that expires within a week; "" for all others.

    Raises SplunkError for one that has expired: Splunk would only say that it is not accepted.
    """
    end = expiry(token)
    now = now or datetime.datetime.now(datetime.UTC)
    if end is None or end - now > _SOON:
        return ""
    if end <= now:
        raise SplunkError(f"the token for Splunk expired on {end:%Y-%m-%d %H:%M} UTC; {_HOW}", 401)
    left = end - now
    remaining = f"{left.days} days" if left.days else f"{left.seconds // 3600} hours"
    text = f"the token for Splunk expires in {remaining}, on {end:%Y-%m-%d %H:%M} UTC; {_HOW}"
    log.warning("%s", text)
    return text
