"""Simulated devices: bodies, not mocks.

A body (seeded, with its truth, or a real recording) drives a strap that speaks
the strap's own bytes. The same strap model is played two ways: in real time as
a GATT peripheral on a virtual radio, and in virtual time straight into the fold.
Nothing here uses Tidehold's decoders to encode.
"""
