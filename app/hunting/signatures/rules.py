"""The values that signature files hold, and the checks that turn a YAML document into them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import re2

from app.hunting.signatures.terms import literal_pattern, options

FIELDS = ("script", "command_line", "payloads")
_TECHNIQUE_ID = re2.compile(r"T\d{4}(?:\.\d{3})?")
_SHORTEST_LITERAL = 3


class SignatureError(ValueError):
    """A signature file cannot be used; the message names the file, the key and the remedy."""


class Term(NamedTuple):
    """One thing to look for: a field of FIELDS and the RE2 source to find in it."""

    field: str
    pattern: str


@dataclass(frozen=True)
class Clause:
    """One alternative of a rule: every term of `all`, one of each `any` group, none of `none`."""

    all: frozenset[Term]
    any: tuple[frozenset[Term], ...]
    none: frozenset[Term]

    @property
    def payloads_only(self) -> bool:
        """Whether the clause asks for nothing but what the shellcode is."""
        groups = (self.all, *self.any)
        return all(term.field == "payloads" for group in groups for term in group)


class Example(NamedTuple):
    """What a command line was, what its readable layers say, and what its shellcode is."""

    command_line: str = ""
    script: str = ""
    payloads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """What families and techniques have in common; `label` is what a match reports."""

    label: str
    name: str
    reference: str
    clauses: tuple[Clause, ...]
    examples: tuple[Example, ...]
    counter_examples: tuple[Example, ...]
    description: str = ""
    priority: int = 0


class RuleSet(NamedTuple):
    """Everything loaded: the families by name and the techniques by id, in that order."""

    families: tuple[Rule, ...]
    techniques: tuple[Rule, ...]


def family_rule(document: object, where: str) -> Rule:
    """The family in one YAML document. Raises SignatureError."""
    required = ("name", "description", "reference", "priority", "conditions", "examples")
    entry = _entry(document, where, required)
    priority = entry["priority"]
    if type(priority) is not int or not 0 <= priority <= 100:
        raise SignatureError(f"{where}: priority: {priority!r} is not a whole number from 0 to 100")
    name = _text(entry, "name", where)
    return Rule(
        label=name,
        description=_text(entry, "description", where),
        priority=priority,
        **_common(entry, name, where),
    )


def technique_rules(document: object, where: str) -> list[Rule]:
    """The techniques in one YAML document, a list. Raises SignatureError."""
    if not isinstance(document, list) or not document:
        raise SignatureError(f"{where}: the file must be a list of techniques, each begun with '-'")
    return [_technique_rule(item, f"{where}[{index}]") for index, item in enumerate(document)]


def _technique_rule(document: object, where: str) -> Rule:
    required = ("technique", "name", "reference", "conditions", "examples")
    entry = _entry(document, where, required)
    label = _text(entry, "technique", where)
    where = f"{where} {label}"
    if not _TECHNIQUE_ID.fullmatch(label):
        raise SignatureError(f"{where}: technique: {label!r} is not of the form T1059 or T1059.001")
    page = f"https://attack.mitre.org/techniques/{label.replace('.', '/')}/"
    if entry["reference"] != page:
        raise SignatureError(
            f"{where}: reference: {entry['reference']!r} is not the technique's page {page}"
        )
    return Rule(label=label, **_common(entry, _text(entry, "name", where), where))


def _entry(document: object, where: str, required: tuple[str, ...]) -> Mapping[str, Any]:
    allowed = (*required, "counter_examples")
    entry = _mapping(document, where, allowed)
    for key in required:
        if key not in entry:
            raise SignatureError(f"{where}: {key}: missing; needed are {', '.join(required)}")
    return entry


def _common(entry: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    reference = _text(entry, "reference", where)
    if urlsplit(reference).scheme != "https" or not urlsplit(reference).netloc:
        raise SignatureError(f"{where}: reference: {reference!r} is not an https:// URL")
    return {
        "name": name,
        "reference": reference,
        "clauses": tuple(_clauses(entry["conditions"], f"{where}: conditions")),
        "examples": _examples(entry["examples"], f"{where}: examples"),
        "counter_examples": _examples(
            entry.get("counter_examples", ()), f"{where}: counter_examples", least=0
        ),
    }


def _clauses(conditions: object, where: str) -> list[Clause]:
    return [
        _clause(condition, f"{where}[{index}]")
        for index, condition in enumerate(_list(conditions, where))
    ]


def _clause(condition: object, where: str) -> Clause:
    needed: set[Term] = set()
    groups: list[frozenset[Term]] = []
    excluded: set[Term] = set()
    for field, tests in _mapping(condition, where, FIELDS).items():
        for test, items in _mapping(tests, f"{where}.{field}", ("all", "any", "none")).items():
            place = f"{where}.{field}.{test}"
            terms = frozenset(_term(field, item, place) for item in _list(items, place))
            if test == "all":
                needed |= terms
            elif test == "any":
                groups.append(terms)
            else:
                excluded |= terms
    if not needed and not groups:
        raise SignatureError(f"{where}: nothing to look for; add a term under 'all' or 'any'")
    return Clause(frozenset(needed), tuple(groups), frozenset(excluded))


def _term(field: str, item: object, where: str) -> Term:
    if isinstance(item, str):
        if len(item.strip()) < _SHORTEST_LITERAL:
            raise SignatureError(f"{where}: {item!r} is too short; use 3 characters or a 're:'")
        return Term(field, literal_pattern(item.strip()))
    source = _text(_mapping(item, where, ("re",)), "re", where)
    try:
        compiled = re2.compile(source, options())
    except re2.error as error:
        reason = error.args[0].decode()
        raise SignatureError(f"{where}: re: {source!r} is not an RE2 pattern: {reason}") from error
    if compiled.search(""):
        raise SignatureError(f"{where}: re: {source!r} matches the empty text")
    return Term(field, source)


def _examples(items: object, where: str, least: int = 1) -> tuple[Example, ...]:
    found = _list(items, where) if least or items else []
    return tuple(_example(item, f"{where}[{index}]") for index, item in enumerate(found))


def _example(item: object, where: str) -> Example:
    if isinstance(item, str):
        return Example(script=item)
    fields = _mapping(item, where, Example._fields)
    payloads = _list(fields["payloads"], f"{where}.payloads") if "payloads" in fields else ()
    texts = {key: _text(fields, key, where) for key in fields if key != "payloads"}
    return Example(**texts, payloads=tuple(str(name) for name in payloads))


def _mapping(value: object, where: str, allowed: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not value:
        raise SignatureError(f"{where}: {value!r} must be a mapping with {', '.join(allowed)}")
    for key in value:
        if key not in allowed:
            raise SignatureError(f"{where}: {key!r} is not known; use {', '.join(allowed)}")
    return value


def _list(value: object, where: str) -> Sequence[Any]:
    if not isinstance(value, list) or not value:
        raise SignatureError(f"{where}: {value!r} must be a list with at least one item")
    return value


def _text(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise SignatureError(f"{where}: {key}: {value!r} is not a text")
    return value
