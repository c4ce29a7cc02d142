"""What can be wrong with secrets. No text here ever holds a value."""


class MissingSecretError(LookupError):
    """A secret cannot be had: `name` says which, `why` the reason."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.name = name
        self.why = why

    def __str__(self) -> str:
        return f"the secret {self.name!r} is missing: {self.why}"


class NotHereError(Exception):
    """A place does not give a secret; asking again is no use until somebody changes that."""


class AbsentError(NotHereError):
    """There is no such secret in a place that is in order."""


class UnavailableError(Exception):
    """A vault cannot be asked now. `wait`: seconds that it asks to be left alone, if it does."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait
