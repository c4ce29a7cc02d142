"""Static decoding of encoded shellcode: one encoder at a time, from the outside in."""

from app.hunting.shellcode.encoders import cribs, loops, stubs
from app.hunting.shellcode.encoders.steps import Step

__all__ = ["Step", "begins_with_decoder", "undo"]

_SET_UP = 32  # bytes of a decoder's set-up


def begins_with_decoder(code: bytes) -> bool:
    """Whether the code begins as decoder loops do, and no known payload."""
    return loops.FNSTENV in code[:_SET_UP]


def undo(code: bytes) -> Step | None:
    """Decode the outermost encoder of `code`; None if none is recognised."""
    return loops.undo(code) or stubs.undo(code) or cribs.undo(code)
