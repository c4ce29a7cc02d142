"""Rare sessions: events cut into sessions, and how likely the commands in sequence are."""

from app.hunting.sessions.model import LEVELS, Learned, Options, annotate, learn, timeline
from app.hunting.sessions.options import options
from app.hunting.sessions.saved import load, save

__all__ = [
    "LEVELS",
    "Learned",
    "Options",
    "annotate",
    "learn",
    "load",
    "options",
    "save",
    "timeline",
]
