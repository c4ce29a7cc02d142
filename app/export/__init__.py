"""From notebooks to model modules: the command line and Jupyter's hook call the same function."""

from app.export.files import export_notebook, remove_module
from app.export.module import is_model
from app.export.notebook import ExportError

__all__ = ["ExportError", "export_notebook", "is_model", "remove_module"]
