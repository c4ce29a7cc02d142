"""What is to be said at the start: which features are off, which secrets are missing, and which
mistakes a msticpyconfig.yaml has."""

from collections.abc import Iterator

from app import secrets
from app.enrichment import sources
from app.enrichment.sources import Sources


def features() -> str:
    """Which lookups are on, and which are off, in one line. Raises SettingsError."""
    ours = sources.sources()
    providers = [one.name for one in sources.choose("", ours).providers]
    states = {
        "feeds": "on" if ours.feeds else "off",
        "address databases": "on" if ours.geo else "off",
        "whois": "on" if ours.settings.whois or ours.settings.rdap else "off",
        "providers": ", ".join(providers) or "off",
    }
    return "lookups: " + "; ".join(f"{name} {state}" for name, state in states.items())


def warnings() -> Iterator[str]:
    """Mistakes, and secrets that are wanted and cannot be had now. Those of a Key Vault that
    cannot be reached are asked for again when they are needed. Raises SettingsError."""
    store, ours = secrets.default(), sources.sources()
    yield from map(str, store.msticpy.mistakes)
    for each in store.missing(_wanted(ours)):
        if each.state == "unavailable" or each.name in _wanted(ours):
            yield f"the secret {each.name!r} is missing: {each.why}"


def _wanted(ours: Sources) -> list[str]:
    chosen = sources.choose("", ours).providers
    wanted = [name for provider in chosen for name in provider.secrets]
    return [*wanted, *filter(None, [ours.settings.redis])]
