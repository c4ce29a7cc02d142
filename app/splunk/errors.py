"""What can go wrong with Splunk, told to the person who searches or sends."""

import ssl

_MEANING = {
    400: "Splunk does not understand the request",
    401: "Splunk does not accept the token: it is wrong, disabled or expired; make a new one under"
    " Settings > Tokens and put it into splunk_access_token",
    402: "Splunk's licence does not allow it: searching is disabled after licence violations",
    403: "the token's user may not do that: its role lacks the capability (search, rest_access) or"
    " the index",
    404: "there is no such search or endpoint, or it is in another app",
    429: "too many searches at the same time: wait, or raise the quota of the token's role",
    503: "Splunk is busy or starting, or the quota of searches is used up: try again later",
}


class SplunkError(Exception):
    """Why Splunk did not give or take something, and what to do."""

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


def of_status(where: str, status: int, detail: str = "") -> SplunkError:
    """The error for an HTTP status. `detail` is what Splunk says."""
    meaning = _MEANING.get(status, "Splunk refuses")
    said = f" (HTTP {status}{f': {detail.strip()[:300]}' if detail.strip() else ''})"
    return SplunkError(f"{where}: {meaning}{said}", status)


def of_connection(where: str, error: BaseException) -> SplunkError:
    """The error for a connection that cannot be made or breaks."""
    if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(error):
        return SplunkError(
            f"{where}: its certificate is not trusted; set HUNT_SPLUNK_CA to the PEM file of the CA"
            " that signed it"
        )
    reason = str(error) or type(error).__name__
    return SplunkError(f"{where}: cannot be reached: {reason[:300]}")
