"""What a source says about an observable."""

from collections.abc import Iterable
from dataclasses import dataclass

VERDICTS = ("unknown", "benign", "suspicious", "malicious")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word of one source: a verdict of VERDICTS, a score from 0 (harmless) to 100, what the
    source calls it, where a person can read more, and when it was last seen (as the source
    writes it). Raises ValueError for another verdict or score."""

    source: str
    verdict: str
    score: int
    tags: tuple[str, ...] = ()
    link: str = ""
    seen: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"verdict {self.verdict!r} is none of {', '.join(VERDICTS)}")
        if not 0 <= self.score <= 100:
            raise ValueError(f"score {self.score} is not from 0 to 100")


@dataclass(frozen=True, slots=True)
class Failed:
    """A source was asked and gave no usable answer."""

    why: str


# A hit; None for a miss (the source does not know it); or a failure.
Answer = Verdict | Failed | None


def unknown(source: str) -> Verdict:
    """The verdict of a source that was asked and does not know the observable."""
    return Verdict(source, "unknown", 0)


def worst(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The gravest verdict, among equals the one with the highest score, then the first."""
    return max(verdicts, key=lambda one: (VERDICTS.index(one.verdict), one.score), default=None)
