"""... | huntfit <model> [field ...] [option=value ...] into <name>"""

import gzip
import io
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from hunt_client import HuntError, arguments, rows
from hunt_client.command import Command
from hunt_client.container import model_path
from splunklib.searchcommands import Configuration, ReportingCommand, dispatch

USAGE = "... | huntfit <model> <field> ... into <name>"
IN_MEMORY = 32 << 20  # bytes of gzipped rows; beyond that they go to a file


@Configuration()
class HuntFitCommand(Command, ReportingCommand):
    """Fits a model of the container to all events; gives one row that says so."""

    def prepare(self):
        with self.telling():
            self.begin()
            self.algo, words = self.given.first(USAGE)
            self.wanted, self.into = arguments.into(words, USAGE)
            self.separator = self.given.options.get("delim") or rows.SEPARATOR
        self.configuration.required_fields = rows.required(self.wanted)
        self.fields = []
        self.missed = rows.named(self.wanted)
        self.count = 0
        # A file of the search: it goes with it.
        self.spool = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
        packed = gzip.GzipFile(fileobj=self.spool, mode="wb", compresslevel=1)
        self.text = io.TextIOWrapper(packed, "utf-8", "replace", newline="")
        self.writer = None

    def reduce(self, events):
        if getattr(self.metadata, "preview", False):
            self.metadata.preview = False  # splunklib keeps it for chunks that do not say
            return
        with self.telling():
            self.keep(events)
            if self.metadata.finished:
                yield self.fitted()

    def keep(self, events):
        """Spool a chunk of events."""
        for batch in rows.batches(events, self.setup.rows):
            self.fields = self.fields or rows.sent_fields(self.wanted, batch)
            self.writer = self.writer or rows.csv_writer(self.text, self.fields)
            self.missed.difference_update(*batch)
            self.count += rows.write_rows(self.writer, batch, self.fields, self.separator)

    def fitted(self):
        """Fit the model to what was spooled."""
        if not self.count:
            raise HuntError("there are no events to learn from")
        if self.missed:
            raise HuntError(f"no event has the field {sorted(self.missed)[0]!r}")
        self.text.close()
        path = model_path(
            self.algo, "fit", self.fields, self.given.options, self.into, self.separator
        )
        self.container.fit(path, self.spool)
        return {
            "model": self.algo,
            "name": self.into,
            "rows": str(self.count),
            "fields": self.fields,
            "use": f"| hunt {self.algo} {' '.join(self.fields)} model={self.into}",
        }


if __name__ == "__main__":
    dispatch(HuntFitCommand, module_name=__name__)
