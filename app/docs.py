"""Writes the generated parts of README.md and docs/ from the code's own descriptions.

    python -m app.docs [--check]

A part stands between `<!-- begin NAME -->` and `<!-- end NAME -->`.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from app import variables
from app.hunting import models

_ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "docs/models.md", "docs/credentials.md", "docs/splunk_data.md")
_PART = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit code 1 if --check finds a document out of date."""
    parser = argparse.ArgumentParser(prog="python -m app.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only tell what is out of date")
    check = parser.parse_args(arguments).check
    old = {name: (_ROOT / name).read_text("utf-8") for name in DOCUMENTS}
    new = {name: rendered(text) for name, text in old.items()}
    changed = [name for name in DOCUMENTS if new[name] != old[name]]
    for name in changed:
        if check:
            print(f"{name} is out of date: run `python -m app.docs`", file=sys.stderr)
        else:
            (_ROOT / name).write_text(new[name], "utf-8")
    return int(check and bool(changed))


def rendered(text: str) -> str:
    """The text with every generated part made anew. Raises KeyError for an unknown part."""
    return _PART.sub(lambda part: f"{part[1]}{_PARTS[part[2]]()}\n{part[3]}", text)


def _settings() -> str:
    return "\n\n".join(
        [
            variables.as_markdown("service"),
            "Lookups (feeds and databases: docs/feeds.md):",
            variables.as_markdown("lookups"),
            "Where secrets are (docs/credentials.md):",
            variables.as_markdown("secrets"),
        ]
    )


def _overview() -> str:
    described = [models.model(name) for name in models.names()]
    rows = [
        (
            f"[`{model.name}`](docs/models.md#{model.name})",
            model.purpose,
            _names(parameter.name for parameter in model.parameters),
            _names(column.name for column in model.columns),
        )
        for model in described
    ]
    return _table(("model", "what it does", "parameters", "columns"), rows)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _models() -> str:
    return "\n\n".join(_model(models.model(name)) for name in models.names())


def _model(model: models.Model) -> str:
    parameters = [(f"`{p.name}`", f"`{p.default}`", p.meaning) for p in model.parameters]
    columns = [(f"`{column.name}`", column.meaning) for column in model.columns]
    return "\n\n".join(
        [
            f"## {model.name}",
            f"{model.purpose} Gives {model.rows}.",
            f"```\n{model.spl}\n```",
            _table(("parameter", "default", "meaning"), parameters),
            _table(("column", "meaning"), columns),
        ]
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in lines
    )


_PARTS: dict[str, Callable[[], str]] = {
    "overview": _overview,
    "models": _models,
    "settings": _settings,
    **{group: partial(variables.as_markdown, group) for group in ("secrets", "splunk", "sentinel")},
}

if __name__ == "__main__":
    sys.exit(main())
