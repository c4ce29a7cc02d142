"""What a worker process is told when it starts."""

from dataclasses import dataclass

from app.settings import Folders


@dataclass(frozen=True)
class Duties:
    """Where things are, and the caps of the service."""

    folders: Folders
    max_seconds: float
    max_memory_mb: float
    link_key: bytes
    link_seconds: int
