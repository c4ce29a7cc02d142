"""The form of a search: widgets in a notebook, values without a face everywhere else."""

# mypy: allow-untyped-calls

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


def form(
    spl: str, earliest: str, latest: str, clicked: Callable[[Any], None]
) -> tuple[dict[str, Any], Any]:
    """The parts by their names (each has a `value`), and the box that shows them, if any."""
    if not _in_notebook():
        texts = {"spl": spl, "earliest": earliest, "latest": latest, "resultinfo": ""}
        parts = {name: SimpleNamespace(value=text) for name, text in texts.items()}
        for name in ("progress1", "progress2"):
            parts[name] = SimpleNamespace(value=0.0, max=100.0)
        return {**parts, "button": SimpleNamespace(disabled=False)}, None
    return _widgets(spl, earliest, latest, clicked)


def _in_notebook() -> bool:
    try:
        import ipywidgets  # noqa: F401
        from IPython import get_ipython
    except ImportError:
        return False
    return get_ipython() is not None


def _widgets(
    spl: str, earliest: str, latest: str, clicked: Callable[[Any], None]
) -> tuple[dict[str, Any], Any]:
    import ipywidgets as w
    from IPython.display import display

    wide = {"layout": w.Layout(width="90%")}
    ui = {
        "spl": w.Textarea(spl, description="search", layout=w.Layout(width="90%", height="90px")),
        "button": w.Button(description="search", icon="search", **wide),
        "earliest": w.Text(earliest, description="earliest", **wide),
        "latest": w.Text(latest, description="latest", **wide),
        "progress1": w.FloatProgress(max=100.0, description="search", **wide),
        "progress2": w.FloatProgress(max=100.0, description="results", **wide),
        "resultinfo": w.Text(description="result info", disabled=True, **wide),
    }
    ui["button"].on_click(clicked)
    right = w.VBox([ui["button"], ui["earliest"], ui["latest"]])
    below = [ui[name] for name in ("progress1", "progress2", "resultinfo")]
    box = w.VBox([w.HBox([ui["spl"], right]), *below])
    display(box)
    return ui, box
