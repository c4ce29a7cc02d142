"""Keeps saved models whole while modules write them with code of their own.

Saving and loading the same model exclude each other, between all processes and containers that
share the folder. Before a save, what is there is copied to `.kept/<name>`; whoever finds such a
copy while nobody saves knows that a save did not end, and puts it back.

The files of a model `name` are `name` itself, a file or a folder, and everything whose name goes on
behind it with `.`, `_` or `-`, such as `name.json`, `name.a.json` and `name_weights.npy`, but for
what belongs in the same way to a model with a longer name that was saved there.
"""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def saving(folder: Path, name: str) -> Iterator[None]:
    """While a module saves model `name`. A model of before is put back if that fails."""
    lock = _lock(folder, name)
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _restore(folder, name)
        _keep(folder, name)
        try:
            yield
        except BaseException:
            _restore(folder, name)
            raise
        _drop(_kept(folder, name))


@contextmanager
def loading(folder: Path, name: str) -> Iterator[None]:
    """While a module loads model `name`. Works where the folder cannot be written to."""
    lock = _lock(folder, name)
    if not lock.exists():  # no service has saved it
        yield
        return
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        while _kept(folder, name).exists():
            fcntl.flock(file, fcntl.LOCK_EX)
            _restore(folder, name)
            fcntl.flock(file, fcntl.LOCK_SH)
        yield


def restore_abandoned(folder: Path) -> None:
    """Put back what was kept for saves that did not end.

    A model that another service is saving at this moment is left alone.
    """
    for name in _names(folder / ".kept"):
        with _lock(folder, name).open("w") as file, contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _restore(folder, name)


def _keep(folder: Path, name: str) -> None:
    """Copy the model's files; the copy appears when it is complete."""
    kept = _kept(folder, name)
    part = kept.with_name(f"{name}.part")  # dots are no part of names of models
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for path in _files(folder, name):
        _copy(path, part / path.name)
    part.rename(kept)


def _restore(folder: Path, name: str) -> None:
    """Put the copy, if there is one, in the place of the model's files."""
    kept = _kept(folder, name)
    if not kept.exists():
        return
    for path in _files(folder, name):
        _remove(path)
    for path in kept.iterdir():
        _copy(path, folder / path.name)
    _drop(kept)


def _drop(kept: Path) -> None:
    shutil.rmtree(kept.rename(kept.with_name(f"{kept.name}.part")))


def _lock(folder: Path, name: str) -> Path:
    return folder / ".locks" / name


def _kept(folder: Path, name: str) -> Path:
    return folder / ".kept" / name


def _names(folder: Path) -> list[str]:
    """The models that have an entry in one of our own folders."""
    if not folder.exists():
        return []
    return sorted(path.name for path in folder.iterdir() if "." not in path.name)


def _files(folder: Path, name: str) -> list[Path]:
    longer = [other for other in _names(folder / ".locks") if _belongs(other, name)]
    others = [other for other in longer if other != name]
    return [
        path
        for path in folder.iterdir()
        if _belongs(path.name, name) and not any(_belongs(path.name, other) for other in others)
    ]


def _belongs(file_name: str, name: str) -> bool:
    return file_name.startswith(name) and file_name[len(name) : len(name) + 1] in ("", *"._-")


def _copy(path: Path, target: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.copytree(path, target, symlinks=True)
    else:
        shutil.copy2(path, target, follow_symlinks=False)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
