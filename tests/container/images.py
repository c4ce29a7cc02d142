"""The images under test: built from this repository on an official or a home-made base."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.container.engine import EngineError, docker
from tests.running_service import ROOT

PROD, DEV = "dsdl-hunt-test:prod", "dsdl-hunt-test:dev"
_OWN_BASE = "dsdl-hunt-test:base"
_SUITE = "bookworm"
_ABROAD = ("http:", "https:")


@contextlib.contextmanager
def built() -> Iterator[dict[str, int]]:
    """Build both targets; gives {tag: size in bytes}. The images are removed afterwards."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            base = _official_base() or _own_base(Path(folder) / "base")
            for tag in (PROD, DEV):
                _build(tag, base, Path(folder))
        yield {tag: _size(tag) for tag in (PROD, DEV)}
    finally:
        docker("rmi", "--force", PROD, DEV, _OWN_BASE, check=False)


def _build(tag: str, base: str, folder: Path) -> None:
    target = tag.rpartition(":")[2]
    print(f"building {tag} from {base} ...", flush=True)
    command = ["build", "--target", target, "--tag", tag, "--build-arg", f"BASE_IMAGE={base}"]
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        if name in os.environ:
            command += ["--build-arg", name]
    for name, path in _pip_settings(folder).items():
        command += ["--secret", f"id={name},src={path}"]
    buildkit = {**os.environ, "DOCKER_BUILDKIT": "1"}
    done = docker(*command, str(ROOT), env=buildkit, check=False)
    if done.returncode:
        raise EngineError(f"{tag} cannot be built:\n{done.stderr[-4000:]}")


def _pip_settings(folder: Path) -> dict[str, Path]:
    """This machine's way to the package index, as files for the build. Local folders stay out."""
    settings = dict(_pip_config())
    lines = ["[global]"]
    for name in ("index-url", "extra-index-url", "trusted-host", "proxy", "default-timeout"):
        words = [word for word in settings.get(name, "").split() if not _is_local(name, word)]
        if words:
            lines.append(f"{name} = {' '.join(words)}")
    certificates = folder / "ca.pem"
    certificates.touch()
    if "cert" in settings:
        shutil.copy(settings["cert"], certificates)
        lines.append("cert = /run/secrets/ca.pem")
    config = folder / "pip.conf"
    config.write_text("\n".join(lines) + "\n")
    return {"pip.conf": config, "ca.pem": certificates}


def _pip_config() -> Iterator[tuple[str, str]]:
    """What `pip config list` says, later places winning: global.cert='/path'."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        yield name.rpartition(".")[2], value.strip("'\"")


def _is_local(name: str, word: str) -> bool:
    return name.endswith("index-url") and not word.startswith(_ABROAD)


def _official_base() -> str:
    """The Dockerfile's default, if a registry can be reached."""
    text = (ROOT / "Dockerfile").read_text()
    name = text.partition("ARG BASE_IMAGE=")[2].split()[0]
    with contextlib.suppress(subprocess.TimeoutExpired):
        if docker("pull", "--quiet", name, check=False, timeout=300).returncode == 0:
            return name
    return ""


def _own_base(folder: Path) -> str:
    """A small Debian with Python, made with debootstrap."""
    if not shutil.which("debootstrap"):
        raise EngineError("the base image cannot be pulled, and debootstrap is not installed")
    packages = "--include=python3,python3-venv,ca-certificates"
    print(f"no registry: making a base with debootstrap ({_SUITE}) ...", flush=True)
    command = ["debootstrap", "--variant=minbase", packages, _SUITE, str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    unused = "var/cache/apt var/cache/debconf var/lib/apt/lists usr/share/doc usr/share/man"
    leave_out = [f"--exclude=./{path}/*" for path in [*unused.split(), "usr/share/locale"]]
    tar = ["tar", "-C", str(folder), *leave_out, "-c", "."]
    with subprocess.Popen(tar, stdout=subprocess.PIPE) as archive:
        docker("import", "-", _OWN_BASE, stdin=archive.stdout)
    shutil.rmtree(folder)
    return _OWN_BASE


def _size(tag: str) -> int:
    return int(docker("image", "inspect", "--format", "{{.Size}}", tag).stdout)
