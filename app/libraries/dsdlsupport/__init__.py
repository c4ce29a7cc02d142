"""What notebooks written for DSDL import: Splunk searches, events to Splunk, pictures.

The names, arguments and results are those of DSDL's own package; the work is done by `app.splunk`.
"""
