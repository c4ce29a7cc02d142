"""JupyterLab beside the service: saved notebooks become modules. See docs/notebooks.md."""
