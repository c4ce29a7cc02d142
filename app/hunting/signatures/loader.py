"""Reads the shipped signature files, and those of a folder that the user mounts."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import yaml

from app.hunting.signatures.rules import (
    Rule,
    RuleSet,
    SignatureError,
    family_rule,
    technique_rules,
)

SHIPPED = Path(__file__).parent
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(extra_dir: str | Path | None = None) -> RuleSet:
    """The shipped rules and those of `extra_dir`, whose rules replace shipped ones of that name.

    `extra_dir` is laid out like the shipped folder: families/*.yaml holding one family each,
    techniques/*.yaml holding lists of techniques. Raises SignatureError.
    """
    families, techniques = _read(SHIPPED)
    if extra_dir:
        extra = _read(_user_folder(Path(extra_dir)))
        families |= extra[0]
        techniques |= extra[1]
    return RuleSet(_sorted(families), _sorted(techniques))


def _user_folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise SignatureError(f"{folder}: no such folder; mount it, or unset HUNT_SIGNATURES")
    if stray := sorted(folder.glob("*.y*ml")):
        raise SignatureError(f"{stray[0]}: move it to {folder}/families or {folder}/techniques")
    return folder


def _read(folder: Path) -> tuple[dict[str, Rule], dict[str, Rule]]:
    def one_family(document: object, where: str) -> list[Rule]:
        return [family_rule(document, where)]

    return (
        _by_label(_rules(folder / "families", one_family)),
        _by_label(_rules(folder / "techniques", technique_rules)),
    )


def _rules(folder: Path, parse: Callable[[object, str], list[Rule]]) -> Iterator[tuple[Path, Rule]]:
    for path in sorted(folder.glob("*.y*ml")):
        for rule in parse(_document(path), str(path)):
            yield path, rule


def _document(path: Path) -> object:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (a safe loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SignatureError(f"{path}: not readable as YAML: {error}") from error


def _by_label(rules: Iterable[tuple[Path, Rule]]) -> dict[str, Rule]:
    found: dict[str, tuple[Path, Rule]] = {}
    for path, rule in rules:
        if rule.label in found:
            first = found[rule.label][0]
            raise SignatureError(f"{path}: {rule.label!r} is already defined in {first}")
        found[rule.label] = (path, rule)
    return {label: rule for label, (_, rule) in found.items()}


def _sorted(rules: dict[str, Rule]) -> tuple[Rule, ...]:
    return tuple(rules[label] for label in sorted(rules))
