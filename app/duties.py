"""What a worker process is told when it starts."""

from dataclasses import dataclass

from app.settings import Folders


@dataclass(frozen=True)
class Duties:
    """Where things are, the caps of the service, and a name of the worker's own.

    Under that name (`keeper`) it keeps saved models while it replaces them.
    """

    folders: Folders
    max_seconds: float
    max_memory_mb: float
    keeper: str
