"""| huntmodels"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from hunt_client.command import Command
from splunklib.searchcommands import Configuration, GeneratingCommand, dispatch


@Configuration(type="reporting")
class HuntModelsCommand(Command, GeneratingCommand):
    """Lists the models of the container, with their options and columns."""

    def generate(self):
        with self.telling():
            self.begin()
            for model in self.container.models():
                yield {
                    "model": model["model"],
                    "purpose": model["purpose"],
                    "rows": model["rows"],
                    "parameters": [
                        f"{entry['name']} ({entry['default']}): {entry['meaning']}"
                        for entry in model["parameters"]
                    ],
                    "columns": [
                        f"{entry['name']}: {entry['meaning']}" for entry in model["columns"]
                    ],
                    "example": model["example"],
                }


if __name__ == "__main__":
    dispatch(HuntModelsCommand, module_name=__name__)
