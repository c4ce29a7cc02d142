"""Why a provider gave no answer, as far as it matters for what to do next."""


class UnusableSecretError(Exception):
    """A secret cannot be had or used: asking again is no use until somebody changes that."""


class UnauthorizedError(Exception):
    """The provider refuses the secrets of a generation (see credentials)."""

    def __init__(self, why: str, generation: int) -> None:
        super().__init__(why)
        self.generation = generation


class ThrottledError(Exception):
    """The provider wants to be left alone, for `seconds` if it says so."""

    def __init__(self, why: str, seconds: float | None) -> None:
        super().__init__(why)
        self.seconds = seconds


class UnavailableError(Exception):
    """There was no whole answer; another try may have one."""
