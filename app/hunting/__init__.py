"""The hunting library: functions from text or DataFrames to DataFrames, no HTTP, no Splunk."""
