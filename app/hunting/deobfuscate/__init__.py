"""Deobfuscation of PowerShell scripts: their constants are worked out, nothing is executed.

`signals` tells whether a text is worth it. `syntax` reads it into a tree; `runtime` evaluates the
tree with the semantics of PowerShell, where everything that depends on the machine or the network
is UNKNOWN; `rewrite` puts what is known into the text. Inner scripts that the code would run go
the same way. All of it is within a `budget` of steps, memory and time.
"""

from .concatenation import fold_concatenation
from .script import Deobfuscated, deobfuscate
from .signals import needs

__all__ = ["Deobfuscated", "deobfuscate", "fold_concatenation", "needs"]
