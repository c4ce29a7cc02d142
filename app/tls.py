"""The certificate that the service shows: the given one, or its own, made at the first start."""

import datetime
import ipaddress
import os
import socket
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.settings import Settings, SettingsError

_VALID_FOR = datetime.timedelta(days=1825)
_RENEW_BEFORE = datetime.timedelta(days=30)


def certificate(settings: Settings) -> tuple[Path, Path]:
    """The certificate and key files to serve with.

    Raises SettingsError if the given ones do not fit together.
    """
    if settings.certificate and settings.key:
        pair = settings.certificate, settings.key
        _check(*pair)
        return pair
    pair = settings.folders.tls / "cert.pem", settings.folders.tls / "key.pem"
    if not _is_usable(*pair):
        _make(*pair)
    return pair


def _check(cert: Path, key: Path) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            cert, key, password=_no_passphrase
        )
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"API_SSL_CERT {str(cert)!r} and API_SSL_KEY {str(key)!r} cannot be used: {error}"
        ) from error


def _no_passphrase() -> str:
    raise ValueError("the key has a passphrase")


def _is_usable(cert: Path, key: Path) -> bool:
    """Whether there is a pair that lasts: a start that was cut short may leave half of one."""
    try:
        _check(cert, key)
    except SettingsError:
        return False
    expiry = x509.load_pem_x509_certificate(cert.read_bytes()).not_valid_after_utc
    return expiry - datetime.datetime.now(datetime.UTC) > _RENEW_BEFORE


def _make(cert: Path, key: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    cert.parent.mkdir(parents=True, exist_ok=True)
    key.unlink(missing_ok=True)
    descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    cert.write_bytes(_self_signed(private).public_bytes(serialization.Encoding.PEM))


def _self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    host = socket.gethostname()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64] or "localhost")])
    names = [x509.DNSName(text) for text in dict.fromkeys(("localhost", host)) if text.isascii()]
    addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1")]
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + _VALID_FOR)
        .add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
