"""How fast 1,000 distinct observables are looked up at five providers, beside what they allow.

    python -m tests.bench.lookups [--observables N]

A server on this machine stands for the providers, over TLS, with a latency of 100 ms; it counts
requests beyond the stated rates and refuses them. Then again with one of the providers hanging.
"""

import argparse
import math
import multiprocessing
import os
import tempfile
import threading
import time
from collections import Counter, deque
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from app.enrichment.lookup import LookupResult, lookup
from app.enrichment.provider import Provider
from tests.enrichment.own_provider import SETTINGS, cache, files, provider, secret
from tests.enrichment.provider_server import Asked, Reply, json_reply, provider_server

LATENCY = 0.1
RATES = {"ti0": 60, "ti1": 50, "ti2": 40, "ti3": 30, "ti4": 25}  # requests a second
HANGING_BUDGET = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--observables", type=int, default=1000)
    count = parser.parse_args().observables
    with tempfile.TemporaryDirectory() as folder:
        here, there = multiprocessing.Pipe()
        # Apart, so that client and server do not share an interpreter.
        server = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(there, Path(folder)), daemon=True
        )
        server.start()
        os.environ["HTTPS_PROXY"], os.environ["REQUESTS_CA_BUNDLE"] = here.recv()
        _allowed(Path(folder) / "allowed", count, here)
        _hanging(Path(folder) / "hanging", count, here)
        server.terminate()


def _allowed(folder: Path, count: int, server: Connection) -> None:
    allowed = max((math.ceil(count / rate) - 1) for rate in RATES.values()) + LATENCY
    print(f"{count} observables at {len(RATES)} providers, {LATENCY * 1000:.0f} ms latency")
    seconds, found = _searched(folder, count, 600)
    counted = _counted(server)
    print(f"  the stated rates allow    {allowed:8.1f} s")
    print(f"  it takes                  {seconds:8.1f} s, {seconds / allowed:.2f} times as long")
    print(f"  status {found.status}; requests {counted}")
    seconds, found = _searched(folder, count, 600)
    print(f"  a second time             {seconds:8.2f} s; status {found.status}")


def _hanging(folder: Path, count: int, server: Connection) -> None:
    server.send("hang")
    some = min(count, HANGING_BUDGET * min(RATES.values()) // 2)
    print(f"{some} observables, ti0 hanging, a budget of {HANGING_BUDGET} s")
    seconds, found = _searched(folder, some, HANGING_BUDGET)
    answered = Counter(name for verdicts in found.verdicts.values() for name in verdicts)
    print(f"  it takes                  {seconds:8.1f} s; status {found.status}")
    print(f"  verdicts {dict(sorted(answered.items()))}; errors {found.errors}")
    server.send("answer")
    time.sleep(HANGING_BUDGET)
    seconds, found = _searched(folder, some, HANGING_BUDGET)
    print(f"  the next search           {seconds:8.2f} s; status {found.status} {found.errors}")


def _searched(folder: Path, count: int, budget: int) -> tuple[float, LookupResult]:
    settings = replace(SETTINGS, seconds=budget, background_seconds=60)
    start = time.perf_counter()
    found = lookup(files(count), _providers(), cache(folder), settings, secret)
    return time.perf_counter() - start, found


def _providers() -> list[Provider]:
    return [
        provider(name, rate={"requests": rate, "seconds": 1}, concurrency=16, timeout=30)
        for name, rate in RATES.items()
    ]


def _counted(server: Connection) -> dict[str, int]:
    server.send("count")
    counted: dict[str, int] = server.recv()
    return counted


def _serve(client: Connection, folder: Path) -> None:
    rules = _Rules()
    with provider_server(folder, [f"{name}.example.org" for name in RATES]) as server:
        server.answer = rules.answer
        client.send((server.url, str(server.authority)))
        while True:
            match client.recv():
                case "hang":
                    rules.released.clear()
                case "answer":
                    rules.released.set()
                case "count":
                    client.send(dict(rules.counted))


class _Rules:
    """What providers insist on: no more requests in any second than stated."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.released = threading.Event()
        self.released.set()
        self._lock = threading.Lock()
        self._recent: dict[str, deque[float]] = {name: deque() for name in RATES}

    def answer(self, asked: Asked) -> Reply:
        name = asked.url.removeprefix("https://").partition(".")[0]
        if name == "ti0":
            self.released.wait(60)
        with self._lock:
            recent, now = self._recent[name], time.monotonic()
            while recent and recent[0] <= now - 1:
                recent.popleft()
            refused = len(recent) >= RATES[name]
            self.counted["too many" if refused else "answered"] += 1
            if refused:
                return Reply(429, b"{}", {"Retry-After": "1"})
            recent.append(now)
        return replace(json_reply({"score": 60}), delay=LATENCY)


if __name__ == "__main__":
    main()
