"""A real Jupyter server with the shipped configuration, and requests as JupyterLab sends them."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import requests
from jupyter_server.auth import passwd

from tests.running_service import ROOT, environment, wait_until

CONFIG = ROOT / "app" / "jupyter" / "jupyter_server_config.py"
PASSWORD = "a password for tests"
# Not loaded here: what brings the user interface. The tests may run as root.
_SLOW = ("jupyterlab", "jupyter_lsp", "notebook_shim", "panel.io.jupyter_server_extension")
_QUICK = [f"--ServerApp.jpserver_extensions={dict.fromkeys(_SLOW, False)}", "--allow-root"]


@dataclass
class RunningJupyter:
    """A server that has said where it listens, and a session that is logged in."""

    process: subprocess.Popen[str]
    certificate: Path
    session: requests.Session = field(init=False)
    url: str = ""
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.session = self.visitor()

    def visitor(self) -> requests.Session:
        """Somebody who is not logged in."""
        session = requests.Session()
        session.trust_env = False  # REQUESTS_CA_BUNDLE would win over verify
        session.verify = str(self.certificate)
        return session

    def answers(self) -> bool:
        try:
            return self.session.get(f"{self.url}/login", timeout=5).ok
        except requests.ConnectionError:
            return False

    def log_in(self, session: requests.Session, password: str) -> int:
        """The status of the answer."""
        session.get(f"{self.url}/login")
        form = {"_xsrf": session.cookies["_xsrf"], "password": password}
        return session.post(f"{self.url}/login", form, allow_redirects=False).status_code

    def put(self, path: str, notebook: dict) -> requests.Response:
        model = {"type": "notebook", "format": "json", "content": notebook}
        return self.contents("PUT", path, model)

    def rename(self, path: str, new: str) -> requests.Response:
        return self.contents("PATCH", path, {"path": new})

    def delete(self, path: str) -> requests.Response:
        return self.contents("DELETE", path)

    def contents(self, method: str, path: str, body: dict | None = None) -> requests.Response:
        headers = {"X-XSRFToken": self.session.cookies["_xsrf"]}
        url = f"{self.url}/api/contents/{path}"
        return self.session.request(method, url, json=body, headers=headers)


def start(srv: Path, home: Path, **changes: str) -> subprocess.Popen[str]:
    """The process of a server; its own files are kept in `home`."""
    own = {"JUPYTER_PORT": "0", "HOME": str(home), "JUPYTER_PASSWD": passwd(PASSWORD)}
    return subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", "--config", str(CONFIG), *_QUICK],
        cwd=home,
        env=environment(srv, **{**own, **changes}),
        stderr=subprocess.PIPE,
        text=True,
    )


@contextlib.contextmanager
def running_jupyter(srv: Path, home: Path, **changes: str) -> Iterator[RunningJupyter]:
    """A server that answers, over TLS with the service's certificate."""
    running = RunningJupyter(start(srv, home, **changes), srv / "app" / "tls" / "cert.pem")
    reader = threading.Thread(target=_read_log, args=(running,))
    reader.start()
    try:
        wait_until(lambda: running.url or running.process.poll() is not None)
        assert running.url, running.log
        wait_until(running.answers)
        yield running
    finally:
        running.session.close()
        running.process.terminate()
        try:
            running.process.wait(20)
        finally:
            running.process.kill()
            running.process.wait()
            reader.join()
            running.process.stderr.close()


def _read_log(running: RunningJupyter) -> None:
    for line in running.process.stderr:
        running.log.append(line)
        if "://127.0.0.1:" in line and not running.url:
            running.url = line[line.index("http") :].split("/?")[0].strip().rstrip("/")
