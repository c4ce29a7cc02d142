"""Azure's identity service on this machine, and a guard that nothing else is reached."""

from tests.secrets.conftest import (
    _bare_environment,
    _only_this_machine,
    _running_azure,
    azure,
    service_principal,
)

__all__ = [
    "_bare_environment",
    "_only_this_machine",
    "_running_azure",
    "azure",
    "service_principal",
]
