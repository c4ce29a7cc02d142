"""From notebooks to model modules: the command line and Jupyter's hook call the same function."""

from app.export.files import export_notebook
from app.export.notebook import ExportError

__all__ = ["ExportError", "export_notebook"]
