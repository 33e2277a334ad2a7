"""Bytes to samples and back, by profile and codec. Sans-IO: no clock, no files, no radio."""
