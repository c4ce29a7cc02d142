"""The providers that there are: the shipped ones and those of a folder of the user's."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from app.enrichment import provider
from app.enrichment.provider import Provider, ProviderError

SHIPPED = Path(__file__).parent / "providers"


def load(folder: Path | None = None) -> dict[str, Provider]:
    """All providers by name; the user's replace shipped ones.

    A file that cannot be used gives a provider that says so, in place of its answers.
    """
    folders = [SHIPPED, folder] if folder else [SHIPPED]
    return {path.stem: _read(path) for place in folders for path in sorted(place.glob("*.yaml"))}


def _read(path: Path) -> Provider:
    try:
        return provider.read(path)
    except ProviderError as error:
        return Provider(name=path.stem, broken=str(error))


def choose(
    providers: Mapping[str, Provider], names: Iterable[str], has_secret: Callable[[str], bool]
) -> list[Provider]:
    """The named providers; without names, those that need secrets and have them all.

    Whom no key opens is asked by name only: nobody shall be told anything by default.
    Raises ValueError for a name that there is not.
    """
    chosen = list(dict.fromkeys(names))
    if unknown := [name for name in chosen if name not in providers]:
        raise ValueError(
            f"there is no provider {unknown[0]!r}; there are: {', '.join(sorted(providers))}"
        )
    if chosen:
        return [providers[name] for name in chosen]
    return [one for one in providers.values() if one.broken or _is_open(one, has_secret)]


def _is_open(one: Provider, has_secret: Callable[[str], bool]) -> bool:
    return bool(one.secrets) and all(has_secret(name) for name in one.secrets)
