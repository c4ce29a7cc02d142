import logging
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.enrichment import config
from app.enrichment.lookup import LookupResult, lookup
from app.enrichment.observables import Internal, Observable
from app.enrichment.provider import Provider
from app.enrichment.verdicts import Verdict, unknown
from tests.enrichment.own_provider import (
    SETTINGS,
    cache,
    file,
    files,
    known,
    provider,
    secret,
    verdict,
)
from tests.enrichment.provider_server import Asked, ProviderServer, Reply, json_reply

ROOT = Path(__file__).parents[2]
TI = {"ti": verdict()}
NOTHING: dict[str, Verdict] = {}


def complete(verdicts: dict[Observable, dict[str, Verdict]]) -> LookupResult:
    return LookupResult(verdicts, "complete", {}, frozenset())


def urls(server: ProviderServer) -> list[str]:
    return [asked.url.partition("?")[0] for asked in server.asked]


def test_lookup_without_providers_is_off(tmp_path: Path) -> None:
    assert lookup(files(2), [], cache(tmp_path), SETTINGS, secret) == LookupResult()


def test_lookup_gives_verdicts_by_observable_and_provider(
    server: ProviderServer, tmp_path: Path
) -> None:
    server.answer = lambda asked: json_reply(
        {"score": 60} if "ti0" in asked.url else {"unknown": True}
    )
    providers = [provider("ti0"), provider("ti1")]
    found = lookup(files(3), providers, cache(tmp_path), SETTINGS, secret)
    verdicts = {"ti0": verdict("ti0"), "ti1": unknown("ti1")}
    assert found == complete(dict.fromkeys(files(3), verdicts))
    assert len(server.asked) == 6


def test_lookup_asks_each_distinct_observable_once(server: ProviderServer, tmp_path: Path) -> None:
    server.answer = known
    wanted = [*files(3), *files(3), Observable("email", "jane@contoso.com")]
    found = lookup(wanted, [provider()], cache(tmp_path), SETTINGS, secret)
    assert found.verdicts == {
        **dict.fromkeys(files(3), TI), Observable("email", "jane@contoso.com"): {},
    }  # fmt: skip
    assert Counter(urls(server)) == {f"https://ti.example.org/{one.value}": 1 for one in files(3)}
    assert found.status == "complete"


def test_lookup_a_second_time_is_all_cache(server: ProviderServer, tmp_path: Path) -> None:
    server.answer = lambda asked: known(asked) if "0?" in asked.url else json_reply({"unknown": 1})
    first = lookup(files(3), [provider()], cache(tmp_path), SETTINGS, secret)
    server.asked.clear()
    assert lookup(files(3), [provider()], cache(tmp_path), SETTINGS, secret) == first
    assert server.asked == []


def test_lookup_asks_nobody_about_what_may_not_leave(
    server: ProviderServer, tmp_path: Path
) -> None:
    server.answer = known
    kept = [
        Observable("ipv4", "10.1.2.3"), Observable("ipv4", "203.0.113.5"),
        Observable("domain", "dc.contoso.com"), Observable("url", "https://192.168.0.1/a"),
        Observable("domain", "www.example.org"),
    ]  # fmt: skip
    settings = replace(SETTINGS, internal=Internal((), ("contoso.com",)))
    found = lookup([*kept, file(1)], [provider()], cache(tmp_path), settings, secret)
    assert found == complete({file(1): TI})
    assert urls(server) == [f"https://ti.example.org/{file(1).value}"]


def test_lookup_sends_urls_without_what_may_be_secret(
    server: ProviderServer, tmp_path: Path
) -> None:
    server.answer = known
    first, second = (
        Observable("url", f"https://{user}@www.contoso.com/a?token={user}#x")
        for user in ("jane:1", "joe")
    )
    found = lookup([first, second], [provider()], cache(tmp_path), SETTINGS, secret)
    assert found == complete({first: TI, second: TI})
    assert urls(server) == ["https://ti.example.org/https%3A%2F%2Fwww.contoso.com%2Fa"]
    open_settings = replace(SETTINGS, send_query=True)
    lookup([second], [provider()], cache(tmp_path), open_settings, secret)
    assert urls(server)[-1].endswith("/https%3A%2F%2Fwww.contoso.com%2Fa%3Ftoken%3Djoe")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(500), "HTTP 500"),
        (json_reply({"message": "not today"}, 403), "HTTP 403: not today"),
        (Reply(200, b"<html>"), "the answer is not JSON"),
        (Reply(200, b'{"score": 60}', cut=True), "the connection was cut"),
    ],
)
def test_lookup_with_a_failing_provider_has_the_others_answers(
    server: ProviderServer, tmp_path: Path, reply: Reply, why: str
) -> None:
    server.answer = lambda asked: reply if "ti0" in asked.url else known(asked)
    providers = [provider("ti0"), provider("ti1")]
    found = lookup(files(2), providers, cache(tmp_path), SETTINGS, secret)
    errors = {"ti0": f"2 failed; the first: {why}"}
    verdicts = {"ti1": verdict("ti1")}
    assert found == LookupResult(
        dict.fromkeys(files(2), verdicts), "partial", errors, frozenset(files(2))
    )
    asked_before = len(server.asked)
    again = lookup(files(2), providers, cache(tmp_path), SETTINGS, secret)
    assert (again, len(server.asked)) == (found, asked_before)


