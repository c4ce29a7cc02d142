"""The hunting library: plain functions from text or DataFrames to DataFrames, free of HTTP and Splunk."""
