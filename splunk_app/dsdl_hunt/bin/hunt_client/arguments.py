"""The arguments of a search command, as splunkd hands them over: words and name=value."""

import re
from dataclasses import dataclass, field

from hunt_client import HuntError

OWN = ("model", "prefix")  # options of the command; all others go to the model
_OPTION = re.compile(r"\w*=")  # a URL with a query is none
_NAME = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Arguments:
    """`words` in order, `options` for the model, and those of the command itself."""

    words: list[str]
    options: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)

    def first(self, usage: str) -> tuple[str, list[str]]:
        """The first word (the model) and the rest (fields). Raises HuntError without one."""
        if not self.words or "algo" in self.options:
            raise HuntError(f"name a model: {usage}. | huntmodels lists them")
        if not _NAME.fullmatch(self.words[0]):
            raise HuntError(f"{self.words[0]!r} is no name of a model. | huntmodels lists them")
        return self.words[0], self.words[1:]


def parse(arguments: list[str]) -> Arguments:
    """Raises HuntError for an option without a name or given twice."""
    words: list[str] = []
    given: dict[str, str] = {}
    for argument in arguments:
        name, _, value = argument.partition("=")
        if not _OPTION.match(argument):
            words.extend(_words(_unquoted(argument)))
        elif not name or name in given:
            raise HuntError(f"option {argument!r}: write name=value, each name once")
        else:
            given[name] = _unquoted(value)
    own = {name: given.pop(name) for name in OWN if name in given}
    return Arguments(words, given, own)


def into(words: list[str], usage: str) -> tuple[list[str], str]:
    """Fields, and the name after `into`. Raises HuntError without one."""
    if len(words) < 2 or words[-2].lower() != "into":
        raise HuntError(f"say what to call the fitted model: {usage}")
    name = words[-1]
    return words[:-2], name[4:] if name.startswith("app:") else name


def _words(text: str) -> list[str]:
    """Those of a list with commas; a URL may have some itself."""
    return [text] if "://" in text else [part for part in text.split(",") if part]


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
