"""Static decoding of encoded shellcode: one encoder at a time, from the outside in."""

from app.hunting.shellcode.encoders import cribs, loops, stubs
from app.hunting.shellcode.encoders.steps import Step

__all__ = ["Step", "undo"]


def undo(code: bytes) -> Step | None:
    """Decode the outermost encoder of `code`; None if none is recognised."""
    return loops.undo(code) or stubs.undo(code) or cribs.undo(code)
