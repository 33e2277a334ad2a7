"""Outputs back from their messages: what `derived` stored. Pure."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np

from tidehold.errors import LogError
from tidehold.records import Breath, Cue, Estimate, Gap, Hold, Output, Rejected, Sample, Times, Values
from tidehold.routine import Finding, Measured, Scored

_KINDS: Final = (Gap, Estimate, Breath, Hold, Measured, Finding, Scored, Cue, Rejected)


def _array(kind: Any, value: Any) -> Any:
    return np.array(value, np.int64 if kind == Times else np.float64)


_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    f"/out/{kind.__name__.lower()}": msgspec.json.Decoder(kind) for kind in _KINDS
}
_SAMPLE: Final = msgspec.json.Decoder(Sample, dec_hook=_array)
DIGEST: Final = "/out/digest"


def read_output(topic: str, payload: bytes) -> Output | None:
    """The output of a message; None for a digest, which is of outputs that are not stored.

    Raises:
        LogError: The payload is not what the topic says.
    """
    if topic == DIGEST:
        return None
    try:
        out: Output = _DECODERS.get(topic, _SAMPLE).decode(payload)
    except msgspec.MsgspecError as error:
        raise LogError(f"a message of {topic} is not readable: {error}") from error
    return out


class Series:
    """A stream of samples that grows, as two arrays.

    Attributes:
        times: (n,) session time, ns.
        values: (n,) or (n, columns) in the stream's unit.
    """

    def __init__(self) -> None:
        self._times: list[Times] = []
        self._values: list[Values] = []

    def add(self, times: Times, values: Values) -> None:
        """More samples."""
        self._times.append(times)
        self._values.append(values)

    @property
    def times(self) -> Times:
        """All times so far."""
        if not self._times:
            return np.empty(0, np.int64)
        self._times = [np.concatenate(self._times)]
        return self._times[0]

    @property
    def values(self) -> Values:
        """All values so far."""
        if not self._values:
            return np.empty(0)
        self._values = [np.concatenate(self._values)]
        return self._values[0]

    def __len__(self) -> int:
        return len(self.times)
