"""Module files: writing them, and telling which are up to date, foreign or orphaned."""

from collections.abc import Iterable
from pathlib import Path

from app.export.module import HEADER, module_text
from app.export.notebook import ExportError
from app.files import replacing


def export_notebook(path: Path, output_dir: Path) -> Path | None:
    """Write the module of the notebook at `path`, in one step, unless it is up to date.

    Returns the module's path; None if no cell of the notebook has a name: it is not a model.
    Raises ExportError, and leaves a module that is there as it is, if the notebook cannot be read
    or does not compile, or if the module was not made from it.
    """
    text = module_text(path)
    if text is None:
        return None
    module = _module_path(path, output_dir)
    try:
        if not _is_current(module, text):
            _refuse_foreign(module, path)
            output_dir.mkdir(parents=True, exist_ok=True)
            with replacing(module) as file:
                file.write(text.encode())
    except OSError as error:
        raise ExportError(f"{module}: cannot be written: {error.strerror}") from error
    return module


def check_notebook(path: Path, output_dir: Path) -> Path | None:
    """As export_notebook, but write nothing: raise ExportError for what it would write."""
    text = module_text(path)
    if text is None:
        return None
    module = _module_path(path, output_dir)
    if not module.exists():
        raise ExportError(f"{module} is missing: export {path}")
    _refuse_foreign(module, path)
    if not _is_current(module, text):
        raise ExportError(f"{module} is out of date: export {path}")
    return module


def remove_module(notebook_name: str, output_dir: Path) -> None:
    """Remove the module that was made from a notebook of this name, if there is one.

    Raises OSError.
    """
    module = _module_path(Path(notebook_name), output_dir)
    if module.is_file() and _origin(module) == notebook_name:
        module.unlink()


def orphans(output_dir: Path, notebooks: Iterable[Path]) -> list[Path]:
    """The generated modules whose notebook is not among `notebooks`, sorted."""
    names = {notebook.name for notebook in notebooks}
    origins = {module: _origin(module) for module in sorted(output_dir.glob("*.py"))}
    return [module for module, origin in origins.items() if origin and origin not in names]


def _module_path(notebook: Path, output_dir: Path) -> Path:
    return output_dir / f"{notebook.stem}.py"


def _is_current(module: Path, text: str) -> bool:
    return module.is_file() and module.read_bytes() == text.encode()


def _origin(module: Path) -> str | None:
    """The name of the notebook that a module was made from; None if it was not made by us."""
    with module.open("rb") as file:
        first_line = file.readline(300).decode(errors="replace")
    header = HEADER.match(first_line)
    return header[1] if header else None


def _refuse_foreign(module: Path, notebook: Path) -> None:
    if module.exists() and _origin(module) != notebook.name:
        raise ExportError(
            f"{notebook}: {module} was not made from it; rename the notebook or remove the module"
        )
