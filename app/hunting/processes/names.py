"""Names of processes, and command lines without what differs each time."""

import re2

_BLANKS = re2.compile(r"\s+")
# What an attacker and a program alike make up anew each time.
_CHANGING = [
    (re2.compile(r"\{?\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b\}?"), "{id}"),
    (re2.compile(r"[a-z0-9+/]{40,}={0,2}"), "{encoded}"),
    (re2.compile(r"(?:0x)?\b[0-9a-f]*[0-9][0-9a-f]*\b"), "#"),
    (re2.compile(r"[0-9]+"), "#"),
]
SHAPE_LENGTH = 400


def base(path: str) -> str:
    """The file name of a path, in lower case."""
    return path.strip().strip('"').replace("/", "\\").rpartition("\\")[2].lower()


def folder(path: str) -> str:
    """The folder of a path, in lower case, without what differs each time."""
    return shape(path.strip().strip('"').replace("/", "\\").rpartition("\\")[0])


def shape(text: str) -> str:
    """A command line in lower case without ids, numbers, base64 and superfluous blanks."""
    text = _BLANKS.sub(" ", text[: 8 * SHAPE_LENGTH].lower()).replace('"', "").strip()
    for pattern, sign in _CHANGING:
        text = pattern.sub(sign, text)
    return text[:SHAPE_LENGTH]
