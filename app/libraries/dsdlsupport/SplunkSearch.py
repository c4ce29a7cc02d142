"""`SplunkSearch.SplunkSearch(...)`: search Splunk from a notebook, with a form or without."""

# mypy: allow-untyped-calls

from typing import Any

import pandas as pd
from splunklib.client import Job, Service

from app.splunk import config, jobs
from app.splunk.errors import SplunkError
from app.splunk.rows import Row
from app.splunk.search import connected
from dsdlsupport._form import form

_EXAMPLE = (
    "| makeresults count=10 \n| streamstats c as i \n| eval s = i%3 \n| eval feature_{s}=0 \n"
    "| foreach feature_* [eval <<FIELD>>=random()/pow(2,31)]"
)
_EARLIEST, _LATEST = "-15m@m", "now"


class SplunkSearch:
    """A search. In a notebook it shows a form; its button runs what the form says.

    Arguments that are not given come from the variables that DSDL sets (`splunk_access_host`, ...).
    """

    def __init__(
        self,
        host: str | None = None,
        port: str | int | None = None,
        token: str | None = None,
        search: str = _EXAMPLE,
    ) -> None:
        self.host, self.port, self.token = host, port, token
        self._results: list[Row] | None = None
        self._job: Job | None = None
        self.ui, self.widgets = form(search, _EARLIEST, _LATEST, self.search_button_clicked)

    @property
    def service(self) -> Service:
        """The splunk-sdk service. Raises SplunkError if no search head is set up."""
        with connected(self._access()) as service:
            return service

    def search(self, query: str, earliest: str = _EARLIEST, latest: str = _LATEST) -> list[Row]:
        """All rows, as dictionaries of texts (lists for multi-value fields). Raises SplunkError."""
        tell = self.ui["progress1"], self.ui["progress2"]
        with connected(self._access()) as service:
            self._job = job = jobs.start(service, query, earliest, latest)
            reader = jobs.wait(job, lambda done: _show(tell[0], 100 * done))
            tell[1].max = max(float(job["resultCount"]), 1.0)
            self._results = []
            for row in jobs.rows(job, reader):
                self._results.append(row)
                if len(self._results) % 1000 == 0:
                    _show(tell[1], len(self._results))
            _show(tell[1], tell[1].max)
        said = "".join(f" {message}" for message in reader.messages)
        self.ui["resultinfo"].value = f"search completed with {len(self._results)} results.{said}"
        return self._results

    def search_button_clicked(self, button_event: Any) -> None:
        """Run the search of the form; what goes wrong stands below it."""
        self.ui["button"].disabled = True
        try:
            self._search_form()
        except SplunkError as error:
            self.ui["resultinfo"].value = f"An error occurred: {error}"
        finally:
            self.ui["button"].disabled = False

    def search_logs(self) -> None:
        """Print the search log of the last job."""
        if self._job is not None:
            for line in self._job.searchlog():
                print(line.decode(errors="replace") if isinstance(line, bytes) else line)

    def as_df(self) -> pd.DataFrame:
        """The rows of the last search. If there was none, the form's search is run now."""
        if self._results is None:
            self._search_form()
        return pd.DataFrame(self._results)

    def _search_form(self) -> None:
        ui = self.ui
        self.search(ui["spl"].value, ui["earliest"].value, ui["latest"].value)

    def _access(self) -> config.Access:
        return config.access(self.host, self.port, self.token)


def _show(bar: Any, value: float) -> None:
    bar.value = float(value)
