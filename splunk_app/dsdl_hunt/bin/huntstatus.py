"""| huntstatus"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from hunt_client.command import Command
from splunklib.searchcommands import Configuration, GeneratingCommand, dispatch


@Configuration(type="reporting")
class HuntStatusCommand(Command, GeneratingCommand):
    """Tells how the container is: workers, disk, providers with their quotas, feeds, databases."""

    def generate(self):
        with self.telling():
            self.begin()
            yield from self.container.status()


if __name__ == "__main__":
    dispatch(HuntStatusCommand, module_name=__name__)
