"""Writes configuration files for Splunk's DSDL app: python -m app.dsdl_conf --host NAME

Run it where the service runs: the token, the hash of JupyterLab's password, the mode and HTTPS come
from the same settings, ports and images from those of docker-compose.yml.
"""

import argparse
import os
import sys
from pathlib import Path

from app import dsdl_conf, settings
from app.secrets import MissingSecretError, Secrets


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit code 2 if the files cannot be made."""
    options = _options(arguments)
    try:
        for path in dsdl_conf.write(options.output, _deployment(options)):
            print(path)
    except (settings.SettingsError, OSError, ValueError) as error:
        print(f"no files written: {error}", file=sys.stderr)
        return 2
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.dsdl_conf", description=__doc__)
    add = parser.add_argument
    add("--host", required=True, help="name under which the search head reaches the service")
    port, jupyter_port = _set("HUNT_PORT", "5000"), _set("HUNT_JUPYTER_PORT", "8888")
    dev_image = _set("HUNT_DEV_IMAGE", "dsdl-hunt:dev")
    prod_image = _set("HUNT_PROD_IMAGE", "dsdl-hunt:prod")
    add("--port", type=int, default=port, help="where the API is published (%(default)s)")
    add("--jupyter-port", type=int, default=jupyter_port, help="the same of JupyterLab")
    add("--certificate", default="", help="path on the search head of a certificate to check")
    add("--model", action="append", default=[], help="a model to run there; may be repeated")
    add("--dev-image", default=dev_image, help="for DSDL to start (%(default)s)")
    add("--prod-image", default=prod_image, help="for DSDL to start (%(default)s)")
    add("--output", type=Path, default=Path("dsdl-conf"), help="folder to write to (dsdl-conf)")
    return parser.parse_args(arguments)


def _set(name: str, otherwise: str) -> str:
    return os.environ.get(name) or otherwise


def _deployment(options: argparse.Namespace) -> dsdl_conf.Deployment:
    config = settings.load()
    return dsdl_conf.Deployment(
        host=options.host,
        api_token=config.api_token.reveal(),
        jupyter_passwd=_jupyter_passwd(),
        port=options.port,
        jupyter_port=options.jupyter_port,
        https=config.https,
        develops=config.develops,
        certificate=options.certificate,
        models=options.model,
        images=(options.dev_image, options.prod_image),
    )


def _jupyter_passwd() -> str:
    """Its hash; nothing where there is no JupyterLab."""
    try:
        return Secrets(os.environ).get("JUPYTER_PASSWD").reveal()
    except MissingSecretError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
