"""To and from Splunk: searches (pull) and the HTTP Event Collector (push). docs/splunk_data.md."""
