"""Environment variables: settings.yaml names them, in groups; this reads their values.

A reader is given a text ("" if there is none) and gives the value. For what cannot be used it
raises ValueError, with words that go on after the variable's name: "is 'maybe': use true or false".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Reader = Callable[[str], Any]


class SettingsError(ValueError):
    """An environment variable is missing or has a value that cannot be used."""


@dataclass(frozen=True)
class Variable:
    """An environment variable. `value` names its reader, `field` where the value goes."""

    name: str
    field: str
    value: str | dict[str, list[int]]
    meaning: str
    default: str = ""


def group(name: str) -> tuple[Variable, ...]:
    """The variables of a group of settings.yaml. Raises KeyError."""
    return _groups()[name]


@cache
def _groups() -> dict[str, tuple[Variable, ...]]:
    table = yaml.safe_load(Path(__file__).with_name("settings.yaml").read_text("utf-8"))
    return {
        name: tuple(Variable(each, **entry) for each, entry in entries.items())
        for name, entries in table.items()
    }


def values(name: str, environment: Mapping[str, str], **readers: Reader) -> dict[str, Any]:
    """The values of a group's fields; an empty variable counts as one that is not set.

    `readers` are those of its own. Raises SettingsError at the first that cannot be used.
    """
    return {each.field: _value(each, environment, readers) for each in group(name)}


def as_markdown(name: str) -> str:
    """The table of a group for the documentation."""
    rows = ["| Variable | Default | Meaning |", "| --- | --- | --- |"]
    for each in group(name):
        default = f"`{each.default}`" if each.default else ""
        rows.append(f"| `{each.name}` | {default} | {each.meaning} |")
    return "\n".join(rows)


def _value(
    variable: Variable, environment: Mapping[str, str], readers: Mapping[str, Reader]
) -> Any:
    try:
        read = _reader(variable.value, {**_READERS, **readers})
        return read(environment.get(variable.name) or variable.default)
    except SettingsError:
        raise
    except ValueError as error:
        raise SettingsError(f"{variable.name} {error}") from None


def _reader(value: str | dict[str, list[int]], readers: Mapping[str, Reader]) -> Reader:
    return readers[value] if isinstance(value, str) else whole(*value["whole"])


def yes_or_no(text: str) -> bool:
    """A switch."""
    if text.lower() in ("true", "1", "yes", "on"):
        return True
    if text.lower() in ("false", "0", "no", "off"):
        return False
    raise ValueError(f"is {text!r}: use true or false")


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
            raise ValueError(f"is {text!r}: use a whole number from {lowest} to {highest}")
        return int(text)

    return read


def _folder(text: str) -> Path:
    """A folder, whether it is there or not."""
    return Path(text).absolute()


def _file(text: str) -> Path | None:
    """A file that is there, or none."""
    path = Path(text).expanduser()
    if text and not path.is_file():
        raise ValueError(f"is {text!r}: there is no such file")
    return path if text else None


def _found(text: str) -> Path | None:
    """A folder that is there, or none."""
    path = Path(text).expanduser()
    if text and not path.is_dir():
        raise ValueError(f"is {text!r}: there is no such folder")
    return path if text else None


_READERS: dict[str, Reader] = {
    "text": str,
    "yes_or_no": yes_or_no,
    "folder": _folder,
    "file": _file,
    "found": _found,
}
