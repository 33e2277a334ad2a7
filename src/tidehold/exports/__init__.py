"""Finished sessions in the formats of other programs."""
