"""What the user writes beside a feed: `<its name>.yaml`, every key optional.

name: Our blocklist        # default: the path below the feeds folder, without suffixes
verdict: suspicious        # malicious (default), suspicious, benign, unknown
score: 60                  # 0 to 100; default by verdict
tags: [internal]           # added to every match
link: https://ti.example.com/{kind}/{value}    # also {id}: the entry's id, if the feed has one
csv:                       # for CSV files that are no known dump: which columns hold what
  value: [ip, domain]      # one column or several, by header or by number from 1
  tags: [family]
  seen: last_seen
  score: confidence
  link: reference
  id: id
  port: port
  delimiter: ";"
  header: [ip, family]     # if the file has none
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.enrichment.feed_formats.entry import FeedError, clean, tags
from app.enrichment.verdicts import VERDICTS

DEFAULT_SCORES = {"malicious": 90, "suspicious": 50, "benign": 0, "unknown": 0}
_LINK_FIELDS = {"value", "kind", "id"}
_MAX_BYTES = 65_536
_MAX_NAME = 80
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Columns:
    """Which columns of a CSV file hold what. Each of `value` that is filled makes an entry; of
    the others, the first that is filled counts (of `tags` all).
    """

    value: tuple[str, ...]
    tags: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    score: str = ""
    link: str = ""
    id: str = ""
    port: str = ""
    delimiter: str = ","
    header: tuple[str, ...] = ()


@dataclass(frozen=True)
class FeedSettings:
    """What holds for all entries of a feed, unless an entry says otherwise."""

    name: str
    verdict: str = "malicious"
    score: int = DEFAULT_SCORES["malicious"]
    tags: tuple[str, ...] = ()
    link: str = ""
    columns: Columns | None = field(default=None)


def load(path: Path, name: str) -> FeedSettings:
    """The settings in `path`, the defaults if there is no such file. Raises FeedError."""
    if not path.is_file():
        return FeedSettings(name)
    try:
        content = yaml.load(path.read_bytes()[:_MAX_BYTES], Loader=_Loader)  # noqa: S506 (a safe loader)
        return _settings(content or {}, name)
    except (OSError, yaml.YAMLError, FeedError) as error:
        raise FeedError(f"{path.name}: {error}") from error


def _settings(content: Any, name: str) -> FeedSettings:
    known = _known(content, "the file", {"name", "verdict", "score", "tags", "link", "csv"})
    verdict = known.get("verdict", "malicious")
    if verdict not in VERDICTS:
        raise FeedError(f"verdict is {verdict!r}: use one of {', '.join(VERDICTS)}")
    return FeedSettings(
        name=clean(_text(known, "name"), _MAX_NAME).replace("|", "/") or name,
        verdict=verdict,
        score=_score(known.get("score", DEFAULT_SCORES[verdict])),
        tags=tags(*_texts(known, "tags")),
        link=_link(_text(known, "link")),
        columns=columns(known["csv"]) if "csv" in known else None,
    )


def columns(content: Any) -> Columns:
    """The columns that a mapping describes. Raises FeedError."""
    known = _known(content, "csv", set(Columns.__dataclass_fields__))
    value = _texts(known, "value")
    if not value:
        raise FeedError("csv.value is missing: name the column that holds the indicators")
    delimiter = _text(known, "delimiter") or ","
    if len(delimiter) != 1:
        raise FeedError(f"csv.delimiter is {delimiter!r}: use one character")
    single = {name: _text(known, name) for name in ("score", "link", "id", "port")}
    several = {name: _texts(known, name) for name in ("tags", "seen", "header")}
    return Columns(value, delimiter=delimiter, **single, **several)  # type: ignore[arg-type]


def _known(content: Any, where: str, allowed: set[str]) -> Mapping[str, Any]:
    if not isinstance(content, dict):
        raise FeedError(f"{where} is {content!r}: use keys and values")
    if unknown := sorted(str(key) for key in content.keys() - allowed):
        raise FeedError(f"unknown key {unknown[0]!r}: use {', '.join(sorted(allowed))}")
    return content


def _text(content: Mapping[str, Any], key: str) -> str:
    value = content.get(key, "")
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise FeedError(f"{key} is {value!r}: use a text")
    return str(value)


def _texts(content: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = content.get(key, [])
    items = value if isinstance(value, list) else [value]
    return tuple(_text({key: item}, key) for item in items)


def _score(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100:
        raise FeedError(f"score is {value!r}: use a whole number from 0 to 100")
    return value


def _link(template: str) -> str:
    try:
        fields = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
    except ValueError as error:
        raise FeedError(f"link is {template!r}: {error}") from error
    if fields - _LINK_FIELDS:
        raise FeedError(f"link is {template!r}: only {{value}}, {{kind}} and {{id}} are known")
    return template
