"""What the hunt commands share. Runs in Splunk's Python (3.9 and 3.13): standard library and
splunklib only."""


class HuntError(Exception):
    """The search cannot go on; the text says why, and what to do."""
