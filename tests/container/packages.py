"""Debian's packages, of this release and of the next."""

import os
import subprocess
from pathlib import Path

_HERE, _NEXT = "bookworm", "trixie"
_SOURCES = (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d/debian.sources"))


def install(*names: str) -> None:
    """Raises CalledProcessError."""
    _apt_get("update")
    _apt_get("install", "--no-install-recommends", *names)


def unpack_newer(name: str, folder: Path) -> None:
    """Unpack a package of the next release into a folder. Raises CalledProcessError."""
    sources = folder / "sources"
    for part in (sources, folder / "lists/partial", folder / "cache/archives/partial"):
        part.mkdir(parents=True)
    for path in filter(Path.exists, _SOURCES):
        (sources / path.name).write_text(path.read_text().replace(_HERE, _NEXT))
    own = [f"--option=Dir::State::lists={folder}/lists", f"--option=Dir::Cache={folder}/cache"]
    own += [f"--option=Dir::Etc::sourceparts={sources}", "--option=Dir::Etc::sourcelist=/dev/null"]
    own += ["--option=APT::Sandbox::User=root"]
    _apt_get(*own, "update")
    _apt_get(*own, "download", name, cwd=folder)
    (package,) = folder.glob("*.deb")
    subprocess.run(["dpkg", "--extract", package, folder], check=True)


def _apt_get(*arguments: str, cwd: Path | None = None) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-qq", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=quiet, cwd=cwd)
