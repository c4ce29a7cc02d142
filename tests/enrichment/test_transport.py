import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from app.enrichment import transport
from app.enrichment.errors import UnavailableError
from app.enrichment.transport import Request
from tests.enrichment.provider_server import ProviderServer, Reply

URL = "https://ti.example.org/a"


def send(url: str = URL, seconds: float = 10, **options: str) -> transport.Reply:
    return transport.send(Request("GET", url, **options), time.monotonic() + seconds)


def failure(url: str = URL, seconds: float = 10) -> str:
    with pytest.raises(UnavailableError) as raised:
        send(url, seconds)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    return str(raised.value)


@contextmanager
def listening(*said: bytes, pause: float = 0) -> Iterator[int]:
    """The port of a server that says these pieces to one client, without waiting for anything."""

    def serve() -> None:
        client = listener.accept()[0]
        try:
            for piece in said:
                client.sendall(piece)
                closing.wait(pause)
        except OSError:
            return
        finally:
            client.close()

    closing = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        closing.set()
        thread.join()


def test_send_goes_through_the_proxy_and_trusts_the_authority_of_the_environment(
    server: ProviderServer,
) -> None:
    server.answer = lambda _: Reply(200, b"hello", {"X-A": "b"})
    reply = send()
    assert (reply.status, reply.body, reply.headers["x-a"]) == (200, b"hello", "b")
    assert server.connected == ["ti.example.org:443"]
    assert server.asked[0].headers["User-Agent"] == "dsdl-hunt"


def test_send_trusts_the_authority_of_ssl_cert_file(
    server: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = lambda _: Reply(200, b"hello")
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
    transport.close()
    assert send().body == b"hello"


def test_send_does_not_trust_other_authorities(
    server: ProviderServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert failure() == (
        "its TLS certificate is not trusted: unable to get local issuer certificate"
    )
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    assert failure().startswith("its TLS certificate is not trusted: ")
    assert server.asked == []


def test_send_checks_the_name_in_the_certificate(server: ProviderServer) -> None:
    assert failure("https://other.example.org/") == (
        "its TLS certificate is not trusted: Hostname mismatch, certificate is not valid for"
        " 'other.example.org'."
    )
    assert server.asked == []


def test_send_without_the_authority_file_says_that_the_request_failed(
    server: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/file.pem")
    assert failure() == "the certificate authorities of REQUESTS_CA_BUNDLE cannot be read"


def test_send_does_not_use_passwords_of_netrc(
    server: ProviderServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine ti.example.org login jane password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.answer = lambda _: Reply(200)
    send()
    assert "Authorization" not in server.asked[0].headers


def test_send_does_not_follow_redirects(server: ProviderServer) -> None:
    server.answer = lambda _: Reply(307, b"", {"Location": "https://ti0.example.org/"})
    assert send().status == 307
    assert len(server.asked) == 1


def test_send_stops_at_answers_that_are_too_large(
    server: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_MAX_BYTES", 1 << 20)
    server.answer = lambda _: Reply(200, b"x" * (1 << 20))
    assert len(send().body) == 1 << 20
    server.answer = lambda _: Reply(200, b"x" * ((1 << 20) + 1))
    assert failure() == "the answer is larger than 1 MiB"


def test_send_stops_at_answers_that_drip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with listening(head, *[b"x"] * 1000, pause=0.05) as port:
        assert failure(f"http://127.0.0.1:{port}/", 0.3).startswith("no whole answer within 0.")


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b"nonsense\r\n\r\n",
             b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
             b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf"],
)  # fmt: skip
def test_send_tells_answers_that_are_cut(monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with listening(said) as port:
        reason = failure(f"http://127.0.0.1:{port}/?key=secret")
    assert reason in ("the connection was cut", "the answer is damaged")


def test_send_tells_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    assert failure("https://127.0.0.1:1/?key=secret") == "it refused the connection"


def test_send_tells_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    assert failure() == "the proxy did not connect"


def test_send_tells_a_server_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert failure(f"https://127.0.0.1:{port}/") == "TLS failed"


def test_send_tells_a_secret_that_fits_into_no_header(server: ProviderServer) -> None:
    with pytest.raises(UnavailableError, match=r"the request failed \(InvalidHeader\)"):
        transport.send(Request("GET", URL, headers={"Key": "a\r\nb"}), time.monotonic() + 5)
    assert server.asked == []


def test_send_uses_a_connection_again(server: ProviderServer) -> None:
    server.answer = lambda _: Reply(200, b"{}")
    for _ in range(3):
        send()
    assert server.connected == ["ti.example.org:443"]


def test_request_shows_nothing() -> None:
    request = Request("GET", URL, headers={"Key": "secret"})
    assert "secret" not in repr(request)
    assert URL not in repr(request)
