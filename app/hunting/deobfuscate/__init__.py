"""Deobfuscation of PowerShell scripts: their constants are worked out, nothing is executed."""

from .concatenation import fold_concatenation
from .script import Deobfuscated, deobfuscate
from .signals import needs

__all__ = ["Deobfuscated", "deobfuscate", "fold_concatenation", "needs"]
