"""What each model takes and gives: the descriptions beside this file, one per model."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class Parameter:
    """A key=value option of the search, with its default as text."""

    name: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the result."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model's description: purpose, how many rows come back, example searches."""

    name: str
    purpose: str
    rows: str
    spl: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]

    @property
    def options(self) -> list[str]:
        """The names of the parameters."""
        return [parameter.name for parameter in self.parameters]


@cache
def model(name: str) -> Model:
    """The description of one model. Raises FileNotFoundError if there is none."""
    data = yaml.safe_load(files(__package__).joinpath(f"{name}.yaml").read_text("utf-8"))
    return Model(
        name=name,
        purpose=data["purpose"],
        rows=data["rows"],
        spl=data["spl"],
        parameters=tuple(Parameter(**entry) for entry in data["parameters"]),
        columns=tuple(Column(**entry) for entry in data["columns"]),
    )


def names() -> list[str]:
    """The names of all described models, sorted."""
    entries = (entry.name for entry in files(__package__).iterdir())
    return sorted(name.removesuffix(".yaml") for name in entries if name.endswith(".yaml"))


@contextmanager
def advising(name: str) -> Iterator[None]:
    """Add a search that is right to what is wrong with one: the message of any ValueError."""
    try:
        yield
    except ValueError as error:
        example = model(name).spl.partition("\n")[0].removeprefix("...").strip()
        raise ValueError(f"{error}. A search that works: {example}") from error
