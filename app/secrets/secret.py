"""A text that nothing shows by accident."""

import hmac
from typing import Self


class Secret:
    """A secret text. Printing, formatting or logging it gives stars; saving it fails.

    `reveal` gives the text, for the one call that needs it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __format__(self, form: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._bytes(), other._bytes())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("a Secret is not saved or sent: keep its name, and ask for it again")

    def _bytes(self) -> bytes:
        return self._value.encode("utf-8", "surrogatepass")  # the environment may hold any bytes
