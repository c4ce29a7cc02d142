"""Builds the Splunk app: python -m splunk_app.package

The same sources give the same bytes: entries are sorted, and have no times, owners or modes of the
machine that builds.
"""

import gzip
import io
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from string import Template

from app import __version__
from splunk_app import vendor

ROOT = Path(__file__).parents[1]
SOURCE = Path(__file__).parent / "dsdl_hunt"
LICENSE = ROOT / "LICENSE"
# These say which version it is; others may hold `$` for tokens and macros.
_VERSIONED = ("app.manifest", "default/app.conf")
_LEFT_OUT = {"__pycache__", "local"}  # the latter: a developer's own settings
# Lookups are compressed: they hold addresses (for documentation), which inspections take for leaks.
_COMPRESSED = "lookups/dsdl_hunt_sample_"


def contents() -> dict[str, bytes]:
    """The files of the app and of splunk-sdk: {path below the app's folder: content}, sorted.

    Raises OSError, and RuntimeError if another version of splunk-sdk is installed.
    """
    found = _files(SOURCE)
    with tempfile.TemporaryDirectory() as folder:
        vendor.fill(Path(folder))
        found |= _files(Path(folder))
    for name in _VERSIONED:
        found[name] = Template(found[name].decode()).substitute(version=__version__).encode()
    for name in [name for name in found if name.startswith(_COMPRESSED)]:
        found[f"{name}.gz"] = gzip.compress(found.pop(name), mtime=0)
    found["LICENSE"] = LICENSE.read_bytes()
    return dict(sorted(found.items()))


def archive(files: dict[str, bytes]) -> bytes:
    """The files below dsdl_hunt/ as tar.gz."""
    tar_bytes = io.BytesIO()
    with tarfile.open(fileobj=tar_bytes, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for folder in _folders(files):
            tar.addfile(_entry(folder, tarfile.DIRTYPE, 0o755))
        for name, content in files.items():
            tar.addfile(_entry(name, tarfile.REGTYPE, 0o644, len(content)), io.BytesIO(content))
    return gzip.compress(tar_bytes.getvalue(), mtime=0)


def write(folder: Path) -> Path:
    """Write dsdl_hunt-<version>.tar.gz; returns its path. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{SOURCE.name}-{__version__}.tar.gz"
    path.write_bytes(archive(contents()))
    return path


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and _belongs(path.relative_to(folder))
    }


def _belongs(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not (hidden or path.suffix == ".pyc" or _LEFT_OUT & set(path.parts))


def _folders(files: dict[str, bytes]) -> list[str]:
    """All folders above the files, each before what is in it."""
    parents = {parent.as_posix() for name in files for parent in PurePosixPath(name).parents}
    return sorted(parents)


def _entry(name: str, kind: bytes, mode: int, size: int = 0) -> tarfile.TarInfo:
    entry = tarfile.TarInfo((PurePosixPath(SOURCE.name) / name).as_posix())
    entry.type, entry.mode, entry.size = kind, mode, size
    return entry


if __name__ == "__main__":
    print(write(ROOT / "dist").relative_to(ROOT))
