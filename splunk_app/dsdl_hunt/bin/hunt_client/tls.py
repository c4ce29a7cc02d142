"""Connections to a container whose certificate is checked, always.

Either an authority vouches for it, and it is for the host that is asked; or it is the very one
that the setup page names: then it does not matter what host it is for. A container does not know
by which names it is reached when it makes its own.
"""

import http.client
import re
import ssl
from pathlib import Path
from typing import Any

from hunt_client import HuntError

_OTHER_NAME = (62, 64)  # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_PEM = re.compile("-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")


class Trust:
    """The certificates of a PEM file; without one, the authorities that Python trusts.

    Raises HuntError if the file cannot be read.
    """

    def __init__(self, path: str) -> None:
        try:
            self.context = _context(path)
            self.any_name = _context(path)
            text = Path(path).read_text("ascii", "replace") if path else ""
            self.known = {ssl.PEM_cert_to_DER_cert(pem) for pem in _PEM.findall(text)}
        except (OSError, ValueError) as error:
            raise HuntError(
                f"cannot read the certificate {path!r} (setup page): {error}"
            ) from error
        self.any_name.check_hostname = False


class Connection(http.client.HTTPSConnection):
    """Raises ssl.SSLCertVerificationError when it connects, if the certificate is not trusted."""

    def __init__(self, *place: Any, trust: Trust, timeout: float) -> None:
        super().__init__(*place, timeout=timeout, context=trust.context)
        self._trust = trust

    def connect(self) -> None:
        try:
            super().connect()
        except ssl.SSLCertVerificationError as error:
            self._hang_up()
            if error.verify_code not in _OTHER_NAME or not self._is_known():
                raise

    def _is_known(self) -> bool:
        """Connect whatever the name is; whether the certificate is one of those given."""
        self._context = self._trust.any_name
        super().connect()
        if self.sock.getpeercert(binary_form=True) in self._trust.known:
            return True
        self._hang_up()
        self._context = self._trust.context
        return False

    def _hang_up(self) -> None:
        """As `close`, which would forget the request that is to be sent."""
        self.sock.close()
        self.sock = None


def _context(path: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=path or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
