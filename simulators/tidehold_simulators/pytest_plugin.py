"""Pytest plugin: simulated straps as fixtures."""
