"""Providers: who can be asked about which observables, how, how often, and how they answer.

Each is a data file; providers/README.md describes its keys.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.enrichment import templates
from app.enrichment.observables import KINDS
from app.enrichment.reading import Reading

_SHARED = ("headers", "answer")  # of the whole file: every lookup has them, and may add to them


class ProviderError(ValueError):
    """A provider's file cannot be used; the text names the file, the keys and the mistakes."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _checked(template: Any) -> Any:
    list(templates.names(template))
    return template


def _without_value(template: Any) -> Any:
    if any(not name.startswith("secret:") for name in templates.names(template)):
        raise ValueError("only {secret:name} can stand here")
    return template


def _is_https(url: str) -> str:
    if not url.startswith(("https://", "{secret:")):
        raise ValueError("must begin with https:// or with the {secret:name} of your server's URL")
    return url


def _known_kinds(kinds: Any) -> Any:
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
    return kinds


_Url = Annotated[str, AfterValidator(_checked), AfterValidator(_is_https)]
_Texts = Annotated[dict[str, str], AfterValidator(_checked)]
_Secrets = Annotated[dict[str, str], AfterValidator(_without_value)]
_SecretText = Annotated[str, AfterValidator(_without_value)]


class Rate(_Part):
    """At most `requests` in any `seconds`."""

    requests: int = Field(ge=1, le=10_000)
    seconds: float = Field(gt=0, le=86_400)


class OAuth2(_Part):
    """A bearer token by client credentials (RFC 6749, section 4.4)."""

    url: Annotated[_SecretText, AfterValidator(_is_https)]
    client_id: _SecretText
    client_secret: _SecretText
    scope: str = ""


class Lookup(_Part):
    """One kind of request. `kinds` gives the provider's word for each kind of observable.

    With `list_seconds`, the answer is a text of one observable a line: it is fetched that often,
    answers for all observables, and tells the provider nothing about them.
    """

    kinds: Annotated[dict[str, str], AfterValidator(_known_kinds)] = Field(min_length=1)
    method: Literal["GET", "POST"] = "GET"
    url: _Url
    query: _Texts = {}
    headers: _Secrets = {}
    form: _Texts = {}
    body: Annotated[dict[str, Any], AfterValidator(_checked)] = Field(default={}, alias="json")
    list_seconds: int = Field(default=0, ge=0, le=86_400)
    answer: Reading

    @model_validator(mode="before")
    @classmethod
    def _kinds_by_name(cls, lookup: Any) -> Any:
        if isinstance(lookup, dict) and isinstance(lookup.get("kinds"), list):
            return lookup | {"kinds": {str(kind): str(kind) for kind in lookup["kinds"]}}
        return lookup

    @model_validator(mode="after")
    def _asks_for_the_observable(self) -> "Lookup":
        asked = set(templates.names([self.url, self.query, self.form, self.body]))
        if not self.list_seconds and not asked & {"value", "value:base64url"}:
            raise ValueError("{value} stands neither in url, query, form nor json")
        if (self.form or self.body) and self.method != "POST":
            raise ValueError("a form or json is sent with method: POST")
        return self


class Provider(_Part):
    """Whom to ask. `retired` or `broken` tells why it cannot be asked; then it has no lookups."""

    name: str
    title: str = ""
    documentation: str = ""
    retired: str = ""
    broken: str = ""
    rate: Rate = Rate(requests=1, seconds=1)
    quota: int = Field(default=0, ge=0)  # requests a day (UTC); 0: no limit
    concurrency: int = Field(default=4, ge=1, le=64)
    timeout: float = Field(default=10, gt=0, le=60)
    basic: tuple[_SecretText, _SecretText] | None = None
    oauth2: OAuth2 | None = None
    lookups: tuple[Lookup, ...] = ()
    version: str = ""  # changes with the file, so that answers read in another way are not reused

    @model_validator(mode="after")
    def _has_lookups(self) -> "Provider":
        if not self.lookups and not self.unusable:
            raise ValueError("lookups is missing")
        kinds = [kind for lookup in self.lookups for kind in lookup.kinds]
        for kind in kinds:
            if kinds.count(kind) > 1:
                raise ValueError(f"lookups has more than one for {kind}")
        return self

    @property
    def unusable(self) -> str:
        """Why it cannot be asked; "" if it can."""
        return self.retired or self.broken

    @property
    def source(self) -> str:
        """Under which its answers are kept."""
        return f"{self.name}@{self.version}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of all secrets that its requests need."""
        parts = [
            self.basic,
            self.oauth2.model_dump() if self.oauth2 else None,
            *([one.url, one.query, one.headers, one.form, one.body] for one in self.lookups),
        ]
        found = (name for name in templates.names(parts) if name.startswith("secret:"))
        return tuple(dict.fromkeys(name.removeprefix("secret:") for name in found))

    @property
    def by_kind(self) -> Mapping[str, Lookup]:
        """The lookup for each kind of observable that it knows."""
        return MappingProxyType({kind: one for one in self.lookups for kind in one.kinds})


def read(path: Path) -> Provider:
    """The provider of a data file; its name is the file's. Raises ProviderError."""
    try:
        text = path.read_text("utf-8")
        data = yaml.safe_load(text)
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise ProviderError(f"{path.name}: {_one_line(error)}") from None
    if not isinstance(data, dict):
        raise ProviderError(f"{path.name}: is no mapping of keys to values")
    if own := {"name", "version", "broken"} & data.keys():
        raise ProviderError(f"{path.name}: {min(own)}: is no key that a provider has")
    version = hashlib.sha256(text.encode()).hexdigest()[:8]
    try:
        return Provider.model_validate(_merged(data) | {"name": path.stem, "version": version})
    except ValidationError as error:
        mistakes = [f"{_key(one['loc'], data)}: {_problem(one)}" for one in error.errors()]
        raise ProviderError(f"{path.name}: {'; '.join(dict.fromkeys(mistakes))}") from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _merged(data: dict[str, Any]) -> dict[str, Any]:
    """The data with what all lookups share put into each of them."""
    own = {key: value for key, value in data.items() if key not in _SHARED}
    lookups = own.get("lookups")
    if not isinstance(lookups, list):
        return own
    return own | {"lookups": [_with_shared(one, data) for one in lookups]}


def _with_shared(lookup: Any, data: dict[str, Any]) -> Any:
    if not isinstance(lookup, dict):
        return lookup
    merged = dict(lookup)
    for key in _SHARED:
        shared, own = data.get(key, {}), lookup.get(key, {})
        both = isinstance(shared, dict) and isinstance(own, dict)
        merged[key] = shared | own if both else own or shared
    return merged


def _key(location: tuple[int | str, ...], data: dict[str, Any]) -> str:
    """Where a mistake is, as the file has it: what lookups share stands outside of them."""
    match location:
        case ("lookups", int(index), str(part), *rest) if part in _SHARED:
            own = data["lookups"][index].get(part, {})
            if not rest or not isinstance(own, dict) or rest[0] not in own:
                location = (part, *rest)
    return ".".join(map(str, location)) or "file"


def _problem(error: Any) -> str:
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "extra_forbidden":
        return "is no key that a provider has"
    problem = str(error["msg"]).removeprefix("Value error, ")
    return problem[:1].lower() + problem[1:]
