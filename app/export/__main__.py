"""Writes model modules from notebooks.

    python -m app.export [notebook or folder ...] [--check | --prune] [--output-dir DIR]

A code cell whose metadata has a `name` becomes part of the module, all others stay in the notebook.
"""

import argparse
import sys
from pathlib import Path

from app.export.files import check_notebook, export_notebook, orphans
from app.export.notebook import ExportError


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit code 1 if a notebook could not be exported or --check found a fault."""
    options = _options(arguments)
    paths = _notebooks(options.notebooks)
    models, faults = _each(paths, options.output_dir, options.check)
    if any(path.is_dir() for path in options.notebooks):
        for module in orphans(options.output_dir, models):
            if options.prune:
                module.unlink()
                print(f"removed {module}: its notebook is gone")
            else:
                print(f"{module}: its notebook is gone; --prune removes it", file=sys.stderr)
                faults += options.check
    return 1 if faults else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m app.export",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "notebooks",
        nargs="*",
        type=Path,
        default=[Path("notebooks")],
        metavar="notebook",
        help="a notebook, or a folder of them (default: notebooks)",
    )
    parser.add_argument(
        "--output-dir",
        type=Path,
        default=Path("model"),
        metavar="DIR",
        help="where the modules are (default: model)",
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="only tell what is not up to date")
    mode.add_argument(
        "--prune", action="store_true", help="remove the modules whose notebook is gone"
    )
    options = parser.parse_args(arguments)
    if options.prune and not any(path.is_dir() for path in options.notebooks):
        parser.error("--prune needs a folder: from single notebooks it cannot tell which are gone")
    return options


def _notebooks(given: list[Path]) -> list[Path]:
    found = [path for entry in given for path in (_inside(entry) if entry.is_dir() else [entry])]
    return list(dict.fromkeys(found))


def _inside(folder: Path) -> list[Path]:
    """The notebooks below a folder, without hidden ones such as Jupyter's checkpoints."""
    paths = sorted(folder.rglob("*.ipynb"))
    return [
        path
        for path in paths
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def _each(paths: list[Path], output_dir: Path, check: bool) -> tuple[list[Path], int]:
    """Export or check all: the notebooks that are models, and the number of faults."""
    models: dict[str, Path] = {}
    faults = 0
    for path in paths:
        try:
            if path.name in models:
                raise ExportError(f"{path}: {models[path.name]} has the same name; rename one")
            module = (check_notebook if check else export_notebook)(path, output_dir)
            if module is None:
                print(f"{path}: not a model, no cell has a name")
                continue
            print(f"{path}: {module}")
        except ExportError as error:
            print(error, file=sys.stderr)
            faults += 1
        models.setdefault(path.name, path)
    return list(models.values()), faults


if __name__ == "__main__":
    sys.exit(main())
