"""Bring the index of a feeds folder up to date: python -m app.enrichment.feed_index FEEDS INDEX."""

import os
import resource
import sys
from pathlib import Path

from app.enrichment.feed_index.build import FeedsBusyError, refresh


def main() -> int:
    """Index what changed, behind everything else that the machine does. 0, or 1 on failure."""
    os.nice(10)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))  # not that of the search that began this
    try:
        states = refresh(Path(sys.argv[1]), Path(sys.argv[2]))
    except FeedsBusyError:
        return 0
    except OSError as error:
        sys.stderr.write(f"feeds: the index cannot be written: {error}\n")
        return 1
    for state in states:
        if problem := state.error or state.warning:
            sys.stderr.write(f"feeds: {state.key}: {problem}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
