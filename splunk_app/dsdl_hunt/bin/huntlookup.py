"""| huntlookup <observable> ... [option=value ...]"""

import csv
import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from hunt_client import HuntError, rows
from hunt_client.command import Command
from splunklib.searchcommands import Configuration, GeneratingCommand, dispatch


@Configuration(type="reporting")
class HuntLookupCommand(Command, GeneratingCommand):
    """Asks threat intelligence about observables."""

    def generate(self):
        with self.telling():
            self.begin()
            if not self.given.words:
                raise HuntError("name what to look up: | huntlookup <address, name, URL or hash>")
            separator = self.given.options.setdefault("delim", rows.SEPARATOR)
            results = self.container.lookup(self.given.words, self.given.options)
            for row in csv.DictReader(io.StringIO(results)):
                yield {name: value.split(separator) for name, value in row.items()}


if __name__ == "__main__":
    dispatch(HuntLookupCommand, module_name=__name__)
