"""Containers started as strictly as DSDL, Kubernetes or OpenShift may start them."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.container.engine import docker
from tests.jupyter.running_jupyter import RunningJupyter
from tests.running_service import TOKEN, RunningService, wait_until

STRICT = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges")
USER = 1000


@dataclass
class Container(RunningService):
    """A container that runs; `srv` is what it has as /srv."""

    process: None = None
    srv: Path = Path()
    id: str = ""

    def find(self) -> "Container":
        """Where its port is published: another one after each start."""
        address = docker("port", self.id, "5000").stdout.split()[0]
        self.url = f"https://{address}"
        return self

    def wait_ready(self) -> None:
        wait_until(lambda: self._is_ready() or not self._runs())
        assert self._runs(), self.logs()

    def _is_ready(self) -> bool:
        try:
            return self.request("/readyz")[0] == 200
        except (OSError, ValueError):  # no certificate yet, or half of it
            return False

    def _runs(self) -> bool:
        state = docker("inspect", "--format", "{{.State.Running}}", self.id, check=False)
        return state.stdout.strip() == "true"

    def logs(self) -> str:
        return docker(
            "logs", self.id, stderr=subprocess.STDOUT, capture_output=False, stdout=subprocess.PIPE
        ).stdout

    def stop(self, seconds: int = 10) -> float:
        """Stops it as `docker stop` does, and says how many seconds that took."""
        start = time.monotonic()
        docker("stop", "--time", str(seconds), self.id)
        return time.monotonic() - start

    def start(self) -> None:
        docker("start", self.id)
        self.find().wait_ready()

    def exit_code(self) -> int:
        return int(docker("inspect", "--format", "{{.State.ExitCode}}", self.id).stdout)

    def run(self, *command: str) -> str:
        return docker("exec", self.id, *command).stdout


def volume(folder: Path, owner: int = USER) -> Path:
    """A folder to mount as /srv: writable by its owner and by group 0."""
    folder.mkdir(exist_ok=True)
    os.chown(folder, owner, 0)
    folder.chmod(0o775)
    return folder


def environment(**variables: str) -> list[str]:
    values = {"api_token": TOKEN, "SRV_DIR": "/srv", **variables}
    return [f"--env={name}={value}" for name, value in values.items()]


@contextlib.contextmanager
def running_container(
    image: str, srv: Path, *options: str, **variables: str
) -> Iterator[Container]:
    """A ready container over a folder; removed afterwards."""
    command = ["run", "--detach", *STRICT, "--publish=127.0.0.1::5000", "--publish=127.0.0.1::8888"]
    command += [f"--volume={srv}:/srv", *environment(**variables), *options, image]
    container = Container(srv=srv, id=docker(*command).stdout.strip())
    try:
        container.find().wait_ready()
        yield container
    finally:
        docker("rm", "--force", "--volumes", container.id)


def lab_of(container: Container, password: str) -> RunningJupyter:
    """JupyterLab of a container, logged in."""
    address = docker("port", container.id, "8888").stdout.split()[0]
    certificate = container.srv / "app" / "tls" / "cert.pem"
    jupyter = RunningJupyter(None, certificate, url=f"https://{address}")
    wait_until(jupyter.answers)
    assert jupyter.log_in(jupyter.session, password) == 302
    return jupyter


def refused(image: str, **variables: str) -> tuple[int, str]:
    """Exit code and log of a container that does not start."""
    ended = docker(
        "run",
        "--rm",
        *STRICT,
        "--tmpfs=/srv:uid=1000",
        *environment(**variables),
        image,
        check=False,
        timeout=60,
    )
    return ended.returncode, ended.stderr
