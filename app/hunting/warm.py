"""What decoding makes at its first use, made ahead of all searches: automata, caches, tables."""

import pandas as pd

from app.hunting import hosts, iocs, powershell
from app.sample import SAMPLE


def up() -> None:
    """Decode the bundled sample, and find a name under each top-level domain.

    Compiles all patterns: a second where nothing is in the cache folder yet. The states of the
    automaton that knows the top-level domains are made as texts need them.
    """
    powershell.annotate(pd.read_csv(SAMPLE), "ParentCommandLine")
    iocs.extract(" ".join(f"a.{name}" for name in hosts.top_level_domains()))
