"""Tests of running containers. Only `python -m tests.container` collects them."""
