"""DSDL Hunt: a threat hunting container for Splunk's App for Data Science and Deep Learning."""

__version__ = "0.1.0"
