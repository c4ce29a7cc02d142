"""An HTTP Event Collector as Splunk documents it: tokens, channels, acknowledgements, codes."""

import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.splunk.tls_server import Quiet

TOKEN = "12345678-1234-1234-1234-1234567890ab"


@dataclass
class Indexer:
    """What the collector has indexed, and how it behaves."""

    ack: bool = False  # the token wants acknowledgements
    acks_after: int = 0  # questions that are answered with false
    never_acks: bool = False
    trouble: list[tuple[int, int]] = field(default_factory=list)  # (status, code) of next answers
    gateway: list[int] = field(default_factory=list)  # what one says after events were indexed
    stall: int = 0  # requests whose answer does not come, though the events are indexed
    lose: int = 0  # requests that are lost without an answer
    released: Any = None
    events: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)

    def take(self, channel: str, events: list[dict[str, Any]]) -> dict[str, Any]:
        self.events += events
        if not self.ack:
            return {"text": "Success", "code": 0}
        self.ids[channel] = self.ids.get(channel, -1) + 1
        return {"text": "Success", "code": 0, "ackId": self.ids[channel]}

    def acknowledged(self, channel: str, numbers: list[int]) -> dict[str, bool]:
        self.acks_after -= 1
        ready = self.acks_after < 0 and not self.never_acks
        return {str(n): ready and n <= self.ids.get(channel, -1) for n in numbers}

    def seen(self) -> list[Any]:
        return [event["event"] for event in self.events]


def handler(indexer: Indexer) -> type[Quiet]:  # noqa: C901
    class Collector(Quiet):
        def do_POST(self) -> None:  # noqa: N802
            body = self.body()
            indexer.requests.append(dict(self.headers))
            if self.headers["Authorization"] != f"Splunk {TOKEN}":
                return self._say(403, {"text": "Invalid token", "code": 4})
            if self.path == "/services/collector/ack":
                return self._ack(json.loads(body))
            if indexer.trouble:
                status, code = indexer.trouble.pop(0)
                return self._say(status, {"text": "trouble", "code": code})
            channel = self.headers["X-Splunk-Request-Channel"]
            if indexer.ack and not channel:
                return self._say(400, {"text": "Data channel is missing", "code": 10})
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            if indexer.lose:
                indexer.lose -= 1
                self.close_connection = True
                return None
            answer = indexer.take(channel, list(parsed(body.decode())))
            if indexer.stall:
                indexer.stall -= 1
                time.sleep(0.4)
                self.close_connection = True
                return None
            if indexer.gateway:
                return self.answer(indexer.gateway.pop(0), b"<html>a gateway</html>")
            return self._say(200, answer)

        def _ack(self, asked: dict[str, list[int]]) -> None:
            if not indexer.ack:
                return self._say(400, {"text": "ACK is disabled", "code": 14})
            channel = self.headers["X-Splunk-Request-Channel"]
            return self._say(200, {"acks": indexer.acknowledged(channel, asked["acks"])})

        def _say(self, status: int, answer: dict[str, Any]) -> None:
            self.answer(status, json.dumps(answer).encode())

    return Collector


def parsed(text: str) -> Iterator[dict[str, Any]]:
    """JSON objects one after the other, or a list of them."""
    decoder = json.JSONDecoder()
    at = 0
    while at < len(text):
        value, end = decoder.raw_decode(text, at)
        yield from value if isinstance(value, list) else [value]
        at = end
        while at < len(text) and text[at].isspace():
            at += 1
