"""Threat feeds as they are published: text lists, CSV dumps, MISP feeds, STIX bundles."""
