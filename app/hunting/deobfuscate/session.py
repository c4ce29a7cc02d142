"""The names and values of a fresh PowerShell session, from session.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class Session:
    """Keys are in lower case; `variable_names` and `commands` are as PowerShell spells them."""

    environment: dict[str, str]
    variables: dict[str, str]
    variable_names: tuple[str, ...]
    signatures: dict[str, str]
    aliases: dict[str, str]
    commands: tuple[str, ...]


@cache
def session() -> Session:
    data = yaml.safe_load(Path(__file__).with_name("session.yaml").read_text("utf-8"))
    return Session(
        environment=data["environment"],
        variables=data["variables"],
        variable_names=tuple(data["variable_names"].split()),
        signatures=data["signatures"],
        aliases=data["aliases"],
        commands=tuple(data["commands"].split()),
    )
