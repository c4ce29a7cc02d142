"""What all commands do: arguments, setup, messages."""

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from splunklib.searchcommands.search_command import SearchCommand

from hunt_client import HuntError, arguments, lifeline, setup
from hunt_client.container import Container


class Command:
    """Mixed into splunklib's classes. `given` and `setup` are there after `begin`."""

    def _protocol_v2_option_parser(self, argument: str) -> list[str]:
        """Leave every argument to `begin`: most options are the model's, not the command's."""
        return [argument]

    @staticmethod
    def _read_chunk(istream: Any) -> Any:
        """A chunk whose events have no NUL: Python 3.9 reads no CSV with one."""
        chunk = SearchCommand._read_chunk(istream)
        return chunk and (chunk[0], chunk[1].replace("\0", "\ufffd"))

    def begin(self: Any) -> None:
        """Read the arguments and the setup."""
        csv.field_size_limit(sys.maxsize)  # splunklib has lowered it
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
