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
        self.configuration.required_fields = rows.required(self.wanted)
        self.pool = ThreadPoolExecutor(self.setup.requests)
        self.missed = rows.named(self.wanted)
        self.count = 0

    def stream(self, events):
        with self.telling():
            batches = rows.batches(events, self.setup.rows)
            columns: set[str] = set()
            for batch in in_order(self.pool, self.annotated, batches, self.setup.requests):
                columns = columns or set(batch[0])
                self.note(batch, columns)
                yield from batch
        if self.metadata.finished and self.missed and self.count:
            self.write_warning("{}", f"hunt: no event has the field {sorted(self.missed)[0]!r}")

    def note(self, batch, columns):
        """Count events and the fields that they have; warn of those that cannot be shown:
        splunklib writes the columns of the first event of a chunk."""
        self.count += len(batch)
        self.missed.difference_update(*batch)
        late = sorted(set(batch[0]) - columns)
        if late:
            self.write_warning(
                "{}",
                f"hunt: {self.algo} gives the column {late[0]!r} for some events only, and it is "
                "left out: set rows = 50000 in dsdl_hunt.conf",
            )
            columns.update(late)

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
