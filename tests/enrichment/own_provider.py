"""A small provider of the tests: file hashes, so that the observables may leave."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from app.enrichment import config
from app.enrichment.cache import Cache, Lifetimes
from app.enrichment.observables import Observable
from app.enrichment.provider import Provider
from app.enrichment.store import open_store
from app.enrichment.verdicts import Verdict
from tests.enrichment.provider_server import Asked, Reply, json_reply

SETTINGS = replace(config.load({}), seconds=10, background_seconds=10)


def provider(name: str = "ti", **changes: Any) -> Provider:
    """One at https://NAME.example.org, fast unless told otherwise."""
    data = {
        "name": name,
        "rate": {"requests": 1000, "seconds": 1},
        "lookups": [
            {
                "kinds": ["sha256", "url", "ipv4", "domain"],
                "url": f"https://{name}.example.org/{{value}}",
                "query": {"key": "{secret:ti_key}"},
                "answer": {
                    "hit": "answer.score",
                    "miss": "answer.unknown",
                    "message": "answer.message",
                    "verdict": {"malicious": "answer.score > `50`"},
                    "score": "answer.score",
                },
            }
        ],
    }
    return Provider.model_validate(data | changes)


def file(number: int) -> Observable:
    return Observable("sha256", f"{number:064x}")


def files(count: int) -> list[Observable]:
    return [file(number) for number in range(count)]


def verdict(name: str = "ti") -> Verdict:
    """What `known` means."""
    return Verdict(name, "malicious", 60)


def known(_: Asked) -> Reply:
    return json_reply({"score": 60})


def cache(folder: Path) -> Cache:
    return Cache(open_store(folder), Lifetimes(hits=100, misses=100, errors=100))


def secret(name: str) -> str:
    return f"value-of-{name}"
