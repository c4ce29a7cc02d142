"""Hunting notebooks that run unattended: python -m app.batch. See docs/notebooks.md."""
