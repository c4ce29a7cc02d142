"""Reads the values of environment variables. What cannot be used raises ValueError, with a text
that goes on after the variable's name: "is 'maybe': use true or false".
"""

from collections.abc import Callable
from pathlib import Path


class SettingsError(ValueError):
    """An environment variable is missing or has a value that cannot be used."""


def yes_or_no(text: str) -> bool:
    """A switch."""
    if text.lower() in ("true", "1", "yes", "on"):
        return True
    if text.lower() in ("false", "0", "no", "off"):
        return False
    raise ValueError(f"is {text!r}: use true or false")


def mode(text: str) -> bool:
    """Whether it is DEV, not PROD."""
    if text.upper() not in ("DEV", "PROD"):
        raise ValueError(f"is {text!r}: use DEV or PROD")
    return text.upper() == "DEV"


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
            raise ValueError(f"is {text!r}: use a whole number from {lowest} to {highest}")
        return int(text)

    return read


def folder(text: str) -> Path:
    """A folder, whether it is there or not."""
    return Path(text).absolute()


def file(text: str) -> Path | None:
    """A file that is there, or none."""
    if text and not Path(text).is_file():
        raise ValueError(f"is {text!r}: there is no such file")
    return Path(text) if text else None


def found(text: str) -> Path | None:
    """A folder that is there, or none."""
    if text and not Path(text).is_dir():
        raise ValueError(f"is {text!r}: there is no such folder")
    return Path(text) if text else None
