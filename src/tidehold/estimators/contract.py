"""What every estimator promises, so that the fold can treat them alike.

An estimator is fed the samples and gaps of a session in the order in which they
arrived, and is asked about once a second what it believes. It is causal (an
answer depends on nothing that came later), does not care how samples were cut
into frames, and knows no time but `now`: shifting every time of a session by
the same whole number of nanoseconds changes no figure.
"""

from __future__ import annotations

from typing import Protocol

from tidehold.records import Estimate, Gap, HostNs, Sample


class Estimator(Protocol):
    """A causal, streaming source of estimates."""

    def update(self, sample: Sample) -> None:
        """Take the samples of one frame; streams it has no use for are ignored."""
        ...

    def gap(self, gap: Gap) -> None:
        """Take note that samples are missing from a stream."""
        ...

    def estimate(self, now: HostNs) -> tuple[Estimate, ...]:
        """What it believes now: always the same names, in the same order.

        A figure may begin when its stream is first heard; from then on it always comes.
        Called about once a second with rising `now`, and after a jump of any
        length (the machine slept). A value that is None has its reason in `why`.
        """
        ...


def stream_kind(stream: str) -> str:
    """The part of a stream's name that says what it is: "rr" of "strap/rr"."""
    return stream.rpartition("/")[2]
