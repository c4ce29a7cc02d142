"""Certificates: our own, or the given one."""

import datetime
import stat
from pathlib import Path

import pytest
import trustme
from cryptography import x509

from app import settings, tls
from app.settings import Settings, SettingsError


def _settings(srv: Path, **variables: str) -> Settings:
    return settings.load({"api_token": "t", "SRV_DIR": str(srv), **variables})


def test_certificate_is_made_once(tmp_path: Path) -> None:
    cert, key = tls.certificate(_settings(tmp_path))
    before = cert.read_bytes(), key.read_bytes()
    assert tls.certificate(_settings(tmp_path)) == (cert, key)
    assert (cert.read_bytes(), key.read_bytes()) == before


def test_certificate_key_is_private(tmp_path: Path) -> None:
    _, key = tls.certificate(_settings(tmp_path))
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_certificate_names_this_host(tmp_path: Path) -> None:
    cert, _ = tls.certificate(_settings(tmp_path))
    names = x509.load_pem_x509_certificate(cert.read_bytes()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert "localhost" in names.value.get_values_for_type(x509.DNSName)
    assert [str(ip) for ip in names.value.get_values_for_type(x509.IPAddress)] == [
        "127.0.0.1",
        "::1",
    ]


def test_certificate_is_made_anew_before_it_expires(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(tls, "_VALID_FOR", datetime.timedelta(days=29))
        cert, _ = tls.certificate(_settings(tmp_path))
    old = cert.read_bytes()
    tls.certificate(_settings(tmp_path))
    assert cert.read_bytes() != old


def test_certificate_replaces_half_a_pair(tmp_path: Path) -> None:
    cert, key = tls.certificate(_settings(tmp_path))
    cert.unlink()
    tls.certificate(_settings(tmp_path))
    assert cert.is_file()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.fixture
def given(tmp_path: Path) -> tuple[Path, Path]:
    issued = trustme.CA().issue_cert("hunt.example.org")
    cert, key = tmp_path / "given.pem", tmp_path / "given.key"
    issued.cert_chain_pems[0].write_to_path(cert)
    issued.private_key_pem.write_to_path(key)
    return cert, key


def test_certificate_given_is_used(tmp_path: Path, given: tuple[Path, Path]) -> None:
    cert, key = given
    loaded = _settings(tmp_path, API_SSL_CERT=str(cert), API_SSL_KEY=str(key))
    assert tls.certificate(loaded) == given
    assert not (tmp_path / "app").exists()


def test_certificate_that_does_not_fit_the_key_is_refused(
    tmp_path: Path, given: tuple[Path, Path]
) -> None:
    _, other = tls.certificate(_settings(tmp_path))
    loaded = _settings(tmp_path, API_SSL_CERT=str(given[0]), API_SSL_KEY=str(other))
    with pytest.raises(SettingsError, match=r"API_SSL_CERT .* cannot be used: .*MISMATCH"):
        tls.certificate(loaded)


def test_certificate_that_is_none_is_refused(tmp_path: Path, given: tuple[Path, Path]) -> None:
    given[0].write_text("not a certificate")
    loaded = _settings(tmp_path, API_SSL_CERT=str(given[0]), API_SSL_KEY=str(given[1]))
    with pytest.raises(SettingsError, match="cannot be used"):
        tls.certificate(loaded)