def test_lookup_tries_twice_where_that_may_help(server: ProviderServer, tmp_path: Path) -> None:
    replies = iter([Reply(503), json_reply({"score": 60})])
    server.answer = lambda _: next(replies)
    assert lookup([file(1)], [provider()], cache(tmp_path), SETTINGS, secret) == complete(
        {file(1): TI}
    )


def test_lookup_leaves_a_provider_alone_that_keeps_failing(
    server: ProviderServer, tmp_path: Path
) -> None:
    server.answer = lambda _: Reply(500)
    one_by_one = provider(concurrency=1)
    found = lookup(files(50), [one_by_one], cache(tmp_path), SETTINGS, secret)
    assert found.errors == {"ti": "5 failures one after the other; the last: HTTP 500"}
    assert len(server.asked) == 10
    again = lookup(files(50), [one_by_one], cache(tmp_path), SETTINGS, secret)
    assert again.errors["ti"].endswith(" s: 5 failures one after the other; the last: HTTP 500")
    assert len(server.asked) == 10


def test_lookup_waits_as_long_as_a_provider_asks_for(
    server: ProviderServer, tmp_path: Path
) -> None:
    replies = iter([Reply(429, b"", {"Retry-After": "1"}), *[json_reply({"score": 60})] * 3])
    server.answer = lambda _: next(replies)
    found = lookup(files(3), [provider(concurrency=1)], cache(tmp_path), SETTINGS, secret)
    assert found == complete(dict.fromkeys(files(3), TI))


def test_lookup_does_not_wait_for_a_provider_that_asks_for_too_long(
    server: ProviderServer, tmp_path: Path
) -> None:
    server.answer = lambda _: json_reply({"message": "quota"}, 429, **{"Retry-After": "3600"})
    found = lookup(files(9), [provider(concurrency=1)], cache(tmp_path), SETTINGS, secret)
    assert found.errors == {"ti": "HTTP 429: quota"}
    again = lookup(files(9), [provider(concurrency=1)], cache(tmp_path), SETTINGS, secret)
    assert again.errors["ti"].endswith(" s: HTTP 429: quota")
    assert len(server.asked) == 1


def test_lookup_returns_on_its_budget_and_goes_on_for_the_next_search(
    server: ProviderServer, tmp_path: Path
) -> None:
    released = threading.Event()

    def answer(asked: Asked) -> Reply:
        if "ti0" in asked.url:
            released.wait(10)
        return known(asked)

    server.answer = answer
    kept = cache(tmp_path)
    providers = [provider("ti0"), provider("ti1")]
    found = lookup(files(3), providers, kept, replace(SETTINGS, seconds=1), secret)
    errors = {"ti0": "3 of 3 not ready within 1 s (it takes 1000 in 1 s)"}
    verdicts = {"ti1": verdict("ti1")}
    assert found == LookupResult(
        dict.fromkeys(files(3), verdicts), "partial", errors, frozenset(files(3))
    )
    released.set()
    again = lookup(files(3), providers, kept, SETTINGS, secret)
    both = {"ti0": verdict("ti0"), "ti1": verdict("ti1")}
    assert again == complete(dict.fromkeys(files(3), both))
    assert len(server.asked) == 6


def test_lookup_returns_at_once_when_no_turn_is_left_in_its_time(
    server: ProviderServer, tmp_path: Path
) -> None:
    server.answer = known
    slow = provider(rate={"requests": 2, "seconds": 3600})
    found = lookup(files(5), [slow], cache(tmp_path), SETTINGS, secret)
    assert found.errors == {"ti": "3 of 5 not ready within 10 s (it takes 2 in 3600 s)"}
    assert len(found.incomplete) == 3
    assert len(server.asked) == 2


def test_lookup_keeps_the_quota_of_a_day(server: ProviderServer, tmp_path: Path) -> None:
    server.answer = known
    limited = provider(quota=3)
    found = lookup(files(5), [limited], cache(tmp_path), SETTINGS, secret)
    assert found.errors == {"ti": "its quota of 3 requests a day is used up"}
    assert (found.status, len(found.incomplete)) == ("partial", 2)
    lookup(files(9), [limited], cache(tmp_path), SETTINGS, secret)
    assert len(server.asked) == 3


