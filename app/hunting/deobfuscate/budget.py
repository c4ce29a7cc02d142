"""What one script may cost: evaluation steps, produced characters, time."""

from __future__ import annotations

import time

MAX_STEPS = 300_000  # of about a microsecond: half a second of one core at worst
MAX_VALUE = 4 << 20  # characters or bytes of one value
MAX_PRODUCED = 128 << 20  # characters or bytes of all values together
_STEPS_BETWEEN_LOOKS = 512  # at the clock


class OutOfBudgetError(Exception):
    """The budget is used up: what was found so far is all there is."""


class TooLargeError(Exception):
    """One value would be larger than any real script needs."""


class Budget:
    """Counts down; `deadline` is a moment of `time.monotonic()`."""

    def __init__(self, deadline: float | None = None) -> None:
        self.steps = MAX_STEPS
        self._produced = MAX_PRODUCED
        self._deadline = deadline
        self._next_look = MAX_STEPS - _STEPS_BETWEEN_LOOKS if deadline is not None else -1

    def spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps <= self._next_look:
            self._look()

    def _look(self) -> None:
        """Check the clock; raises OutOfBudgetError when time or steps are used up."""
        self._next_look = self.steps - _STEPS_BETWEEN_LOOKS if self._deadline is not None else -1
        if self.steps < 0 or (self._deadline is not None and time.monotonic() > self._deadline):
            raise OutOfBudgetError

    def produce(self, size: int) -> None:
        """Announce a value of `size` characters or bytes before it is made.

        Raises TooLargeError for a value that is too large, OutOfBudgetError when they are too many.
        """
        if size > MAX_VALUE:
            raise TooLargeError
        self._produced -= size
        self.spend(size >> 12)
        if self._produced < 0:
            raise OutOfBudgetError
