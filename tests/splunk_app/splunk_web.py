"""Splunk Web as the setup page sees it: the view of the app, and splunkd behind splunkd/__raw.

https://docs.splunk.com/Documentation/Splunk/latest/RESTREF/RESTaccess (storage/passwords),
RESTREF/RESTconf (configs/conf-...), RESTREF/RESTsearch (search/jobs, exec_mode=oneshot).
"""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from app.spl.splunkd import command, splunkd

PAGE = "/en-US/app/dsdl_hunt/setup"
_RAW = "/en-US/splunkd/__raw/servicesNS/nobody/dsdl_hunt/"
_STATIC = "/en-US/static/app/dsdl_hunt/"
_PORT, _KEY = "8000", "the-form-key"
Answer = tuple[int, dict[str, Any]]


@dataclass
class SplunkWeb:
    """`conf` and `passwords` are what was saved; `refused` are requests without the form key."""

    app: Path
    url: str = ""
    conf: dict[str, str] = field(default_factory=lambda: {"url": "", "ca_path": "", "timeout": "9"})
    passwords: dict[str, str] = field(default_factory=dict)
    configured: bool = False
    may_write: bool = True
    refused: list[str] = field(default_factory=list)

    def page(self) -> str:
        """The view, drawn after its script has begun, as Splunk Web may do."""
        view = ElementTree.parse(self.app / "default/data/ui/views/setup.xml").getroot()
        panel = view.find("row/panel/html")
        assert panel is not None
        form = json.dumps(ElementTree.tostring(panel, "unicode", method="html"))
        return (
            f"<!DOCTYPE html><title>Setup</title><script>$C = {{MRSPARKLE_PORT_NUMBER: {_PORT}}}"
            f"</script><body><script src='{_STATIC}{view.get('script')}'></script>"
            f"<script>setTimeout(function () {{document.body.innerHTML = {form}}}, 50)</script>"
        )

    def answer(self, method: str, path: str, values: dict[str, str]) -> Answer:
        """As splunkd does. Unknown endpoints are 404."""
        known = {
            ("GET", "configs/conf-dsdl_hunt/container"): self._settings,
            ("POST", "configs/conf-dsdl_hunt/container"): self._save,
            ("POST", "storage/passwords/dsdl_hunt:api_token:"): self._change,
            ("POST", "storage/passwords"): self._create,
            ("POST", "apps/local/dsdl_hunt"): self._configure,
            ("POST", "search/jobs"): self._search,
        }
        if (method, path) not in known:
            return _failed(404, f"there is no {path}")
        if method == "POST" and not self.may_write:
            return _failed(403, "You do not have permission to perform this operation")
        return known[method, path](values)

    def _settings(self, _: dict[str, str]) -> Answer:
        return 200, {"entry": [{"name": "container", "content": self.conf}]}

    def _save(self, values: dict[str, str]) -> Answer:
        self.conf |= values
        return self._settings(values)

    def _change(self, values: dict[str, str]) -> Answer:
        if "dsdl_hunt:api_token:" not in self.passwords:
            return _failed(404, "Could not find object id=dsdl_hunt:api_token:")
        self.passwords["dsdl_hunt:api_token:"] = values["password"]
        return 200, {"entry": []}

    def _create(self, values: dict[str, str]) -> Answer:
        name = f"{values['realm']}:{values['name']}:"
        if name in self.passwords:
            return _failed(409, f"Cannot perform action POST without a target name: {name}")
        self.passwords[name] = values["password"]
        return 201, {"entry": []}

    def _configure(self, values: dict[str, str]) -> Answer:
        self.configured = values["configured"] == "true"
        return 200, {"entry": []}

    def _search(self, values: dict[str, str]) -> Answer:
        assert values == {"search": "| huntmodels", "exec_mode": "oneshot"}
        token = self.passwords.get("dsdl_hunt:api_token:", "")
        with splunkd(token, **self.conf) as rest, command(self.app, "huntmodels") as listing:
            told = listing.getinfo(rest).messages
            reply = listing.execute([], finished=True) if not told else None
        messages = told or (reply.messages if reply else [])
        texts = [{"type": "ERROR", "text": text.removeprefix("ERROR ")} for text in messages]
        return 200, {"results": reply.events if reply else [], "messages": texts}


@contextlib.contextmanager
def splunk_web(app: Path) -> Iterator[SplunkWeb]:
    """Listens on a free port of this machine."""
    state = SplunkWeb(app)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == PAGE:
                self._reply(200, "text/html", state.page())
            elif self.path.startswith(_STATIC):
                script = app / "appserver" / "static" / self.path.removeprefix(_STATIC)
                self._reply(200, "text/javascript", script.read_text("utf-8"))
            else:
                self._rest("GET", {})

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.headers["X-Splunk-Form-Key"] != _KEY or not self.headers["X-Requested-With"]:
                state.refused.append(self.path)
                self._reply(401, "text/html", "CSRF validation failed")
                return
            self._rest("POST", dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True)))

        def _rest(self, method: str, values: dict[str, str]) -> None:
            path, _, query = self.path.partition("?")
            if not path.startswith(_RAW) or query != "output_mode=json":
                self._reply(404, "text/html", "Not found")
                return
            status, found = state.answer(method, path.removeprefix(_RAW), values)
            self._reply(status, "application/json", json.dumps(found))

        def _reply(self, status: int, kind: str, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            # Another Splunk Web on this machine has a cookie, too.
            self.send_header("Set-Cookie", "splunkweb_csrf_token_8001=of-another; Path=/")
            self.send_header("Set-Cookie", f"splunkweb_csrf_token_{_PORT}={_KEY}; Path=/")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}{PAGE}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _failed(status: int, text: str) -> Answer:
    return status, {"messages": [{"type": "ERROR", "text": text}]}