def test_lookup_keeps_the_budget_of_lookups(server: ProviderServer, tmp_path: Path) -> None:
    server.answer = known
    providers = [provider("ti0"), provider("ti1")]
    settings = replace(SETTINGS, lookups=5)
    found = lookup(files(4), providers, cache(tmp_path), settings, secret)
    assert found.errors == {"lookups": "5 of 8 begun: no more are allowed in one search"}
    assert {one: sorted(by) for one, by in found.verdicts.items()} == {
        file(0): ["ti0", "ti1"], file(1): ["ti0", "ti1"], file(2): ["ti0"], file(3): [],
    }  # fmt: skip
    assert found.incomplete == {file(2), file(3)}


def test_lookup_renews_a_refused_secret_once(server: ProviderServer, tmp_path: Path) -> None:
    server.answer = lambda asked: known(asked) if asked.url.endswith("=new") else Reply(401)
    current = {"ti_key": "old"}
    renewed: list[str] = []

    def refresh(name: str) -> None:
        renewed.append(name)
        current[name] = "new"

    found = lookup(files(9), [provider()], cache(tmp_path), SETTINGS, current.__getitem__, refresh)
    assert found == complete(dict.fromkeys(files(9), TI))
    assert renewed == ["ti_key"]


def test_lookup_gives_up_where_the_new_secret_is_refused_too(
    server: ProviderServer, tmp_path: Path
) -> None:
    server.answer = lambda _: json_reply({"message": "wrong key"}, 401)
    renewed: list[str] = []
    one_by_one = provider(concurrency=1)
    found = lookup(files(9), [one_by_one], cache(tmp_path), SETTINGS, secret, renewed.append)
    assert found.errors == {"ti": "HTTP 401: wrong key"}
    assert (renewed, len(server.asked)) == (["ti_key"], 2)
    server.answer = known
    again = lookup(files(9), [one_by_one], cache(tmp_path), SETTINGS, secret)
    assert again.status == "complete"


def test_lookup_without_a_secret_says_which(server: ProviderServer, tmp_path: Path) -> None:
    server.answer = known

    def missing(name: str) -> str:
        raise KeyError(name)

    found = lookup(files(2), [provider()], cache(tmp_path), SETTINGS, missing)
    assert found.errors == {"ti": "the secret 'ti_key' cannot be had (KeyError)"}
    found = lookup(files(2), [provider()], cache(tmp_path), SETTINGS, lambda _: " \n")
    assert found.errors == {"ti": "the secret 'ti_key' is empty"}
    assert server.asked == []


def test_lookup_at_a_retired_or_broken_provider_says_so(
    server: ProviderServer, tmp_path: Path
) -> None:
    server.answer = known
    gone = Provider(name="gone", retired="shut down")
    broken = Provider(name="bad", broken="bad.yaml: lookups is missing")
    found = lookup([file(1)], [gone, broken, provider()], cache(tmp_path), SETTINGS, secret)
    assert found.errors == {"gone": "shut down", "bad": "bad.yaml: lookups is missing"}
    assert found.verdicts == {file(1): TI}
    assert (found.status, found.incomplete) == ("partial", {file(1)})


def test_lookup_without_its_cache_asks_nobody(server: ProviderServer, tmp_path: Path) -> None:
    (tmp_path / "lookups.sqlite").write_text("damaged" * 100)
    found = lookup(files(2), [provider()], cache(tmp_path), SETTINGS, secret)
    assert (found.status, found.verdicts) == ("partial", {file(0): {}, file(1): {}})
    assert list(found.errors) == ["cache"]
    assert server.asked == []


def list_provider() -> Provider:
    return provider(
        lookups=[
            {
                "kinds": ["sha256", "md5"],
                "url": "https://ti.example.org/list",
                "list_seconds": 60,
                "answer": {
                    "hit": "answer.line",
                    "miss_statuses": [],
                    "verdict": {"malicious": "answer.line"},
                    "score": "`60`",
                },
            }
        ]
    )


def test_lookup_in_a_list_fetches_it_once_and_tells_nothing(
    server: ProviderServer, tmp_path: Path
) -> None:
    lines = "\n".join(["# a list", *(one.value for one in files(3)), "203.0.113.5"])
    server.answer = lambda _: Reply(200, lines.encode())
    found = lookup([file(1), file(7)], [list_provider()], cache(tmp_path), SETTINGS, secret)
    assert found == complete({file(1): TI, file(7): {"ti": unknown("ti")}})
    again = lookup([file(2), file(8)], [list_provider()], cache(tmp_path), SETTINGS, secret)
    assert again == complete({file(2): TI, file(8): {"ti": unknown("ti")}})
    assert [asked.url for asked in server.asked] == ["https://ti.example.org/list"]


