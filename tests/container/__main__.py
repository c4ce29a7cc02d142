"""Builds the images and tries them for real: python -m tests.container (make image-test)

Needs a Docker Engine, or root on Debian to start one. Whatever this starts, it ends and removes.
"""

import os
import sys
from pathlib import Path

import pytest

from tests.container import engine, images

LIVE = Path(__file__).parent / "live"


def main(arguments: list[str]) -> int:
    try:
        with engine.running(), images.built() as built:
            print(*(f"{tag}: {size / 1e6:.0f} MB" for tag, size in built.items()), sep="\n")
            os.environ["HUNT_LIVE"] = "1"
            return pytest.main([str(LIVE), "-p", "no:cacheprovider", *arguments])
    except engine.EngineError as error:
        print(f"image-test: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
