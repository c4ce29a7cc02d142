"""The recorded answers of the shipped providers: recorded/NAME.yaml."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from app.enrichment.observables import Observable
from app.enrichment.verdicts import Answer, Failed, Verdict

FOLDER = Path(__file__).parent / "recorded"
OWN_SERVERS = {
    "misp_url": "https://misp.example.org/misp/",
    "opencti_url": "https://opencti.example.org",
}


@dataclass(frozen=True)
class Recorded:
    """One answer: what is asked, what of it is sent, what comes back, and what it means."""

    provider: str
    observable: Observable
    sent: str
    headers: dict[str, str]
    form: dict[str, str] | None
    json: Any
    variables: Any
    status: int
    answer: Any
    text: str | None
    gives: Answer

    @property
    def name(self) -> str:
        return f"{self.provider}-{self.observable.kind}-{self.status}"


def secret(name: str) -> str:
    return OWN_SERVERS.get(name, f"value-of-{name}")


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def answers(name: str) -> list[Recorded]:
    return [_recorded(name, one) for one in _load(name)["answers"]]


def refused(name: str) -> dict[str, Any] | None:
    """The answer to a wrong key: {status, answer, why}; None for a provider without one."""
    return _load(name).get("refused")


def _load(name: str) -> Any:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))


def _recorded(name: str, one: dict[str, Any]) -> Recorded:
    optional = (one.get(key) for key in ("form", "json", "variables"))
    return Recorded(
        name,
        Observable(**one["observable"]),
        one["sent"],
        one.get("headers", {}),
        *optional,
        one.get("status", 200),
        one.get("answer"),
        one.get("text"),
        _answer(name, one["gives"]),
    )


def _answer(name: str, gives: Any) -> Answer:
    if gives == "miss":
        return None
    if "failed" in gives:
        return Failed(gives["failed"])
    tags = tuple(gives.get("tags", ()))
    return Verdict(
        name, gives["verdict"], gives["score"], tags, gives.get("link", ""), gives.get("seen", "")
    )
