"""A Docker Engine: the one that answers, or one of our own that is gone afterwards."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_START_SECONDS = 60
_PACKAGES = ("docker.io", "docker-compose", "debootstrap", "iptables", "chromium")
_PROGRAMS = ("dockerd", "docker-compose", "debootstrap", "iptables", "chromium")


class EngineError(RuntimeError):
    """There is no Docker Engine, and none can be started."""


def docker(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a docker command and give what it says. Raises CalledProcessError."""
    options = {"check": True, "capture_output": True, "text": True, **options}
    return subprocess.run([client(), *arguments], **options)


def client() -> str:
    # Debian's client builds with BuildKit as it is; others need a plugin that may be missing.
    return "/usr/bin/docker" if Path("/usr/bin/docker").exists() else "docker"


def compose() -> list[str]:
    """The compose command: the plugin, or Debian's program."""
    plugin = [client(), "compose"]
    known = subprocess.run([*plugin, "version"], capture_output=True, check=False)
    return plugin if known.returncode == 0 else ["docker-compose"]


@contextlib.contextmanager
def running() -> Iterator[None]:
    """Has an engine answer while the context lasts. Raises EngineError."""
    if _answers():
        yield
        return
    if os.geteuid() != 0:
        raise EngineError(
            "no Docker Engine answers: start Docker, or run this as root to have one of its own"
        )
    _install()
    with tempfile.TemporaryDirectory(prefix="hunt-docker-") as folder:
        os.environ["DOCKER_HOST"] = f"unix://{folder}/socket"
        with _daemon(Path(folder)):
            yield


def _answers() -> bool:
    if not shutil.which(client()):
        return False
    return docker("info", "--format", "{{.ServerVersion}}", check=False).returncode == 0


def _install() -> None:
    if all(shutil.which(program) for program in _PROGRAMS):
        return
    if not shutil.which("apt-get"):
        raise EngineError("no Docker Engine answers, and this is not Debian: install Docker")
    print("installing", *_PACKAGES, "...")
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "env": _noninteractive()}
    subprocess.run(["apt-get", "-qq", "update"], **quiet)
    subprocess.run(["apt-get", "-qq", "install", "--no-install-recommends", *_PACKAGES], **quiet)


def _noninteractive() -> dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}


@contextlib.contextmanager
def _daemon(folder: Path) -> Iterator[None]:
    log = folder / "log"
    with log.open("w") as output:
        command = ["dockerd", "--data-root", str(folder / "data"), "--exec-root", str(folder / "x")]
        command += ["--pidfile", str(folder / "pid"), "--host", f"unix://{folder}/socket"]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise EngineError(f"dockerd does not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(_START_SECONDS)
        _unmount(folder)


def _unmount(folder: Path) -> None:
    """What the engine has left mounted, innermost first."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(str(folder))), reverse=True):
        subprocess.run(["umount", "--lazy", mount], check=False, stderr=sys.stderr)
