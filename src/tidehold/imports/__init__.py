"""Recordings of other programs become session files."""