@pytest.mark.parametrize("reply", [Reply(200, b"<html>\n</html>"), Reply(404, b""), Reply(200)])
def test_lookup_in_a_list_that_cannot_be_had_knows_nothing(
    server: ProviderServer, tmp_path: Path, reply: Reply
) -> None:
    server.answer = lambda _: reply
    found = lookup(files(2), [list_provider()], cache(tmp_path), SETTINGS, secret)
    assert (found.status, found.verdicts) == ("partial", dict.fromkeys(files(2), NOTHING))
    assert found.errors["ti"].startswith("2 failed; the first: ")


def test_lookup_counts_what_it_finds_in_the_cache(server: ProviderServer, tmp_path: Path) -> None:
    server.answer = known
    kept = cache(tmp_path)
    lookup(files(3), [provider()], kept, SETTINGS, secret)
    lookup(files(4), [provider()], kept, SETTINGS, secret)
    names = ("wanted:ti", "cached:ti", "ti")
    assert [kept.store.counted(name) for name in names] == [7, 3, 4]


def test_lookup_survives_a_defect_and_tells_no_secret(
    server: ProviderServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.answer = known

    def defect(*_: Any) -> None:
        raise RuntimeError(secret("ti_key"))

    monkeypatch.setattr("app.enrichment.client.Client.ask", defect)
    found = lookup(files(1), [provider()], cache(tmp_path), SETTINGS, secret)
    assert found.errors == {"ti": "stopped by a defect of this program (RuntimeError; see the log)"}
    assert "value-of-ti_key" not in caplog.text
    assert "in defect" in caplog.text


ECHOES = [
    Reply(401, b'{"message": "no such key: value-of-ti_key"}'),
    Reply(403, b'{"message": "key=value-of-ti_key"}'),
    Reply(500, b'{"message": "value-of-ti_key"}'),
    Reply(429, b'{"message": "value-of-ti_key"}', {"Retry-After": "3600"}),
    Reply(302, b"", {"Location": "https://ti.example.org/?key=value-of-ti_key"}),
    Reply(200, b"value-of-ti_key"),
    Reply(200, b'{"score": 60}', cut=True),
    Reply(200, b"{}", delay=30),
]


@pytest.mark.parametrize("reply", ECHOES)
def test_lookup_tells_no_secret_in_logs_errors_and_reprs(
    server: ProviderServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer = lambda _: reply
    found = lookup(files(1), [provider(timeout=0.3)], cache(tmp_path), SETTINGS, secret)
    assert found.status == "partial"
    assert "value-of-ti_key" not in repr(found) + str(found.errors) + caplog.text
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"value-of-ti_key" not in stored


def test_lookup_reaches_nothing_but_the_providers(
    server: ProviderServer, tmp_path: Path, socket_guard: list[object]
) -> None:
    server.answer = known
    lookup(files(2), [provider("ti0")], cache(tmp_path), SETTINGS, secret)
    assert set(server.connected) == {"ti0.example.org:443"}
    assert set(socket_guard) == {"127.0.0.1"}


WITH_LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
from app.enrichment.lookup import lookup
from app import memory
from tests.enrichment.own_provider import SETTINGS, cache, files, provider
kept = cache(Path(sys.argv[1]))
many = [provider(f"ti{number}", concurrency=64) for number in range(20)]
memory.limit(30, memory.in_use())
print(lookup(files(64), many, kept, SETTINGS, {}.__getitem__).status)
"""


def test_lookup_gets_along_with_little_memory(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITH_LITTLE_MEMORY, str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (run.stdout, run.stderr) == ("partial\n", "")


def test_lookup_settings_have_sensible_defaults(server: ProviderServer, tmp_path: Path) -> None:
    server.answer = known
    found = lookup([file(1)], [provider()], cache(tmp_path), config.load({}), secret)
    assert found.status == "complete"


def test_lookup_at_the_same_time_asks_once(server: ProviderServer, tmp_path: Path) -> None:
    answering = threading.Barrier(2, timeout=10)  # the server, and the test

    def held(asked: Asked) -> Reply:
        answering.wait()
        return known(asked)

    server.answer = held
    results: list[LookupResult] = []
    store = cache(tmp_path)

    def search() -> None:
        results.append(lookup([file(1)], [provider()], store, SETTINGS, secret))

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    while store.store.counted("wanted:ti") < 3:  # all have found the cache empty
        time.sleep(0.01)
    answering.wait()
    for thread in threads:
        thread.join()
    assert results == [complete({file(1): TI})] * 3
    assert len(server.asked) == 1
