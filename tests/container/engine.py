"""A Docker Engine: the one that answers, or one of our own that is gone afterwards."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.container import packages

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


def composes() -> list[list[str]]:
    """The compose commands of this machine: the plugin, and the program of older systems."""
    commands = [[client(), "compose"], ["docker-compose"]]
    return [command for command in commands if _runs([*command, "version"])]


def _runs(command: list[str]) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False


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
    with _alone(), tempfile.TemporaryDirectory(prefix="hunt-docker-") as folder:
        _install()
        _add_compose(Path(folder))
        os.environ["DOCKER_HOST"] = f"unix://{folder}/socket"
        with _daemon(Path(folder)):
            yield


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Engines share the bridge docker0 and its addresses: one of ours at a time."""
    with Path(tempfile.gettempdir(), "hunt-docker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
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
    packages.install(*_PACKAGES)


def _add_compose(folder: Path) -> None:
    """The plugin, where Debian has none: what people use today."""
    if _runs([client(), "compose", "version"]):
        return
    packages.unpack_newer("docker-compose", folder / "newer")
    os.environ["DOCKER_CONFIG"] = str(folder)
    (folder / "cli-plugins").symlink_to(folder / "newer/usr/libexec/docker/cli-plugins")


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
