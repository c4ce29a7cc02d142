"""Parses fit, apply and summary as Splunk's Machine Learning Toolkit (MLTK) does.

Source of the grammar: "Search commands for machine learning" in the manual of Splunk's AI Toolkit
(MLTK's new name), https://help.splunk.com
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from app.spl import SplError

ALGORITHMS = ("MLTKContainer", "AITKContainer")  # DSDL's own, and its name in the AI Toolkit
_CLAUSES = ("into", "as", "by")

# A quoted text, a quoted field, or one character.
_TEXT = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"|%s])"""
_PART = re.compile(
    rf"\s*(?:(?P<pipe>\|)|,|(?P<option>[A-Za-z_]\w*)\s*=\s*(?P<value>{_TEXT % ''}*)"
    rf"|(?P<word>{_TEXT % ','}+))"
)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Model(NamedTuple):
    """`app:name`, or `name` in the user's own namespace."""

    name: str
    namespace: str = "user"


@dataclass(frozen=True)
class Fit:
    """`fields`, and `targets` (what stands before `from`), may be globs."""

    algorithm: str
    fields: tuple[str, ...]
    targets: tuple[str, ...] = ()
    params: dict[str, str] = field(default_factory=dict)
    model: Model | None = None
    output_name: str | None = None
    split_by: str | None = None


@dataclass(frozen=True)
class Apply:
    model: Model
    params: dict[str, str] = field(default_factory=dict)
    output_name: str | None = None
    split_by: str | None = None


@dataclass(frozen=True)
class Summary:
    model: Model


Command = Fit | Apply | Summary


class _Part(NamedTuple):
    kind: str  # pipe, option or word
    text: str
    value: str = ""


@dataclass
class _Arguments:
    """What comes behind the first name; options keep their quotes, as DSDL sends them."""

    params: dict[str, str] = field(default_factory=dict)
    clauses: dict[str, str] = field(default_factory=dict)
    targets: list[str] | None = None
    fields: list[str] = field(default_factory=list)


def parse(search: str) -> list[Command]:
    """The commands of a search, in order. Raises SplError for any other command or argument."""
    pipeline: list[list[_Part]] = [[]]
    for part in _parts(search):
        if part.kind == "pipe":
            pipeline.append([])
        else:
            pipeline[-1].append(part)
    if not pipeline[0]:
        del pipeline[0]  # a search may start with a pipe
    if not pipeline or not all(pipeline):
        raise SplError(f"there is a command missing in {search!r}: fit, apply or summary")
    return [_command(parts) for parts in pipeline]


def _parts(search: str) -> Iterator[_Part]:
    position, end = 0, len(search.rstrip())
    while position < end:
        match = _PART.match(search, position, end)
        if not match:
            raise SplError(f"a quote has no end: {search[position:end].strip()[:60]}")
        position = match.end()
        if match["option"]:
            yield _Part("option", match["option"], match["value"])
        elif match["word"] or match["pipe"]:
            yield _Part(str(match.lastgroup), match.group().strip())


def _command(parts: list[_Part]) -> Command:
    name = parts[0].text.lower()
    if parts[0].kind != "word" or name not in ("fit", "apply", "summary"):
        raise SplError(
            f"{parts[0].text!r} is a command that only Splunk has; here are: fit, apply, summary"
        )
    if len(parts) < 2 or parts[1].kind != "word":
        example = (
            "fit MLTKContainer algo=... field into app:hunt" if name == "fit" else "apply hunt"
        )
        raise SplError(f"{name} needs a name first, as in: {example}")
    subject, arguments = _unquote(parts[1].text), _arguments(parts[2:])
    return _fit(subject, arguments) if name == "fit" else _with_model(name, subject, arguments)


def _fit(algorithm: str, arguments: _Arguments) -> Fit:
    targets, fields, clauses = arguments.targets or [], arguments.fields, arguments.clauses
    if algorithm not in ALGORITHMS:
        raise SplError(
            f"{algorithm!r} would run on the search head: use fit MLTKContainer algo=... instead"
        )
    if not fields:
        raise SplError("fit needs the fields that the model works on, such as ParentCommandLine")
    if len(targets) > 1:
        raise SplError(f"there can be one field before 'from', and there are {len(targets)}")
    return Fit(
        algorithm,
        tuple(fields),
        tuple(targets),
        arguments.params,
        _model(clauses["into"]) if "into" in clauses else None,
        clauses.get("as"),
        clauses.get("by"),
    )


def _with_model(name: str, model: str, arguments: _Arguments) -> Apply | Summary:
    if fields := [*(arguments.targets or []), *arguments.fields]:
        raise SplError(f"{name} takes no fields, and there is {fields[0]!r}")
    if "into" in arguments.clauses:
        raise SplError(f"{name} has no 'into': the model is what comes first")
    if name == "summary":
        return Summary(_model(model))
    clauses = arguments.clauses
    return Apply(_model(model), arguments.params, clauses.get("as"), clauses.get("by"))


def _arguments(parts: Iterable[_Part]) -> _Arguments:
    found = _Arguments()
    rest = iter(parts)
    for part in rest:
        keyword = part.text.lower()
        if part.kind == "option":
            found.params[part.text] = _value(part)
        elif keyword in _CLAUSES:
            if keyword in found.clauses:
                raise SplError(f"there can be only one {keyword!r}")
            found.clauses[keyword] = _name_behind(keyword, next(rest, None))
        elif keyword in ("from", "~"):
            if found.targets is not None:
                raise SplError("there can be only one 'from'")
            found.targets, found.fields = found.fields, []
        elif name := _unquote(part.text):
            found.fields.append(name)
    return found


def _name_behind(keyword: str, part: _Part | None) -> str:
    name = _unquote(part.text) if part and part.kind == "word" else ""
    if not name:
        raise SplError(f"{keyword!r} needs a name behind it")
    return name


def _model(text: str) -> Model:
    """Raises SplError for a name that MLTK does not take either."""
    namespace, _, name = text.rpartition(":")
    namespace = namespace.lower() or "user"
    if namespace not in ("app", "user"):
        raise SplError(f"model {text!r}: only app: can stand before the name, as in app:hunt")
    if not _IDENTIFIER.fullmatch(name):
        raise SplError(f"model {text!r}: use letters, digits and '_', and no digit first")
    return Model(name, namespace)


def _value(part: _Part) -> str:
    if not part.value:
        raise SplError(f"{part.text}= has no value")
    return part.value


def _unquote(text: str) -> str:
    quoted = len(text) > 1 and text[0] in "\"'" and text[0] == text[-1]
    return text[1:-1] if quoted else text
