"""A service in a process of its own, and requests as DSDL sends them: urllib, one per search."""

import contextlib
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TOKEN = "a-token-for-tests"
_WAIT_SECONDS = 60


def start_command() -> list[str]:
    return [sys.executable, "-m", "app"]


def environment(srv: Path, **changes: str) -> dict[str, str]:
    """The environment of a service: a free port, its own SRV_DIR; `changes` come on top."""
    base = {"api_token": TOKEN, "SRV_DIR": str(srv), "PORT": "0", "HOST": "127.0.0.1"}
    return {**os.environ, **base, **changes}


def body(data: str, algo: str | None = None, model: str | None = None, **more: Any) -> dict:
    """A request body as DSDL builds it. `params` and `limits` are merged, the rest replaces."""
    fields = data.split("\n", 1)[0].split(",")
    params = {**({"algo": algo} if algo else {}), **more.pop("params", {})}
    options = {
        "params": params,
        "args": fields,
        "feature_variables": fields,
        "algo_name": "MLTKContainer",
        "mlspl_limits": {"max_fit_time": "20", "max_score_time": "20", **more.pop("limits", {})},
        "kfold_cv": None,
        **({"model_name": model} if model else {}),
        **more,
    }
    return {"data": data, "meta": {"options": options, "feature_variables": fields}}


@dataclass
class RunningService:
    """A service that has said where it listens (`url`); `log` is what it printed.

    `trusted` is the certificate to trust (PEM); without it, the one that the service has made.
    """

    process: subprocess.Popen[str]
    srv: Path
    trusted: str | None = None
    url: str = ""
    log: list[str] = field(default_factory=list)

    def module(self, name: str, code: str) -> str:
        """Write a model module into the service's folder, as saving a notebook does."""
        path = self.srv / "app" / "model" / f"{name}.py"
        path.write_text(textwrap.dedent(code), "utf-8")
        return name

    def fit(self, data: str, algo: str, model: str | None = None, **more: Any) -> dict:
        return self.post("/fit", body(data, algo, model, **more))

    def apply(self, data: str, algo: str, model: str | None = None, **more: Any) -> dict:
        return self.post("/apply", body(data, algo, model, **more))

    def summary(self) -> dict:
        """GET /summary: JSON in a JSON string."""
        return json.loads(json.loads(self.request("/summary")[1]))

    def post(self, path: str, content: Any, **headers: str) -> dict:
        """The JSON object that DSDL gets; like DSDL, accepts nothing but status 200."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        status, text = self.request(path, data, **headers)
        assert status == 200, (status, text)
        return json.loads(text)

    def request(
        self,
        path: str,
        data: bytes | None = None,
        authorization: str | None = TOKEN,
        method: str | None = None,
    ) -> tuple[int, str]:
        """Status and text of any response. `authorization` None leaves the header out."""
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        if authorization is not None:
            request.add_header("Authorization", authorization)
        try:
            with urllib.request.urlopen(request, context=self.trust(), timeout=60) as response:
                return response.status, response.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def trust(self) -> ssl.SSLContext | None:
        """Trust the service's certificate, and no other."""
        if not self.url.startswith("https"):
            return None
        own = self.srv / "app" / "tls" / "cert.pem"
        return ssl.create_default_context(cadata=self.trusted or own.read_text())

    def workers(self) -> list[int]:
        """The ids of the worker processes: the children of the server that forks them."""
        return [int(pid) for server in children(self.process.pid) for pid in children(server)]

    def wait_ready(self) -> None:
        wait_until(lambda: self.request("/readyz")[0] == 200)

    def logged(self, text: str) -> str:
        """The log, once this text is in it."""
        wait_until(lambda: text in "".join(self.log))
        return "".join(self.log)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_WAIT_SECONDS)


@contextlib.contextmanager
def running_service(
    srv: Path | None = None, trusted: str | None = None, **changes: str
) -> Iterator[RunningService]:
    """A ready service with two workers; environment variables can be changed."""
    with contextlib.ExitStack() as stack:
        if srv is None:
            srv = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        process = subprocess.Popen(
            start_command(),
            cwd=ROOT,
            env=environment(srv, **{"api_workers": "2", **changes}),
            stderr=subprocess.PIPE,
            text=True,
        )
        service = RunningService(process, srv, trusted)
        reader = threading.Thread(target=_read_log, args=(service,))
        reader.start()
        try:
            wait_until(lambda: _has_url(service))
            service.wait_ready()
            yield service
        finally:
            process.terminate()
            try:
                process.wait(20)
            finally:
                process.kill()
                process.wait()
                reader.join()
                process.stderr.close()


def _read_log(service: RunningService) -> None:
    for line in service.process.stderr:
        service.log.append(line)
        if found := re.search(r"listening on (\S+)", line):
            service.url = found[1]


def _has_url(service: RunningService) -> bool:
    assert service.process.poll() is None, service.log
    return bool(service.url)


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for what comes soon; fails if it does not."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def runs(pid: int) -> bool:
    """Whether the process runs: a zombie does not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it may end while the file is read
        return False


def children(pid: int) -> list[int]:
    """The ids of the processes that a process has started and that have not ended."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in lists for child in path.read_text().split()]
