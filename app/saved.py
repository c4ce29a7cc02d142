"""Keeps saved models whole while modules write them with code of their own.

Saving and loading the same model exclude each other, between all processes and containers that
share the folder. What was there before is put back if saving fails, or if its process dies.
"""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def saving(folder: Path, name: str, keeper: str) -> Iterator[None]:
    """While a module saves model `name`; `keeper` names the process that saves.

    The files of a model are `name` itself and `name.<suffix>`.
    """
    lock = _lock(folder, name)
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        kept = _kept(folder, keeper)
        _copy_all(_files(folder, name), kept)
        (kept / ".name").write_text(name)
        try:
            yield
        except BaseException:
            restore(folder, keeper)
            raise
        shutil.rmtree(kept)


@contextmanager
def loading(folder: Path, name: str) -> Iterator[None]:
    """While a module loads model `name`. Works where the folder cannot be written to."""
    lock = _lock(folder, name)
    if not lock.exists():  # no service has saved it
        yield
        return
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def restore(folder: Path, keeper: str) -> None:
    """Put back what a process kept before a save that did not end."""
    kept = _kept(folder, keeper)
    note = kept / ".name"
    if note.exists():
        for path in _files(folder, note.read_text()):
            _remove(path)
        note.unlink()
        for path in kept.iterdir():
            path.rename(folder / path.name)
    shutil.rmtree(kept, ignore_errors=True)


def restore_abandoned(folder: Path) -> None:
    """Put back what services kept that were killed while they saved.

    A model that another service is saving at this moment is left alone.
    """
    for kept in folder.glob(".kept-*"):
        note = kept / ".name"
        lock = _lock(folder, note.read_text()) if note.exists() else None
        if lock is None or not lock.exists():
            continue
        with lock.open() as file, contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            restore(folder, kept.name.removeprefix(".kept-"))


def _lock(folder: Path, name: str) -> Path:
    return folder / ".locks" / name


def _kept(folder: Path, keeper: str) -> Path:
    return folder / f".kept-{keeper}"


def _files(folder: Path, name: str) -> list[Path]:
    return [path for path in folder.iterdir() if path.name == name or path.stem == name]


def _copy_all(paths: list[Path], target: Path) -> None:
    target.mkdir()
    for path in paths:
        if path.is_dir():
            shutil.copytree(path, target / path.name, symlinks=True)
        else:
            shutil.copy2(path, target / path.name)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
