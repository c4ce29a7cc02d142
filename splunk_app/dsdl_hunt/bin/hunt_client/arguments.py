"""The arguments of a search command, as splunkd hands them over: words and name=value."""

from dataclasses import dataclass, field

from hunt_client import HuntError

OWN = ("model", "prefix")  # options of the command; all others go to the model


@dataclass(frozen=True)
class Arguments:
    """`words` in order, `options` for the model, and those of the command itself."""

    words: list[str]
    options: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)

    def first(self, usage: str) -> tuple[str, list[str]]:
        """The first word (the model) and the rest (fields). Raises HuntError without one."""
        if not self.words:
            raise HuntError(f"name a model: {usage}. | huntmodels lists them")
        return self.words[0], self.words[1:]


def parse(arguments: list[str]) -> Arguments:
    """Raises HuntError for an option without a name or given twice."""
    words: list[str] = []
    given: dict[str, str] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals:
            words.extend(part for part in _unquoted(argument).split(",") if part)
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


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
