"""Names of processes, and command lines without what differs each time."""

import re

# What an attacker and a program alike make up anew each time. Of `re`, whose substitution is
# faster: no quantifier here meets another one of the same characters.
_CHANGING = [
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "{id}"),
    (re.compile(r"[a-z0-9+/]{40,}"), "{encoded}"),
    (re.compile(r"\b(?:0x[0-9a-f]+|[a-f]*[0-9][0-9a-f]*)\b|[0-9]+"), "#"),
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
    text = " ".join(text[: 8 * SHAPE_LENGTH].lower().split()).replace('"', "").strip()
    for pattern, sign in _CHANGING:
        text = pattern.sub(sign, text)
    return text[:SHAPE_LENGTH]
