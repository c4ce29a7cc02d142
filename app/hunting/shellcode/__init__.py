"""Shellcode in scripts: found, decoded statically, and read. Never executed or emulated.

Many commands carry no readable address: their C2 stands in the shellcode that they inject.
"""

from app.hunting.shellcode.analysis import Shellcode, analyse
from app.hunting.shellcode.find import Found, find_blobs

__all__ = ["Found", "Shellcode", "analyse", "find_blobs"]
