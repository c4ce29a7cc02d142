"""Beacons: connections or DNS queries that come back at regular times.

fields = beaconing.choose(list(frame))
beaconing.annotate(frame, fields, least_period=1)   # each row with its pair's values
beaconing.table(frame, fields, least_period=1)      # one row per pair, for people
beaconing.intervals(frame, fields)                  # histograms, for pictures
"""

from app.hunting.beaconing.pairs import Fields, annotate, choose, intervals, table
from app.hunting.beaconing.rhythm import Rhythm, measure

__all__ = ["Fields", "Rhythm", "annotate", "choose", "intervals", "measure", "table"]
