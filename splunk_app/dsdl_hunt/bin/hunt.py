"""... | hunt <model> [field ...] [model=<fitted>] [prefix=<text>] [option=value ...]"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from hunt_client import HuntError, rows
from hunt_client.command import Command
from hunt_client.container import model_path
from hunt_client.ordered import in_order
from splunklib.searchcommands import Configuration, StreamingCommand, dispatch


@Configuration()
class HuntCommand(Command, StreamingCommand):
    """Annotates events with a model of the container, while the search runs."""

    def prepare(self):
        with self.telling():
            self.begin()
            self.algo, fields = self.given.first("... | hunt <model> <field> ...")
            named = self.given.options.get("field")
            self.wanted = list(dict.fromkeys([*fields, *([named] if named else [])]))
            self.separator = self.given.options.get("delim") or rows.SEPARATOR
        self.configuration.distributed = self.setup.distributed
        self.configuration.required_fields = self.wanted or ["*"]
        self.pool = ThreadPoolExecutor(self.setup.requests)
        self.missed = set(self.wanted)

    def stream(self, events):
        with self.telling():
            batches = rows.batches(events, self.setup.rows)
            for batch in in_order(self.pool, self.annotated, batches, self.setup.requests):
                self.missed.difference_update(*batch)
                yield from batch
        if self.metadata.finished and self.missed:
            self.write_warning("{}", f"hunt: no event has the field {sorted(self.missed)[0]!r}")

    def annotated(self, batch):
        """The events with what the model says about them."""
        sent = rows.sent_fields(self.wanted, batch)
        path = model_path(
            self.algo,
            "apply",
            sent,
            self.given.options,
            self.given.own.get("model", ""),
            self.separator,
        )
        results = self.container.apply(path, rows.packed(batch, sent, self.separator))
        prefix = self.given.own.get("prefix", "")
        try:
            return rows.with_results(batch, results, sent, prefix, self.separator)
        except HuntError as error:
            raise HuntError(f"{self.algo}: {error}") from error


if __name__ == "__main__":
    dispatch(HuntCommand, module_name=__name__)
