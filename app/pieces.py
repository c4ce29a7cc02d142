"""CSV that arrives in pieces, read like a file."""

from collections.abc import Iterator


class Pieces:
    """What pandas needs of a file: `read` and being iterated."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; none at the end."""
        if not self._piece:
            self._piece = memoryview(next(self._pieces, b""))
        size = len(self._piece) if size < 0 else size
        taken, self._piece = self._piece[:size], self._piece[size:]
        return bytes(taken)

    def __iter__(self) -> Iterator[bytes]:
        """The rest."""
        return iter(self.read, b"")
