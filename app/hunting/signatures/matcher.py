"""Finds every term of every rule in one pass over a text, and decides which rules hold."""

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.hunting.scanner import PatternError, Scanner
from app.hunting.signatures.rules import Clause, Rule, RuleSet, SignatureError, Term

_LONGEST_TEXT = 1 << 20  # of a longer text only the beginning and the end are read
_BLOB_LENGTH = 200  # a longer last word of letters is an encoded script, not an argument
_NOT_IN_BLOB = "($\\:."  # code, a path or an address
_BLOB = "<encoded>"  # what signatures see in its place


class Classification(NamedTuple):
    """What a command is: its family (empty if unknown) and sorted ATT&CK technique ids."""

    family: str
    techniques: tuple[str, ...]


class Check(NamedTuple):
    """A clause in term numbers, and the number of the outcome that it leads to."""

    outcome: int
    all: frozenset[int]
    any: tuple[frozenset[int], ...]
    none: frozenset[int]


@dataclass(frozen=True, eq=False)
class Matcher:
    """Compiled rules. An outcome is a place in `labels`: families, best first, then techniques.

    By the number of a term that was found: `certain` holds the outcomes that it leads to by itself,
    `checks` the clauses that need to be looked at.
    """

    scanners: Mapping[str, Scanner]
    certain: Mapping[int, Sequence[int]]
    checks: Mapping[int, Sequence[Check]]
    labels: tuple[str, ...]
    families: int


def compile_rules(rules: RuleSet) -> Matcher:
    """Number the terms and outcomes of all rules, and compile the terms of each field.

    Of several families the one of the highest priority is best, then the first by name; but what
    a script says of itself always comes before what its shellcode says.
    """
    ranked = sorted(
        _clauses(rules.families),
        key=lambda found: (found[1].payloads_only, -found[0].priority, found[0].label),
    )
    outcomes = [*ranked, *_clauses(rules.techniques)]
    numbers: dict[Term, int] = {}
    certain = defaultdict(list)
    checks = defaultdict(list)
    for outcome, (_, clause) in enumerate(outcomes):
        check = _check(outcome, clause, numbers)
        enough = len(clause.all) + len(clause.any) == 1 and not clause.none
        for term in _triggers(clause):
            if enough:
                certain[numbers[term]].append(outcome)
            else:
                checks[numbers[term]].append(check)
    return Matcher(
        scanners=_scanners(numbers),
        certain=dict(certain),
        checks=dict(checks),
        labels=tuple(rule.label for rule, _ in outcomes),
        families=len(ranked),
    )


def classify(
    matcher: Matcher, command_line: str, script: str = "", payloads: Sequence[str] = ()
) -> Classification:
    """The family and the techniques of a command.

    `script` is the text of all readable layers, outermost first, joined by newlines (the command
    line is read as code as well); `payloads` names what its shellcode is, as in
    "metasploit/reverse_https".
    """
    line = _without_blob(command_line)
    texts = {
        "script": f"{script}\n{line}" if script else line,
        "command_line": line,
        "payloads": "\n".join(payloads),
    }
    return _classification(matcher, _terms_in(matcher, texts))


@functools.lru_cache(maxsize=4096)
def _classification(matcher: Matcher, found: frozenset[int]) -> Classification:
    """Remembered, since most commands are like others: the same terms are found in them."""
    outcomes = _outcomes(matcher, found)
    best = min(outcomes, default=matcher.families)
    family = matcher.labels[best] if best < matcher.families else ""
    techniques = {matcher.labels[number] for number in outcomes if number >= matcher.families}
    return Classification(family, tuple(sorted(techniques)))


def _clauses(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Clause]]:
    return ((rule, clause) for rule in rules for clause in rule.clauses)


def _check(outcome: int, clause: Clause, numbers: dict[Term, int]) -> Check:
    def numbered(terms: frozenset[Term]) -> frozenset[int]:
        return frozenset(numbers.setdefault(term, len(numbers)) for term in sorted(terms))

    groups = tuple(numbered(group) for group in clause.any)
    return Check(outcome, numbered(clause.all), groups, numbered(clause.none))


def _triggers(clause: Clause) -> frozenset[Term]:
    """Terms one of which is always there when the clause holds: the longest pattern is rarest."""
    if clause.all:
        return frozenset({max(clause.all, key=lambda term: (len(term.pattern), term))})
    return clause.any[0]


def _scanners(numbers: Mapping[Term, int]) -> dict[str, Scanner]:
    try:
        return {
            field: Scanner({n: term.pattern for term, n in numbers.items() if term.field == field})
            for field in {term.field for term in numbers}
        }
    except PatternError as error:
        raise SignatureError(f"signatures: re: {error}") from error


def _terms_in(matcher: Matcher, texts: Mapping[str, str]) -> frozenset[int]:
    found: frozenset[int] = frozenset()
    for field, scanner in matcher.scanners.items():
        if text := texts[field]:
            found |= scanner.find(_bounded(text).encode("utf-8", "replace"))
    return found


def _outcomes(matcher: Matcher, found: frozenset[int]) -> set[int]:
    outcomes: set[int] = set()
    for number in found:
        outcomes.update(matcher.certain.get(number, ()))
        for check in matcher.checks.get(number, ()):
            if _holds(check, found):
                outcomes.add(check.outcome)
    return outcomes


def _holds(check: Check, found: frozenset[int]) -> bool:
    return (
        check.all <= found
        and check.none.isdisjoint(found)
        and not any(group.isdisjoint(found) for group in check.any)
    )


def _bounded(text: str) -> str:
    if len(text) <= _LONGEST_TEXT:
        return text
    half = _LONGEST_TEXT // 2
    return f"{text[:half]}\n{text[-half:]}"


def _without_blob(command_line: str) -> str:
    """The command line with _BLOB for the encoded script at its end, which says nothing yet."""
    head, _, last = command_line.rstrip().rpartition(" ")
    if len(last) > _BLOB_LENGTH and not any(mark in last for mark in _NOT_IN_BLOB):
        return f"{head} {_BLOB}"
    return command_line
