"""Clusters of process, logon and other events: what is alike, and what is unlike all else."""

from app.hunting.clusters.model import Learned, Options, annotate, learn, read, scatter
from app.hunting.clusters.options import options
from app.hunting.clusters.saved import load, save

__all__ = ["Learned", "Options", "annotate", "learn", "load", "options", "read", "save", "scatter"]
