"""How a provider is used today (UTC), for a person who asks why answers are missing."""

from dataclasses import dataclass

from app.enrichment.provider import Provider
from app.enrichment.store import Store


@dataclass(frozen=True, slots=True)
class Usage:
    """Requests made and left (None: no quota), the share of wanted answers that the cache had
    (None: none were wanted), and why the provider is left alone for now ("" if it is not)."""

    requests: int
    left: int | None
    cached: float | None
    paused: str


def usage(provider: Provider, store: Store) -> Usage:
    """What the store knows of a provider. Raises StoreError."""
    requests = store.counted(provider.name)
    wanted = store.counted(f"wanted:{provider.name}")
    cached = store.counted(f"cached:{provider.name}")
    pause = store.get_many("pause", [provider.source]).get(provider.source, "")
    return Usage(
        requests,
        max(provider.quota - requests, 0) if provider.quota else None,
        cached / wanted if wanted else None,
        pause.partition(" ")[2],
    )
