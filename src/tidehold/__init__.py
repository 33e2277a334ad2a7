"""Tidehold records what the body does in a breathing-and-stretching session."""

__version__ = "0.1.0"
