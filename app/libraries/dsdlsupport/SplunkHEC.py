"""`SplunkHEC.SplunkHEC()`: events to Splunk's HTTP Event Collector from a notebook."""

import time
from typing import Any

import requests

from app.splunk import config, hec
from app.splunk.errors import of_connection

_TIMEOUT = (5, 30)


class SplunkHEC:
    """A collector: the given one, or that of the variables that DSDL sets (`splunk_hec_url`, ...).

    `send` answers as DSDL's does. For many events, `send_df` and `hec.push` of `app.splunk` make
    batches, retry, and keep on disk what cannot be sent.
    """

    def __init__(self, url: str = "", token: str = "") -> None:
        self._to = config.collector(url, token)
        self.url = f"{self._to.url}/services/collector/event"
        self.token = self._to.token
        self.authHeader = {"Authorization": f"Splunk {self.token.reveal()}"}

    def send_to_hec(self, jsonDict: Any, url: str) -> requests.Response:  # noqa: N803
        """One request with an event, or a list of them."""
        try:
            return requests.post(
                url, headers=self.authHeader, json=jsonDict, timeout=_TIMEOUT, verify=self._to.check
            )
        except requests.RequestException as error:
            raise of_connection(url, error) from None

    def send(self, events: Any) -> requests.Response:
        """Send `{"event": ..., "time": ...}`, or a list of such; Splunk's answer.

        Raises SplunkError if the collector cannot be reached.
        """
        return self.send_to_hec(events, self.url)

    def send_hello_world(self, num: int = 1) -> requests.Response:
        """Send some events to see that it works."""
        now = time.time()
        return self.send(
            [
                {"event": {"message": f"hello world {number}"}, "time": now + number / 1000}
                for number in range(num)
            ]
        )

    def send_df(self, df: Any, **labels: str) -> hec.Pushed:
        """Send every row of a DataFrame; `index`, `sourcetype`, `source`, `host` as in Splunk."""
        return hec.push_frame(df, hec.Labels(**labels), self._to)
