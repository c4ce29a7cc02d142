"""A stand-in for the search head: fit, apply and summary for everyone without a Splunk at hand.

    python -m app.spl '| fit MLTKContainer algo=powershell_ioc ParentCommandLine into app:hunt'

It parses a command as Splunk's MLTK does, sends what DSDL sends, and shows what the search would
show. Three things differ: values stay the text that they are in the input (on a search head, pandas
makes 7 of 007); every event is sent (MLTK leaves out those with an empty field, and fits a sample
of more than 100,000); the options of apply come on top of those of fit (MLTK forgets the latter).
"""


class SplError(ValueError):
    """A search that cannot be run as it is; the message says why and what to do."""
