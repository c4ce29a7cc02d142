"""JupyterLab for development: jupyter lab --config app/jupyter/jupyter_server_config.py

Reads what the service reads (SRV_DIR, HOST, ENABLE_HTTPS, API_SSL_CERT, API_SSL_KEY), JUPYTER_PORT,
and the secret JUPYTER_PASSWD: without it, Jupyter makes a token at each start and prints it.
"""

# ruff: noqa: F821
# mypy: disable-error-code="name-defined"

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

try:
    from app.jupyter import setup

    setup.configure(c, os.environ)  # c: Jupyter's configuration
except Exception as error:
    # Jupyter would log it and start without any of this.
    sys.exit(f"JupyterLab does not start: {error}")
