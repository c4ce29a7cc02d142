import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enrichment import whois
from app.enrichment.network import Answers, Network
from tests.enrichment.whois.server import HEADER, answer, asked, cymru, read_lines, whois_server

CHOOPA = Network("20473", "US", "AS-CHOOPA", "cymru")
BUDGET = 0.3  # seconds, where the server does not answer


def test_ask_gives_all_answers_of_one_connection() -> None:
    with whois_server(cymru) as server:
        assert whois.ask(["192.0.2.2", "192.0.2.3", "192.0.2.4"], server, 10) == Answers(
            {"192.0.2.2": CHOOPA, "192.0.2.3": None, "192.0.2.4": CHOOPA}
        )


def test_ask_sends_what_the_protocol_says() -> None:
    received: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        while not received or not received[-1].endswith(b"end\r\n"):
            received.append(connection.recv(4096))

    with whois_server(talk) as server:
        whois.ask(["192.0.2.2", "2001:db8::1"], server, 10)
    assert b"".join(received) == b"begin\r\nverbose\r\n192.0.2.2\r\n2001:db8::1\r\nend\r\n"


def test_ask_without_addresses_connects_to_nobody() -> None:
    assert whois.ask([], ("192.0.2.1", 43), 10) == Answers()


def test_ask_reads_while_it_sends() -> None:
    """A server that answers line by line, with buffers that hold only a part of either side."""

    def talk(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        lines = read_lines(connection)
        assert [next(lines), next(lines)] == ["begin", "verbose"]
        for address in lines:
            connection.sendall(answer(address).encode())

    addresses = [f"192.0.{number // 256}.{number % 256}" for number in range(20_000)]
    with whois_server(talk) as server:
        answers = whois.ask(addresses, server, 20)
    assert answers == Answers(dict.fromkeys(addresses, CHOOPA))


@pytest.mark.parametrize(
    ("tail", "why"),
    [
        ("20473 | 192.0.2.4 | 192.0.2.0/24 | US | arin | 2014-03-13 | AS-CHO", "cut in a name"),
        ("20473 | 192.0.2", "cut in an address"),
        ("\xff\x00garbage\n| | | | | | |\n\n|||", "no answer at all"),
        ("Error: no ASN or IP match on line 3.\n", "an error of the server"),
    ],
)
def test_ask_keeps_what_was_whole(tail: str, why: str) -> None:
    def talk(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall((HEADER + answer("192.0.2.2") + tail).encode("latin-1"))

    with whois_server(talk) as server:
        answers = whois.ask(["192.0.2.2", "192.0.2.4"], server, 10)
    assert answers.found == {"192.0.2.2": CHOOPA}, why
    assert answers.error.startswith("no answer about 1 of 2 addresses")


def test_ask_ends_on_its_budget_with_what_was_answered() -> None:
    def talk(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall((HEADER + answer("192.0.2.2")).encode())
        connection.recv(1)  # until the client is gone

    started = time.monotonic()
    with whois_server(talk) as server:
        answers = whois.ask(["192.0.2.2", "192.0.2.4"], server, BUDGET)
    assert answers == Answers({"192.0.2.2": CHOOPA}, "no answer about 1 of 2 addresses in 0.3 s")
    assert time.monotonic() - started < 5


def test_ask_does_not_wait_for_a_server_that_has_answered_and_stays() -> None:
    def talk(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall((HEADER + answer("192.0.2.2")).encode())
        connection.recv(1)

    with whois_server(talk) as server:
        assert whois.ask(["192.0.2.2"], server, 60) == Answers({"192.0.2.2": CHOOPA})


def test_ask_gives_up_on_a_server_that_sends_without_end() -> None:
    def talk(connection: socket.socket) -> None:
        with pytest.raises(OSError):
            while True:
                connection.sendall(b"x" * 65_536)

    with whois_server(talk) as server:
        answers = whois.ask(["192.0.2.2"], server, 60)
    assert (answers.found, bool(answers.error)) == ({}, True)


def test_ask_says_that_nobody_is_there() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = closed.getsockname()
    answers = whois.ask(["192.0.2.2"], address, 5)
    assert answers.found == {}
    assert "refused" in answers.error


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([answer("192.0.2.2", name="GOOGLE - Google LLC, US")],
         Network("20473", "US", "GOOGLE - Google LLC", "cymru")),
        ([answer("192.0.2.2", name="NO-COUNTRY")], Network("20473", "US", "NO-COUNTRY", "cymru")),
        (["20473 | 192.0.2.2 | 192.0.2.0/24 | | arin | | AS-CHOOPA, NL"],
         Network("20473", "NL", "AS-CHOOPA", "cymru")),
        ([answer("192.0.2.2", "1", "WIDE, US", "192.0.0.0/16"), answer("192.0.2.2")], CHOOPA),
        ([answer("192.0.2.2"), answer("192.0.2.2", "1", "WIDE, US", "192.0.0.0/16")], CHOOPA),
        ([answer("192.0.2.2", "1", "ONE, US"), answer("192.0.2.2", "2", "TWO, US")],
         Network("1 2", "US", "ONE; TWO", "cymru")),
        ([answer("192.0.2.2", "1 2", "ONE, US")], Network("1 2", "US", "ONE", "cymru")),
        ([answer("192.0.2.2"), answer("192.0.2.2")], CHOOPA),
        (["NA | 192.0.2.2 | NA | | other | | NA"], None),
        ([answer("192.0.2.2", name="A|B\x07C, US")], Network("20473", "US", "A/B C", "cymru")),
    ],
)  # fmt: skip
def test_parse_one_address(lines: list[str], expected: Network | None) -> None:
    assert whois.parse(lines, ["192.0.2.2"]) == {"192.0.2.2": expected}


def test_parse_takes_addresses_in_any_form_and_none_that_was_not_asked() -> None:
    lines = [answer("2001:0DB8::1"), answer("198.51.100.1")]
    assert whois.parse(lines, ["2001:db8::1"]) == {"2001:db8::1": CHOOPA}


@given(st.lists(st.text(alphabet="|0123456789.:/ NAUS,\n", max_size=60), max_size=5))
def test_parse_takes_any_lines(lines: list[str]) -> None:
    assert set(whois.parse(lines, ["192.0.2.2"])) <= {"192.0.2.2"}
