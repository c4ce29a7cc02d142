import socket
from pathlib import Path

import pytest

from app.enrichment.geo import Geo
from app.enrichment.ip_context import IpContext, IpContexts, IpSources, context
from app.enrichment.observables import internal
from app.enrichment.rdap import Rdap
from app.enrichment.sqlite_store import SqliteStore
from app.sample import enrichment
from app.sample.enrichment import mmdb
from tests.enrichment.whois.server import asked, cymru, found, registry, whois_server

# Addresses that may leave; none of them is ever reached, as the socket guard asserts.
PUBLIC = ("45.77.65.212", "8.8.8.8", "9.9.9.10")
CHOOPA = IpContext("20473", "US", "AS-CHOOPA", source="cymru")


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_context_without_any_source_is_off() -> None:
    assert context(["192.0.2.1"], IpSources()) == IpContexts({}, "off", {})


def test_context_from_mounted_databases() -> None:
    answer = context(
        ["203.0.113.211", "no address", "10.0.0.1"], IpSources(geo=Geo(enrichment.GEO))
    )
    assert answer == IpContexts(
        {
            "203.0.113.211": IpContext(
                "64501", "US", "EXAMPLE-HOSTING", "Ashburn", "United States", "US", 39.04, -77.49, "mmdb"
            ),
            "10.0.0.1": IpContext(),
        }
    )  # fmt: skip


def test_context_from_whois_in_one_connection() -> None:
    connections: list[list[str]] = []

    def talk(connection: socket.socket) -> None:
        lines = asked(connection)
        connections.append(lines)
        connection.sendall(
            "".join(
                f"20473 | {ip} | 0.0.0.0/0 | US | x | x | AS-CHOOPA, US\n" for ip in lines
            ).encode()
        )

    with whois_server(talk) as server:
        answer = context([*PUBLIC, PUBLIC[0], "::ffff:8.8.8.8"], IpSources(cymru=server))
    assert connections == [list(PUBLIC)]
    assert answer == IpContexts(dict.fromkeys([*PUBLIC, "::ffff:8.8.8.8"], CHOOPA))


def test_context_asks_nobody_about_what_must_not_leave() -> None:
    connections: list[list[str]] = []

    def talk(connection: socket.socket) -> None:
        connections.append(asked(connection))

    private = ["10.1.2.3", "192.0.2.1", "fd00::1", "169.254.1.1", "8.8.8.8", "2001:db8::1"]
    with whois_server(talk) as server:
        answer = context(private, IpSources(cymru=server, internal=internal("8.8.8.0/24")))
    assert connections == []
    assert answer == IpContexts(dict.fromkeys(private, IpContext()))


def test_context_asks_whois_about_what_databases_do_not_know(tmp_path: Path) -> None:
    record = {"autonomous_system_number": 15169, "autonomous_system_organization": "GOOGLE"}
    (tmp_path / "asn.mmdb").write_bytes(mmdb({"8.8.8.0/24": record}, "Test", "test"))
    with whois_server(cymru) as server:
        answer = context(["8.8.8.8", "45.77.65.212"], IpSources(geo=Geo(tmp_path), cymru=server))
    assert answer.found == {
        "8.8.8.8": IpContext("15169", "", "GOOGLE", source="mmdb"),
        "45.77.65.212": CHOOPA,
    }


def test_context_remembers_hits_and_misses(tmp_path: Path) -> None:
    hit, miss = "45.77.65.212", "45.77.65.211"
    store = SqliteStore(tmp_path / "lookups.sqlite")
    with whois_server(cymru) as server:
        first = context([hit, miss], IpSources(cymru=server, store=store))
    # The server is gone now.
    again = context([hit, miss], IpSources(cymru=server, store=store))
    assert first == again == IpContexts({hit: CHOOPA, miss: IpContext()})


def test_context_forgets_after_the_set_times(tmp_path: Path) -> None:
    hit, miss = "45.77.65.212", "45.77.65.211"
    now = [1000.0]
    store = SqliteStore(tmp_path / "lookups.sqlite", clock=lambda: now[0])
    with whois_server(cymru) as server:
        sources = IpSources(cymru=server, store=store, hit_seconds=100, miss_seconds=10)
        context([hit, miss], sources)
    now[0] += 50
    answer = context([hit, miss], sources)
    assert answer.found == {hit: CHOOPA, miss: IpContext()}
    assert (answer.status, list(answer.errors)) == ("partial", ["cymru"])


def test_context_is_partial_where_answers_are_missing() -> None:
    def talk(connection: socket.socket) -> None:
        asked(connection)
        connection.recv(1)

    with whois_server(talk) as server:
        answer = context(PUBLIC, IpSources(cymru=server, seconds=0.2))
    assert answer.status == "partial"
    assert list(answer.errors) == ["cymru"]
    assert answer.found == dict.fromkeys(PUBLIC, IpContext())


def test_context_is_partial_beyond_the_most_addresses_of_a_search() -> None:
    with whois_server(cymru) as server:
        answer = context(["45.77.65.212", "8.8.8.8"], IpSources(cymru=server, cymru_addresses=1))
    assert (answer.status, answer.errors) == ("partial", {})
    assert answer.found == {"45.77.65.212": CHOOPA, "8.8.8.8": IpContext()}


@pytest.mark.usefixtures("no_proxy")
def test_context_asks_rdap_last_and_about_few() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = closed.getsockname()
    replies = {f"/ip/{address}": found(name="NET", country="US") for address in PUBLIC}
    with registry(replies) as (url, paths):
        sources = IpSources(cymru=nobody, rdap=Rdap(url, ("127.0.0.1",)), rdap_addresses=2)
        answer = context(PUBLIC, sources)
    assert paths == [f"/ip/{address}" for address in PUBLIC[:2]]
    assert answer.status == "partial"
    assert list(answer.errors) == ["cymru"]
    assert answer.found[PUBLIC[0]] == IpContext("", "US", "NET", source="rdap")
    assert answer.found[PUBLIC[2]] == IpContext()


def test_context_goes_on_without_its_store(tmp_path: Path) -> None:
    (tmp_path / "lookups.sqlite").write_text("this is no database, and longer than its header" * 9)
    with whois_server(cymru) as server:
        sources = IpSources(cymru=server, store=SqliteStore(tmp_path / "lookups.sqlite"))
        answer = context(["45.77.65.212"], sources)
    assert answer.found == {"45.77.65.212": CHOOPA}
    assert (answer.status, list(answer.errors)) == ("complete", ["cache"])


def test_context_tells_of_a_broken_database(tmp_path: Path) -> None:
    (tmp_path / "asn.mmdb").write_bytes(b"no database")
    answer = context(["8.8.8.8"], IpSources(geo=Geo(tmp_path)))
    assert list(answer.errors) == ["asn.mmdb"]
