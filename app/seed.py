"""Fills SRV_DIR at start: its folders, and the notebooks and modules that came with the code.

A volume that is mounted there hides what an image holds below it. Files that users changed stay
as they are; a file that nobody changed since it was put there follows the code. Where a notebook
stays, its new version comes to lie beside it: `name.new.ipynb`. A notebook that a user deleted
comes back, with its module, when there is a new version of it. What was put there is remembered in
`.seeded.json`: {path below SRV_DIR: SHA-256}.
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path

from app.files import replacing
from app.settings import Folders

REPOSITORY = Path(__file__).parents[1]

log = logging.getLogger(__name__)


def seed(folders: Folders, source: Path = REPOSITORY) -> None:
    """Make the folders and put the files of `source` there. Raises OSError."""
    for folder in (folders.staged, folders.logs, folders.models, folders.graphics, folders.tls):
        folder.mkdir(parents=True, exist_ok=True)
    record = folders.srv / ".seeded.json"
    before = _read(record)
    after = dict(before)
    deleted = set(_deleted(folders, source, before))
    for path, target in _files(folders, source):
        if path.stem in deleted:
            continue
        name, content = _name(target, folders), path.read_bytes()
        present = target.read_bytes() if target.exists() else None
        if present is None or (present != content and _digest(present) == before.get(name)):
            _put(target, content)
            present = content
        if present == content:
            after[name] = _digest(content)
        elif target.suffix == ".ipynb" and before.get(name) != _digest(content):
            beside = target.with_suffix(".new.ipynb")
            if before.get(_name(beside, folders)) != _digest(content):
                _put(beside, content)
                log.warning("%s stays as changed; its new version: %s", target, beside.name)
            after[_name(beside, folders)] = _digest(content)
    if after != before:
        _put(record, json.dumps(after, indent=1, sort_keys=True).encode())


def _deleted(folders: Folders, source: Path, before: dict[str, str]) -> Iterator[str]:
    """The names of notebooks that were put there, are gone, and have no newer version."""
    for path, target in _files(folders, source):
        gone = path.suffix == ".ipynb" and not target.exists()
        if gone and before.get(_name(target, folders)) == _digest(path.read_bytes()):
            yield path.stem


def _name(target: Path, folders: Folders) -> str:
    return target.relative_to(folders.srv).as_posix()


def _files(folders: Folders, source: Path) -> Iterator[tuple[Path, Path]]:
    """Each file of the code, and where it belongs."""
    for path in sorted((source / "model").glob("*.py")):
        yield path, folders.modules / path.name
    for path in sorted((source / "notebooks").rglob("*")):
        below = path.relative_to(source / "notebooks")
        if path.is_file() and not any(part.startswith((".", "__")) for part in below.parts):
            yield path, folders.notebooks / below


def _put(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as file:
        file.write(content)


def _read(record: Path) -> dict[str, str]:
    """What was seeded before. A record that cannot be read counts as none: nothing is replaced."""
    try:
        content = json.loads(record.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
