"""What all commands do: arguments, setup, messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hunt_client import HuntError, arguments, lifeline, setup
from hunt_client.container import Container


class Command:
    """Mixed into splunklib's classes. `given` and `setup` are there after `begin`."""

    def _protocol_v2_option_parser(self, argument: str) -> list[str]:
        """Leave every argument to `begin`: most options are the model's, not the command's."""
        return [argument]

    def begin(self: Any) -> None:
        """Read the arguments and the setup."""
        lifeline.end_with_parent()
        self.given = arguments.parse(self.fieldnames or [])
        self.setup = setup.read(self.metadata.searchinfo)
        self.container = Container(self.setup)

    @contextmanager
    def telling(self: Any) -> Iterator[None]:
        """What cannot be done becomes a message of the search, which ends."""
        try:
            yield
        except HuntError as error:
            if getattr(self, "container", None):
                self.container.close()
            self.write_error("{}", f"{self.name}: {error}")
            raise SystemExit(1) from error
