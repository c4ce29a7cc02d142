"""The layers of one command line while it is taken apart, and what may still be spent on it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from app.hunting import shellcode
from app.hunting.features import Scanned

MAX_DEPTH = 16  # layers within layers
MAX_LAYERS = 64  # of one command line
MAX_OUTPUT = 32 << 20  # bytes that the layers of one command line may take together

MAX_SECONDS = 2.0  # for the obfuscation of one command line


class Layer(NamedTuple):
    """A decoded layer.

    `step` names how it was encoded (base64:utf-16-le, gzip, concat, shellcode:...); `text` is
    what it says; `parent` is the index of the layer that it was found in, -1 for the command
    line; `problem` says what is missing ('' = complete); `note` what else is known of it.
    """

    step: str
    text: str
    parent: int
    depth: int
    problem: str = ""
    note: str = ""


@dataclass(slots=True)
class Work:
    """The state of one command line's decoding: what was found so far, what is left to spend."""

    hidden: bool
    layers: list[Layer] = field(default_factory=list)
    texts: list[Scanned] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    payloads: list[shellcode.Shellcode] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    evaluated: set[int] = field(default_factory=set)  # layers that are deobfuscated already
    cut: dict[int, str] = field(default_factory=dict)  # texts of layers without long byte arrays
    left: int = MAX_OUTPUT
    seconds: float = MAX_SECONDS
    failed: str = ""

    def add(self, layer: Layer, identity: str = "") -> bool:
        """Take a layer unless it is known (by its identity, else its text) or beyond the bounds."""
        key = hash(identity or layer.text)
        if key in self.seen:
            return False
        if len(self.layers) >= MAX_LAYERS or layer.depth > MAX_DEPTH or self.left <= 0:
            self.problems.append(f"more layers than are followed ({MAX_LAYERS}, {MAX_DEPTH} deep)")
            return False
        self.seen.add(key)
        self.left -= len(layer.text)
        self.layers.append(layer)
        if layer.problem:
            self.problems.append(layer.problem)
        return True


def depth_of(work: Work, parent: int) -> int:
    """How deep the layer of that index is; 0 for the command line (-1)."""
    return work.layers[parent].depth if parent >= 0 else 0


def ancestors(layers: list[Layer], index: int) -> Iterator[int]:
    """The layer's index and those of the layers around it, outwards."""
    while index >= 0:
        yield index
        index = layers[index].parent
