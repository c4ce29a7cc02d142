"""Processes: trees from Sysmon 1 and Security 4688, rarity, and suspicious chains."""

from app.hunting.processes.model import Read, annotate, learn, nodes, read
from app.hunting.processes.saved import load, save

__all__ = ["Read", "annotate", "learn", "load", "nodes", "read", "save"]
