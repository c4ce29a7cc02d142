"""Where credentials come from: one name for each, whatever keeps it. See docs/credentials.md."""

from app.secrets.errors import MissingSecretError
from app.secrets.secret import Secret
from app.secrets.store import Secrets, Status, default

__all__ = ["MissingSecretError", "Secret", "Secrets", "Status", "default"]
