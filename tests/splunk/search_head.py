"""A search head as Splunk's REST API reference describes it; splunk-sdk is its client.

What a search gives is its last word: `rows=7` gives seven rows.
"""

import json
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

from tests.splunk.tls_server import Quiet

TOKEN = "a-token-for-tests"
_NAMES = 'xmlns="http://www.w3.org/2005/Atom" xmlns:s="http://dev.splunk.com/ns/rest"'
_ENTRY = (
    f"<entry {_NAMES}><title>x</title><id>x</id>"
    '<content type="text/xml"><s:dict>{}</s:dict></content></entry>'
)
_ACL = {"owner": "admin", "app": "search", "sharing": "user"}
_FEED = f"<feed {_NAMES}>{{}}</feed>"


@dataclass
class Head:
    """What the server has seen, and how it behaves."""

    lines: list[dict[str, Any]] | None = None  # of an export; by default rows and their previews
    refuse: int = 0  # status
    cut: bool = False  # end in the middle of a row
    page: int = 50_000  # limits.conf: maxresultrows
    polls: int = 2  # until a job is done
    failed: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


def row(number: int) -> dict[str, Any]:
    return {"n": str(number), "mv": ["a", "b"]}


def handler(head: Head) -> type[Quiet]:  # noqa: C901
    class SearchHead(Quiet):
        def do_GET(self) -> None:  # noqa: N802
            self._serve(*self._path(self.path))

        def do_POST(self) -> None:  # noqa: N802
            path, query = self._path(self.path)
            form = dict(urllib.parse.parse_qsl(self.body().decode()))
            self._serve(path, query | form)

        def _path(self, text: str) -> tuple[str, dict[str, str]]:
            split = urllib.parse.urlsplit(text)
            path = re.sub(r"^/services(NS/[^/]+/[^/]+)?/", "", split.path).strip("/")
            return path, dict(urllib.parse.parse_qsl(split.query))

        def _serve(self, path: str, form: dict[str, str]) -> None:
            head.requests.append((path, form))
            status = head.refuse or (
                0 if self.headers["Authorization"] == f"Bearer {TOKEN}" else 401
            )
            if status:
                said = {"messages": [{"type": "WARN", "text": "call not properly authenticated"}]}
                return self.answer(status, json.dumps(said).encode())
            if path == "server/info":
                told = entry(version="9.3.2", product_type="enterprise")
                return self.answer(200, _FEED.format(told).encode())
            if path == "search/v2/jobs/export":
                return self._export(form["search"])
            if path == "search/v2/jobs":
                return self._create(form)
            job, _, rest = path.removeprefix("search/v2/jobs/").partition("/")
            if rest == "results":
                return self._results(int(job), form)
            if rest == "search.log":
                return self.answer(200, b"11-23-2026 INFO  dispatched\n")
            return self._job(int(job))

        def _create(self, form: dict[str, str]) -> None:
            if form.get("exec_mode") == "oneshot":
                return self._page(0, min(rows(form["search"]), head.page))
            sid = f"<response><sid>{rows(form['search'])}</sid></response>"
            return self.answer(201, sid.encode())

        def _job(self, sid: int) -> None:
            head.polls -= 1
            done = head.polls <= 0
            messages = (
                f'<s:key name="fatal"><s:list><s:item>{head.failed}</s:item></s:list></s:key>'
            )
            told = entry(
                dispatchState="DONE" if done else "RUNNING",
                isDone=str(int(done)),
                isFailed=str(int(bool(head.failed))),
                doneProgress="1" if done else "0.5",
                resultCount=str(sid),
                messages=f"<s:dict>{messages if head.failed else ''}</s:dict>",
            )
            self.answer(200, told.encode())

        def _results(self, sid: int, form: dict[str, str]) -> None:
            start = int(form["offset"])
            count = min(int(form["count"]) or head.page, head.page)
            self._page(start, min(start + count, sid))

        def _page(self, start: int, end: int) -> None:
            found = [row(number) for number in range(start, end)]
            document = {"preview": False, "init_offset": start, "messages": [], "results": found}
            self.answer(200, json.dumps(document).encode())

        def _export(self, search: str) -> None:
            lines = exported(rows(search)) if head.lines is None else head.lines
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for line in lines:
                self._chunk(json.dumps(line).encode() + b"\n")
            if head.cut:
                self._chunk(b'{"preview":false,"resu')
                self.close_connection = True
            else:
                self._chunk(b"")

        def _chunk(self, data: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    return SearchHead


def entry(**values: str) -> str:
    return _ENTRY.format(keys(**values, **{"eai:acl": f"<s:dict>{keys(**_ACL)}</s:dict>"}))


def keys(**values: str) -> str:
    return "".join(f'<s:key name="{key}">{text}</s:key>' for key, text in values.items())


def rows(search: str) -> int:
    found = re.search(r"rows=(\d+)", search)
    return int(found[1]) if found else 0


def exported(count: int) -> list[dict[str, Any]]:
    """The lines of an export: previews come first, and there is always a last row."""
    preview = [{"preview": True, "offset": 0, "result": row(0)}] * min(count, 1)
    final: list[dict[str, Any]] = [
        {"preview": False, "offset": number, "result": row(number)} for number in range(count)
    ] or [{"preview": False}]
    final[-1]["lastrow"] = True
    return preview + final
