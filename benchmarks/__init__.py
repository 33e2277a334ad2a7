"""Measurements: what the project claims of itself, made by anyone with one command each."""
