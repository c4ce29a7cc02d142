"""The options of a search for clusters of events."""

from collections.abc import Sequence

from app import params
from app.hunting.clusters.features import READERS
from app.hunting.clusters.grouping import METHODS
from app.hunting.clusters.model import Options
from app.hunting.processes.fields import aliases

# What a field is, by a word in its name; the first that fits.
_WORDS = {
    "accounts": ("user", "account", "subject"),
    "arguments": ("commandline", "command_line", "arguments"),
    "paths": ("image", "path", "process_name", "processname", "exe"),
}
_PROCESS = {"paths": ("image", "parent_image"), "arguments": ("command",), "accounts": ("user",)}


def options(given: dict[str, str], fields: Sequence[str]) -> Options:
    """Options from `key=value` texts and the fields of the search. Raises ValueError."""
    method = given.get("method", METHODS[0])
    if method not in METHODS:
        raise ValueError(f"method={method!r} is none of {', '.join(METHODS)}")
    roles = {role: tuple(params.listed(given, role, among=fields)) for role in READERS}
    named = any(roles.values())
    process = _process_fields(fields)
    is_process = bool(process["paths"]) and bool(process["arguments"])
    if not named:
        roles = process if is_process else _by_name(fields)
    if not any(roles.values()):
        raise ValueError("there is no field to compare: name some with paths=, arguments=, ...")
    return Options(
        roles=roles,
        method=method,
        distance=params.number(given, "distance", 0.5, 0.001, 100),
        least=params.whole(given, "least", 5, 1, 100_000),
        given={} if is_process else None,
    )


def _process_fields(fields: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The fields of process events, under any of their names; one for each."""
    return {
        role: tuple(
            found[0]
            for name in names
            if (found := [alias for alias in aliases()[name] if alias in fields])
        )
        for role, names in _PROCESS.items()
    }


def _by_name(fields: Sequence[str]) -> dict[str, tuple[str, ...]]:
    roles: dict[str, list[str]] = {role: [] for role in READERS}
    for field in fields:
        if field in aliases()["time"]:
            continue
        lower = field.lower()
        fits = (role for role, words in _WORDS.items() if any(word in lower for word in words))
        roles[next(fits, "names")].append(field)
    return {role: tuple(names) for role, names in roles.items()}
